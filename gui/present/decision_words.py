"""What to sign now, in words: what the hedged plan decides differently, and what that costs and saves in each world."""

from __future__ import annotations

from collections.abc import Sequence

from gigaplan.engine.analysis.decisions.choice import HEDGE, Candidate, Choice, Now, differences_now, least_regret
from gigaplan.engine.analysis.decisions.two_stage import InWorld
from gigaplan.engine.analysis.decisions.worlds import BASE
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.text import listed
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.text.number_format import MINUS, chips, money, percent

FEWEST = 0.5
"""Chips below which none is said to be ordered."""
MOST = 8
"""Decisions that are told; the others are counted."""
SIGNED = {
    "signed": ("agreements", "sign", "leave unsigned"),
    "contracted": ("power_contracts", "contract", "do without"),
    "ported": ("", "port", "do not port"),
    "placed": ("", "place", "do not place"),
}
"""Of each block of decisions by 0 and 1: the table of its ids, and what is done in one plan and not in the other."""


def world_name(plan: Plan, id: str) -> str:
    """What a person calls a world."""
    if id == BASE:
        return "Base"
    scenario = find(plan, "scenarios", id)
    return row_name(scenario) if scenario is not None else id


def candidate_name(plan: Plan, candidate: Candidate) -> str:
    """What a person calls a candidate."""
    return "Hedged over all" if candidate.id == HEDGE else f"Best for {world_name(plan, candidate.id)}"


def least_served(world: InWorld) -> float | None:
    """The least covered of the workloads, 0 to 1."""
    return min((v for v in world.coverage.values() if v is not None), default=None)


def choice_words(plan: Plan, choice: Choice) -> list[str]:
    """The sentences below the table of candidates."""
    if choice.status != "optimal":
        where = f"in {world_name(plan, choice.text)}" if find(plan, "scenarios", choice.text) else choice.text
        return [f"There is nothing to compare: {STATUS[choice.status].sentence.lower()} ({where})."]
    hedge, *others = choice.candidates
    beside = next((c for c in others if c.id == BASE), others[0])
    lines = [_costs(plan, hedge, beside)]
    apart = differences_now(hedge.decision, beside.decision)
    if apart:
        told = [_now_words(plan, n) for n in apart[:MOST]]
        more = f" and {len(apart) - MOST} decisions more" if len(apart) > MOST else ""
        lines.append(f"What differs now: {'; '.join(told)}{more}.")
    else:
        lines.append("Nothing differs now: what is best for the base is best over all worlds.")
    ruling = [w.id for k, w in enumerate(hedge.worlds) if _rules_out_others(k, w.id, others)]
    if ruling:
        names = listed((world_name(plan, id) for id in ruling), "and")
        verb = "rules" if len(ruling) == 1 else "rule"
        lines.append(f"{names} {verb} out what is best now for every other world; a world of weight 0 is left out.")
    safest = least_regret(choice.candidates)
    if safest is not None and safest.worst_regret_usd is not None:
        regret = money(max(safest.worst_regret_usd, 0.0), plan.settings.currency)
        lines.append(f"Least regret in the worst case: {candidate_name(plan, safest)}, {regret}.")
    if choice.evpi_usd is not None:
        worth = money(max(choice.evpi_usd, 0.0), plan.settings.currency)
        lines.append(f"To know beforehand which world comes would be worth {worth}.")
    return lines


def _rules_out_others(at: int, id: str, others: Sequence[Candidate]) -> bool:
    """Whether no plan but its own can be held in a world."""
    foreign = [c for c in others if c.id != id]
    return bool(foreign) and all(c.worlds[at].cost_usd is None for c in foreign)


def _costs(plan: Plan, hedge: Candidate, beside: Candidate) -> str:
    said = []
    for a, b in zip(hedge.worlds, beside.worlds, strict=True):
        name = world_name(plan, a.id)
        if a.cost_usd is None or b.cost_usd is None:
            said.append(f"no plan that meets every limit in {name}")
        elif abs(a.cost_usd - b.cost_usd) <= 5e-5 * abs(b.cost_usd):
            said.append(f"the same in {name}")
        else:
            part = a.cost_usd / b.cost_usd - 1
            said.append(f"{'+' if part > 0 else MINUS}{percent(abs(part))} in {name}")
    return f"The hedged plan costs against the best for {world_name(plan, beside.id)}: {listed(said, 'and')}."


def _now_words(plan: Plan, now: Now) -> str:
    if now.kind == "deliveries":
        row = find(plan, "offers", now.id)
        name = row_name(row) if row is not None else now.id
        if now.one < FEWEST:
            return f"order no {name} ({chips(now.other)} chips)"
        if now.other < FEWEST:
            return f"order {chips(now.one)} chips of {name} besides"
        return f"order {chips(now.one)} instead of {chips(now.other)} chips of {name}"
    table, does, does_not = SIGNED[now.kind]
    row = find(plan, table, now.id) if table else None
    return f"{does if now.one > now.other else does_not} {row_name(row) if row is not None else _ids(plan, now.id)}"


def _ids(plan: Plan, text: str) -> str:
    """Ids of several rows, as of a workload and a stack, in words."""
    parts = text.split("|")
    rows: Sequence[object] = [find(plan, t, parts[0]) for t in ("workloads", "sites", "offers")]
    first = next((row_name(row) for row in rows if row is not None), parts[0])
    return " to ".join([first, *parts[1:]])
