"""Which field of a plan is to blame when its program has no end, or holds numbers that nothing can compute with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import LARGEST, LinearProgram
from gigaplan.engine.optimization.rates import over_life
from gigaplan.engine.plan.problems import Message, Problem, say


def endless(i: Inputs, program: LinearProgram) -> tuple[Problem, ...]:
    """Why more and more chips would earn more and more: one problem, at the field that makes them earn."""
    earning = _earning(i, program) & ~np.isfinite(i.supply[i.pair_offer])
    sold = earning & i.purchase[i.pair_offer][:, None] & (i.electricity[i.pair_site] >= 0)
    if sold.any() and i.time.discount_rate >= 0:  # below 0 it is the rate that makes money of them
        return tuple(
            _at(i, "offers", o, "price_usd", say("worth_more_at_end"))
            for o in np.unique(i.pair_offer[sold.any(axis=1)]).tolist()
        )  # fmt: skip
    if earning.any():
        n, t = (int(k) for k in np.argwhere(earning)[0])
        site = i.plan.sites[int(i.pair_site[n])]
        if i.electricity[i.pair_site[n], t] < 0 and not i.plan.offers[int(i.pair_offer[n])].includes_energy():
            message = say("paid_for_power", site=site.name)
            return (_at(i, "sites", int(i.pair_site[n]), "electricity_usd_per_mwh", message),)
        where = {"path": "plan.discount_rate", "table": "plan", "field": "discount_rate"}
        return (Problem(severity="error", message=say("worth_more_discounted"), **where),)
    return (Problem(severity="error", message=say("unbounded_figures")),)


def capped_in_silence(i: Inputs, program: LinearProgram) -> bool:
    """Whether chips that earn by standing, without any limit, wait only for an agreement to be signed.

    The program needs some bound on what an agreement allows; there it would stand for an optimum that is none.
    """
    optional = {g.id for g in i.plan.agreements if g.status == "optional"}
    if not optional and not i.least_order.any():
        return False
    by_sign = np.array([o.agreement in optional for o in i.plan.offers], dtype=bool)
    gated = (by_sign | (i.least_order > 0))[i.pair_offer]
    unlimited = ~np.isfinite(i.supply[i.pair_offer])
    return bool((_earning(i, program) & unlimited & gated[:, None]).any())


def _earning(i: Inputs, program: LinearProgram) -> NDArray[np.bool_]:
    """[N, T] whether a chip lowers the cost by standing there, without any work and limited by no power."""
    deliveries, running = program.blocks["deliveries"], program.blocks["running"]
    standing = np.full(i.can_deliver.shape, np.inf)
    standing[deliveries.index] = program.cost[deliveries.columns]
    run = np.full((len(i.mode_pair), i.time.periods), np.inf)
    run[running.index] = program.cost[running.columns]
    least = np.full(i.can_deliver.shape, np.inf)
    np.minimum.at(least, i.mode_pair, run)
    least = np.where(np.isfinite(least), least, 0.0)
    switchable = i.can_switch_off[i.pair_offer][:, None]
    powered = ~np.isfinite(i.site_power_mw[i.pair_site])
    of_running = over_life(np.where(switchable, np.minimum(least, 0.0) * powered, least), i.life[i.pair_offer])
    return np.asarray((standing + of_running < 0) & (switchable | powered))


def beyond_computing(i: Inputs, program: LinearProgram) -> tuple[Problem, ...]:
    """The fields whose values make a cost or a coefficient that is not finite or beyond what can be computed with."""
    found: dict[str, Problem] = {}
    for block in program.blocks.values():
        bad = np.flatnonzero(~(np.abs(program.cost[block.columns]) < LARGEST))
        for k in bad[:1].tolist() if block.name not in ("deliveries", "uses") else bad.tolist():
            problem = _of_column(i, block.name, tuple(int(index[k]) for index in block.index))
            found.setdefault(problem.path, problem)
    if not found and not np.all(np.abs(program.values) < LARGEST):
        column = int(program.columns[np.flatnonzero(~(np.abs(program.values) < LARGEST))[0]])
        for block in program.blocks.values():
            if block.start <= column < block.start + block.size:
                problem = _of_column(i, block.name, tuple(int(index[column - block.start]) for index in block.index))
                found.setdefault(problem.path, problem)
    return tuple(found.values())


def _of_column(i: Inputs, block: str, at: tuple[int, ...]) -> Problem:
    message = say("beyond_computing", largest=LARGEST)
    if block == "deliveries":
        return _at(i, "offers", int(i.pair_offer[at[0]]), "price_usd", message)
    if block == "uses":
        return _at(i, "sites", int(i.pair_site[i.use_pair[at[0]]]), "electricity_usd_per_mwh", message)
    if block in ("running", "bought"):
        table, field = ("sites", "electricity_usd_per_mwh") if block == "running" else ("services", "price_usd")
        k = i.pair_site[i.mode_pair[at[0]]] if block == "running" else i.buy_service[at[0]]
        return _at(i, table, int(k), field, message)
    if block == "contracted":
        return _at(i, "power_contracts", at[0], "capex_usd_per_mw", message)
    if block in ("unmet", "unmet_flexible", "unmet_deferrable", "waiting", "placed"):
        return _at(i, "workloads", at[0], "unmet_usd", message)
    if block == "ported":
        place = f"ports[{at[0]}].cost_usd"
        return Problem(severity="error", path=place, message=message, table="ports", field="cost_usd")
    if block == "ordered":
        return _at(i, "offers", at[0], "min_order_chips", message)
    return _at(i, "agreements", at[0] if block == "signed" else 0, "commit_usd_per_year", message)


def _at(i: Inputs, table: str, k: int, field: str, message: Message) -> Problem:
    row = getattr(i.plan, table)[k]
    path = f"{table}[{k}].{field}"
    return Problem(severity="error", path=path, message=message, table=table, row=row.id, field=field)
