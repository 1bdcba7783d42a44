"""A solver that is kept gives the same objective as a new one, whatever is edited in between."""

import os
import random

import msgspec
import pytest

from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import with_fields, with_row, with_settings, without
from gigaplan.engine.plan.schema import Policy
from gigaplan.engine.results.allocation import allocation_of
from gigaplan.engine.results.kpi_registry import kpis_of
from gigaplan.engine.storage.templates import load_template

EDITS = int(os.environ.get("GIGAPLAN_EDITS", "120"))


def unit_costs(inputs, program, solution):
    """What a unit of work costs, for each workload that is served."""
    found = kpis_of(allocation_of(inputs, program, solution))
    return {k: v for name in ("usd_per_million_tokens", "usd_per_pflop_day") for k, v in found[name].items() if v}


def shaken(value, factor):
    if value is None:
        return None
    if isinstance(value, Growth):
        return msgspec.structs.replace(value, start=value.start * factor)
    return tuple(v * factor for v in value) if isinstance(value, tuple) else value * factor


def edited(plan, base, rng):
    """A random edit, as a person makes them: a number, a coefficient, a row more or less, a policy, the horizon."""
    kinds = ["price", "demand", "power", "drop", "add", "site", "workload", "policy", "horizon"]
    kind = rng.choice([*kinds, "availability", "pue", "utilisation"])
    factor = rng.uniform(0.7, 1.4)
    if kind == "price":
        row = rng.choice(plan.sites)
        price = shaken(row.electricity_usd_per_mwh, factor)
        return with_fields(plan, "sites", row.id, electricity_usd_per_mwh=price)
    if kind == "demand" and plan.workloads:
        row = rng.choice(plan.workloads)
        return with_fields(plan, "workloads", row.id, demand=shaken(row.demand, factor))
    if kind == "power":
        row = rng.choice(plan.sites)
        return with_fields(plan, "sites", row.id, power_mw=shaken(row.power_mw, factor))
    if kind == "availability":
        return with_fields(plan, "offers", rng.choice(plan.offers).id, availability=rng.uniform(0.5, 1))
    if kind == "pue":
        row = rng.choice(base.sites)  # never more than there: chips that stand would no longer have the power
        return with_fields(plan, "sites", row.id, pue=rng.uniform(1, row.pue))
    if kind == "utilisation" and plan.workloads:
        row = rng.choice(plan.workloads)
        return with_fields(plan, "workloads", row.id, utilisation=rng.uniform(0.2, 0.6))
    if kind == "drop" and len(plan.offers) > 6:
        return without(plan, "offers", [rng.choice(plan.offers).id])
    if kind == "workload" and len(plan.workloads) > 3:
        return without(plan, "workloads", [rng.choice(plan.workloads).id])
    if kind == "policy":
        if plan.policies:
            return without(plan, "policies", [plan.policies[0].id])
        limit = rng.uniform(0.4, 0.9)
        policy = Policy(id="p", kind="share", dimension="vendor", scope="*", metric="power", limit=limit)
        return with_row(plan, "policies", policy)
    if kind == "horizon":
        return with_settings(plan, discount_rate=rng.uniform(0.02, 0.15))
    for table in ("offers", "workloads"):
        there = {row.id for row in getattr(plan, table)}
        gone = [row for row in getattr(base, table) if row.id not in there]
        if gone:
            return with_row(plan, table, gone[0], at=rng.randrange(len(there) + 1))
    return plan


@pytest.mark.parametrize("name", ["startup", "trainium-rl", "rainier"])
def test_edits_give_what_a_cold_solve_gives(name):
    rng = random.Random(name)
    base = plan = load_template(name)
    kept, solved = Solver(), 0
    edits = EDITS // 3 if name == "startup" else EDITS // 10  # the others have integer decisions: each takes a proof
    for _ in range(edits):
        plan = edited(plan, base, rng)
        inputs = inputs_of(plan)
        program = build(inputs)
        warm, cold = kept.solve(program), Solver().solve(program)
        assert warm.status == cold.status
        solved += warm.status == "optimal"
        if warm.status == "optimal":
            assert warm.objective == pytest.approx(cold.objective, rel=1e-9)
            assert warm.violation < 1e-6
            # Not the cost alone: of plans that cost the same, both take the same one.
            assert unit_costs(inputs, program, warm) == pytest.approx(unit_costs(inputs, program, cold), rel=1e-5)
    assert solved > edits // 2


@pytest.mark.parametrize("name", ["startup", "tiered-portfolio"])
def test_a_solver_that_was_stopped_solves_what_comes_after(name):
    # The second has integer decisions.
    program, stop = build(inputs_of(load_template(name))), [True]
    solver = Solver(interrupt=lambda: stop[0])
    assert solver.solve(program).status == "cancelled"
    stop[0] = False
    assert solver.solve(program).status == "optimal"


def test_after_an_edit_the_solver_asks_nothing_of_the_window_unless_it_takes_long(monkeypatch) -> None:
    """It asks in Python, which waits for the interpreter while the window has it; a long solve is stopped still."""
    asked: list[str] = []
    plan = load_template("startup")
    work = plan.workloads[0]

    def program_of(factor):
        return build(inputs_of(with_fields(plan, "workloads", work.id, demand=shaken(work.demand, factor))))

    def stop() -> bool:
        asked.append("searching")
        return is_stopping

    is_stopping = False
    solver = Solver(interrupt=stop)
    solver.solve(program_of(1.0))
    asked.clear()
    near = solver.solve(program_of(1.02))
    few = len(asked)
    monkeypatch.setattr("gigaplan.engine.optimization.highs.UNASKED", 1)
    asked.clear()
    far = solver.solve(program_of(1.4))
    assert len(asked) > few + 5
    assert (near.status, far.status) == ("optimal", "optimal")
    assert far.objective == pytest.approx(Solver().solve(program_of(1.4)).objective, rel=1e-9)
    is_stopping = True
    assert solver.solve(program_of(0.7)).status == "cancelled"
    is_stopping = False
    assert solver.solve(program_of(0.7)).objective == pytest.approx(Solver().solve(program_of(0.7)).objective, rel=1e-9)
