"""The registry of policy kinds is complete, and says the same as the schema and the program's rows."""

import typing

import numpy as np
import pytest
from numpy.typing import NDArray

from gigaplan.engine.analysis.infeasibility.remedies import diagnose
from gigaplan.engine.analysis.limits import FIELDS
from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.analysis.worth_words import what_binds
from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import Family, LinearProgram
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies import POLICY_KINDS, PolicyKind
from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.plan import with_row
from gigaplan.engine.plan.schema import Policy
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

LIMITS = {"share": 0.5, "budget": 100.0, "carbon": 100.0, "coverage": 0.5, "resilience": 0.0}


def test_every_kind_of_the_schema_has_its_record() -> None:
    kinds = typing.get_args(typing.get_type_hints(Policy)["kind"])
    assert list(POLICY_KINDS) == list(kinds) == list(LIMITS)
    units = field_of(Policy, "limit").unit
    assert isinstance(units, dict)
    assert list(units) == list(POLICY_KINDS)
    for name, kind in POLICY_KINDS.items():
        assert kind.name == name
        assert kind.label
        assert kind.subject
        assert kind.requires <= kind.uses <= {"dimension", "scope", "metric", "reassign"}
        assert kind.is_fraction == (units[name] == "fraction")
        assert kind.is_fraction or units[name] == kind.worth_unit + ("/year" if kind.is_yearly else "")
        assert kind.called(Policy(id="new", kind=name, limit=1.0), "")


def bounds(program: LinearProgram, family: Family) -> NDArray[np.float64]:
    """The bound of each row of a family, on its one side."""
    low, high = program.row_lower[family.rows], program.row_upper[family.rows]
    return np.where(np.isfinite(high), high, low)


@pytest.mark.parametrize("name", LIMITS)
def test_rows_move_as_the_record_says(name: str) -> None:
    """A limit moved by a hundredth moves the bound of each row by a hundredth of what the record tells."""
    kind = POLICY_KINDS[name]
    row = {"id": "rule", "kind": name, "dimension": "vendor", "metric": "power"}
    inputs = [inputs_of(plan_of(policies=[row | {"limit": LIMITS[name] + by}])) for by in (0.0, 0.01)]
    before, after = (build(i) for i in inputs)
    policy = inputs[0].plan.policies[0]
    families = [f for f in before.families if f.label == "rule"]
    assert families
    for family in families:
        assert family.name == name
        if kind.per_limit is None:
            continue
        moved = bounds(after, family) - bounds(before, family)
        assert moved == pytest.approx(0.01 * kind.per_limit(inputs[0], policy, family), rel=1e-6)
        if kind.is_yearly:
            years = inputs[0].time.months / 12
            assert kind.bound_per_unit(inputs[0]) * years == pytest.approx(kind.per_limit(inputs[0], policy, family)[0])


def test_a_limit_of_each_period_in_a_unit_of_its_own_is_told_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chips in a period, at most 150 of the 200 that the work needs: a kind that the registry alone knows."""

    def add_rows(d: Draft, policy: Policy) -> None:
        periods = np.arange(d.inputs.time.periods)
        entries, standing = d.sums(Amounts(active=np.ones(d.inputs.installed.shape)), periods)
        upper = d.inputs.time.values(policy.limit) - standing
        d.program.add_family("chips", ("period",), (periods,), entries, upper=upper, unit=1.0, label=policy.id)

    kind = PolicyKind(
        name="chips", label="Chips", subject="The cap on chips", limits="sum of each period", worth_unit="chips",
        add_rows=add_rows, per_limit=lambda i, policy, family: np.ones(family.size),
        rule=lambda about, member, metric: "Chips in a period",
        reached="The cap on chips {name} is reached", called=lambda policy, about: "Cap on chips",
    )  # fmt: skip
    monkeypatch.setitem(POLICY_KINDS, "chips", kind)
    monkeypatch.setitem(FIELDS, "chips", ("policies", "limit", "chips"))
    row = Policy(id="cap", name="Cap", kind="chips", limit=150.0)  # type: ignore[arg-type]
    plan = with_row(plan_of(), "policies", row)
    result = solve_plan(plan)
    assert result.series("chips")["total"] == pytest.approx([150.0] * result.time.periods)
    found = [worth for worth in worths(result) if worth.kind == "chips"]
    assert [worth.size for worth in found if not worth.is_whole] == pytest.approx([150.0] * result.time.periods)
    said = next(s.text for s in what_binds(result, found))
    assert said.startswith("The cap on chips Cap is reached in all 4 years. Each further chip in 2026 saves ")
    never = solve_plan(with_row(plan, "policies", Policy(id="all", name="All", kind="coverage", limit=1.0)))
    assert never.status == "infeasible"
    texts = [remedy.text for remedy in diagnose(never.plan).remedies]
    assert "+50 chips a period for Cap" in texts
