"""Exit clauses: an agreement that may be left at a date, for a fee, once it is known which world came (model.md 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from msgspec import Struct

from gigaplan.engine.optimization.agreements import most_chips, offers_of, services_of, work_of_use
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.contract_years import contract_years
from gigaplan.engine.optimization.linear_program import Ceiling, ColumnBlock, LinearProgram, with_rows
from gigaplan.engine.optimization.rates import rates_of
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import refused
from gigaplan.engine.plan.timeline import month_number

LEFT = "left"
"""The block of columns that say, 0 or 1, whether an agreement is left."""


class Exit(Struct, frozen=True):
    """An agreement, the month at whose beginning it may be left, and what that costs, USD."""

    agreement: str
    date: str
    fee_usd: float

    def months(self, plan: Plan) -> int:
        """The date, counted from the plan's start."""
        return month_number(self.date) - month_number(plan.settings.start)


def check_exits(plan: Plan, exits: Sequence[Exit]) -> None:
    """Raises PlanError for an agreement that there is not, two exits of one, a fee below 0, or a date that is not
    within both the plan and the agreement."""
    horizon = plan.settings.periods * plan.settings.months_per_period
    agreements = {row.id: row for row in plan.agreements}
    for each in exits:
        if each.agreement not in agreements:
            known = ", ".join(agreements) or "none"
            raise refused("exit_agreement_unknown", agreement=each.agreement, known=known)
        if not 0 <= each.fee_usd < 1e15:
            raise refused("exit_fee", agreement=each.agreement)
        row = agreements[each.agreement]
        first = month_number(row.start) - month_number(plan.settings.start)
        if not max(first, 0) < each.months(plan) < min(first + row.months, horizon):
            raise refused("exit_outside_term", agreement=each.agreement, date=each.date)
    if len({each.agreement for each in exits}) < len(exits):
        raise refused("exit_twice")


def with_exits(i: Inputs, p: LinearProgram, exits: Sequence[Exit]) -> LinearProgram:
    """The program in which each of these agreements may be left.

    Left, its commitment counts the months before the date alone, and nothing is delivered or bought under it in periods
    that begin on the date or later. The fee is paid, with overhead, in the period of the date. Raises PlanError.
    """
    check_exits(i.plan, exits)
    if not exits:
        return p
    start = len(p.cost)
    at = {agreement.id: g for g, agreement in enumerate(i.plan.agreements)}
    places = np.array([at[each.agreement] for each in exits], dtype=np.int64)
    overhead = 1 + rates_of(i).overhead
    fees = [each.fee_usd * overhead * i.time.discount[each.months(i.plan) // i.time.months] for each in exits]
    nothing = np.zeros(len(exits))
    block = ColumnBlock(LEFT, start, len(exits), ("agreement",), (places,))
    wider = replace(
        p,
        cost=np.append(p.cost, fees),
        lower=np.append(p.lower, nothing),
        upper=np.append(p.upper, nothing + 1.0),
        integer=np.append(p.integer, np.ones(len(exits), dtype=bool)),
        column_unit=np.append(p.column_unit, nothing + 1.0),
        energy=np.append(p.energy, nothing),
        tie_break=np.append(p.tie_break, nothing),
        blocks={**p.blocks, LEFT: block},
    )
    for k, each in enumerate(exits):
        wider = _released(i, wider, each, int(places[k]), start + k)
    rows = [row for k, each in enumerate(exits) for row in _shut(i, wider, each, int(places[k]), start + k)]
    return with_rows(wider, rows)


def _released(i: Inputs, p: LinearProgram, each: Exit, agreement: int, column: int) -> LinearProgram:
    """The commitment of each contract year less that of its months from the date on, where the agreement is left."""
    family = next(f for f in p.families if f.name == "commitment")
    out = each.months(i.plan)
    rows, freed = [], []
    for k, year in enumerate(contract_years(i)):
        after = year.end - max(year.first, out)
        if year.agreement == agreement and after > 0:
            rows.append(family.start + k)
            freed.append(year.commitment_usd * after / (year.end - year.first))
    ends = p.row_start[np.array(rows, dtype=np.int64) + 1]
    sizes = np.diff(p.row_start)
    sizes[rows] += 1
    return replace(
        p,
        row_start=np.concatenate([[0], np.cumsum(sizes)]).astype(p.row_start.dtype),
        columns=np.insert(p.columns, ends, np.int32(column)),
        values=np.insert(p.values, ends, freed),
    )


def _shut(i: Inputs, p: LinearProgram, each: Exit, agreement: int, column: int) -> list[Ceiling]:
    """Nothing is delivered or bought under it once it is left, and what was not signed is not left."""
    rows = []
    later = np.arange(i.time.periods) * i.time.months >= each.months(i.plan)

    def gate(place: int, most: float) -> None:
        columns = np.array([place, column], dtype=np.int64)
        rows.append(Ceiling(columns, np.array([1.0, most]), most, float(p.column_unit[place])))

    deliveries, bought = p.blocks["deliveries"], p.blocks["bought"]
    pair, period = deliveries.index
    # The bound of chips that may earn by standing holds for all others too.
    chips = most_chips(i, contract_years(i), np.ones(len(i.pair_offer), dtype=bool))
    mine = offers_of(i, agreement)[i.pair_offer[pair]] & later[period]
    for k in np.flatnonzero(mine).tolist():
        gate(deliveries.start + k, float(chips[pair[k], period[k]]))
    buy, when = bought.index
    mine = services_of(i, agreement)[i.buy_service[buy]] & later[when]
    most = work_of_use(i)
    for k in np.flatnonzero(mine).tolist():
        gate(bought.start + k, float(most[buy[k], when[k]]))
    signed = p.blocks["signed"]
    for k in np.flatnonzero(signed.index[0] == agreement).tolist():
        rows.append(Ceiling(np.array([signed.start + k, column]), np.array([-1.0, 1.0]), 0.0, 1.0))
    return rows
