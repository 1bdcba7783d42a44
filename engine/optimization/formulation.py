"""The planning model as a linear program: decisions, objective and constraints of model.md sections 4, 5 and 7."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization import agreements, capacity, choices, policies
from gigaplan.engine.optimization.amounts import Amounts, together
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.contract_years import contract_years
from gigaplan.engine.optimization.costs import END_COMPONENTS, costs_of
from gigaplan.engine.optimization.demand import asked_of, buys_of, uses_of
from gigaplan.engine.optimization.linear_program import Assembler, Entries, LinearProgram, numbered
from gigaplan.engine.optimization.lp_builder import ALL_RUN, AS_USED, DECIDED, Draft
from gigaplan.engine.optimization.rates import demand_weights, rates_of, unmet_rate
from gigaplan.engine.optimization.solution import Cancelled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


SPREAD = 1e-12
"""Of the highest cost of a chip: lower ones are nothing beside it."""
FINEST = 1e-9
"""Of the chips that work asks for: in a smaller unit of chips its rows would hold numbers beyond 1e12."""


def build(i: Inputs, interrupt: Callable[[], bool] = lambda: False) -> LinearProgram:
    """The linear program of a plan, with its integer decisions marked.

    Raises Cancelled once `interrupt`, which is asked between the families of rows, says so.
    """
    draft, constant, earning = _columns(i)
    limits = (capacity.add_work, capacity.add_modes, capacity.add_power, _supply, capacity.add_services)
    for add in (_demand, _deferral, *limits):
        if interrupt():
            raise Cancelled
        add(draft)
    choices.add_rows(draft, earning)
    agreements.add_rows(draft, earning)
    policies.add_rows(draft)
    if interrupt():
        raise Cancelled
    cost_unit = draft.cost_unit * draft.chip_unit / 10  # the finer the solver sees costs, the smaller a tie it tells
    return draft.program.finish(constant=constant, cost_unit=cost_unit, names=_names(i))


def _names(i: Inputs) -> dict[str, tuple[str, ...]]:
    """What the entries of each axis are called in any plan, so that a basis can be carried from one to the next."""
    plan = i.plan
    offers, sites, workloads = ([row.id for row in rows] for rows in (plan.offers, plan.sites, plan.workloads))
    pairs = [f"{offers[o]}|{sites[s]}" for o, s in zip(i.pair_offer.tolist(), i.pair_site.tolist(), strict=True)]
    modes = (
        pairs
        + [f"{pairs[n]}|{q:g}" for n, q in zip(i.mode_pair.tolist(), i.mode_power.tolist(), strict=True)][len(pairs) :]
    )
    uses = [f"{workloads[w]}|{modes[m]}" for w, m in zip(i.use_workload.tolist(), i.use_mode.tolist(), strict=True)]
    services = [k.id for k in plan.services]
    buys = [
        f"{workloads[w]}|{services[k]}" for w, k in zip(i.buy_workload.tolist(), i.buy_service.tolist(), strict=True)
    ]
    blocks = [block.name for block in plan.settings.blocks]
    if i.has_blocks:
        uses = [f"{use}|{blocks[b]}" for use, b in zip(uses, i.use_block.tolist(), strict=True)]
        buys = [f"{buy}|{blocks[b]}" for buy, b in zip(buys, i.buy_block.tolist(), strict=True)]
    years = contract_years(i)
    return {
        "period": i.time.dates,
        "pair": tuple(pairs),
        "mode": tuple(modes),
        "use": tuple(uses),
        "buy": tuple(buys),
        "block": (*blocks, "day"),
        "workload": tuple(workloads),
        "offer": tuple(offers),
        "site": tuple(sites),
        "service": tuple(services),
        "port": tuple(f"{p.workload}|{p.stack}" for p in plan.ports),
        "contract": tuple(c.id for c in plan.power_contracts),
        "machine": tuple("|".join((workloads[m.workload], *m.key)) for m in choices.machines(i)),
        "group": tuple(f"{table}|{name}" for table, name, *_ in choices.groups(i)),
        "agreement": tuple(g.id for g in plan.agreements),
        "contract year": tuple(f"{plan.agreements[y.agreement].id}|{y.year}" for y in years),
        "year": tuple(str(y) for y in range(int(i.time.year_of[-1]) + 1)),
    }


def _columns(i: Inputs) -> tuple[Draft, float, Bools]:
    """The columns with their costs, the cost that no decision changes, and [N] the pairs whose chips may earn
    without work."""
    rates = rates_of(i)
    costs = costs_of(i)
    cash, tonnes = together(costs.values()), together([rates.operational(i), rates.making(i)])
    work_unit = np.zeros(len(i.plan.workloads))
    np.maximum.at(work_unit, i.use_workload, i.use_theta)
    peak_demand = i.demand * i.peak[:, None]
    most = peak_demand.max(axis=1, initial=0.0)
    by_chips = work_unit > 0
    needed = most[by_chips] / work_unit[by_chips]
    there = np.minimum(needed, _chips_at_work(i)[by_chips]).max(initial=1.0)
    chips = float(max(there, FINEST * needed.max(initial=0.0)))
    # Of what no chip can do, a typical one would do the part that makes it as large as the largest of the others.
    work_unit = np.where(by_chips, work_unit, most / chips)
    work_unit = np.array([_round_unit(v) for v in work_unit.tolist()])
    chip_unit = _round_unit(max(chips / 1000, 1e-3))
    program = Assembler()
    draft = Draft(i, rates, costs, program, chip_unit, work_unit, 1.0, how_chips_run(i, cash, tonnes))
    prices = _objective(draft, cash, tonnes)
    positive = prices["deliveries"][i.can_deliver & (prices["deliveries"] > 0)]
    middle = 1.0
    if positive.size:  # a price that falls for a century comes to nothing: it is no measure
        most = float(positive.max())
        middle = math.sqrt(max(float(positive.min()), SPREAD * most)) * math.sqrt(most)
    draft = Draft(i, rates, costs, program, chip_unit, work_unit, _round_unit(middle), draft.runs)
    energy = draft.prices(rates.facility_energy(i), np.ones(i.time.periods), np.ones(i.time.periods))
    _add_chips(draft, prices, energy)
    _add_unmet(draft)
    choices.add_columns(draft, prices)
    agreements.add_columns(draft, prices)
    earning: Bools = np.asarray((prices["deliveries"] < 0).any(axis=1))
    np.logical_or.at(earning, i.mode_pair, (prices["running"] < 0).any(axis=1))
    return draft, float(prices[""][0]), earning


def _chips_at_work(i: Inputs) -> Floats:
    """[W] no more chips than these can be had and fed for a workload at once; infinite without limits.

    Work of which a chip does next to nothing seems to need 1e15 of them. In such a unit the few hundred of others, or
    of a least order, would be less than the tolerance of the solver.
    """
    megawatts = i.site_power_mw.copy()
    np.add.at(megawatts, i.contract_site, i.contract_active * i.contract_mw[:, None])
    least_power = np.ones(len(i.pair_offer))
    np.minimum.at(least_power, i.mode_pair, i.mode_power)
    with np.errstate(divide="ignore", invalid="ignore"):
        watts = i.power_w[i.pair_offer] * least_power * i.pue[i.pair_site]
        fed = megawatts.max(axis=1, initial=0.0)[i.pair_site] * 1e6 / watts
    fed = np.where(np.isnan(fed), np.inf, fed)
    supplied = i.supply.sum(axis=1)[i.pair_offer] + i.installed.max(axis=1, initial=0.0)
    most = np.minimum(fed, supplied)
    found = np.zeros(len(i.demand))
    work, pair = np.unique(np.stack([i.use_workload, i.use_pair]), axis=1)
    np.add.at(found, work, most[pair])
    return found


def _round_unit(value: float) -> float:
    """The power of ten nearest to a value: a unit that stays the same while the value is dragged a little."""
    return 10.0 ** round(math.log10(value)) if value > 0 and math.isfinite(value) else 1.0


def how_chips_run(i: Inputs, cash: Amounts, tonnes: Amounts) -> Ints:
    """[N] how the chips that run are told of each pair (D).

    Chips that may be switched off need no column for it where the day is one block, no power cap is given, no share
    counts them, and one chip less that runs never costs: then some optimal plan runs no more chips than its work
    needs, `Kfull = sum x / availability`. Proof: of an optimal plan take away what runs beyond that. Each capacity
    row still holds, and so does `Koff = K - Kfull >= 0`, which is that row; power, carbon and budget rows and the
    objective have `Kfull` with coefficients of at least 0 on the side that is limited, so none of them is worse; no
    other row knows it. Of the plans of least objective that one also has the least energy, as the tie rule asks.
    """
    switchable = i.can_switch_off[i.pair_offer]
    capped = np.bincount(i.mode_pair, minlength=len(i.pair_offer)) > 1
    shared = any(p.enabled and p.kind == "share" for p in i.plan.policies)
    costs = np.zeros(len(i.pair_offer), dtype=bool)
    for part in (cash.running, tonnes.running):
        if part is not None:
            costs |= (part[: len(costs)] < 0).any(axis=1)
    decided = capped | np.full(len(costs), i.has_blocks) | (switchable & (costs | shared))
    return np.where(decided, DECIDED, np.where(switchable, AS_USED, ALL_RUN))


def _objective(d: Draft, cash: Amounts, tonnes: Amounts) -> dict[str, Floats]:
    """Discounted cost per unit of each column: money with overhead, carbon at its price, and what is left then."""
    i = d.inputs
    total = together([cash.scaled(1 + d.rates.overhead), tonnes.scaled(i.plan.settings.carbon_price_usd_per_t)])
    prices = d.prices(total, i.time.discount, i.time.opening_discount)
    for part in END_COMPONENTS:
        prices["deliveries"] = prices["deliveries"] + part.sign * part.amounts(i, i.list_price, True)
        for name, values in part.lumps(i, True).items():
            prices[name] = prices[name] + part.sign * values
    return prices


def _add_chips(d: Draft, prices: dict[str, Floats], energy: dict[str, Floats]) -> None:
    """n, the chips that run where they are decided on, x and v."""
    i, program = d.inputs, d.program

    def add(name: str, axes: tuple[str, str], there: Bools, unit: Floats | float) -> None:
        cost, heat = (np.broadcast_to(found[name], there.shape)[there] for found in (prices, energy))
        program.add_block(name, axes, np.nonzero(there), cost, energy=heat, unit=unit)

    add("deliveries", ("pair", "period"), i.can_deliver, d.chip_unit)
    there = capacity.reachable(i)
    own = (d.runs == DECIDED)[i.mode_pair][:, None] & there[i.mode_pair]
    add("running", ("mode", "period"), own, d.chip_unit)
    add("uses", ("use", "period"), _usable(i, there), d.chip_unit)
    buyable = i.can_buy & _asking(i)[i.buy_workload]
    workload = i.buy_workload[np.nonzero(buyable)[0]]
    add("bought", ("buy", "period"), buyable, d.work_unit[workload] * d.chip_unit)


def _add_unmet(d: Draft) -> None:
    """u, and the work that waits from one period to the next."""
    i, program = d.inputs, d.program
    rate = unmet_rate(i)[:, 0] if i.time.periods else np.zeros(len(i.demand))
    index, share, axes = _unmet_index(i)
    work, when = index[0], index[-1]
    cost = i.time.discount[when] * rate[work] * share
    program.add_block("unmet", axes, index, cost, unit=d.work_unit[work] * d.chip_unit)
    (work,) = np.nonzero(i.flexible & (i.demand.sum(axis=1) > 0))
    mean_discount = demand_weights(i) @ i.time.discount
    cost = mean_discount[work] * rate[work]
    program.add_block("unmet_flexible", ("workload",), (work,), cost, unit=d.work_unit[work] * d.chip_unit)
    waits = (i.delay >= 0)[:, None]
    work, when = np.nonzero(waits & (i.demand > 0))
    program.add_block(
        "unmet_deferrable",
        ("workload", "period"),
        (work, when),
        i.time.discount[when] * rate[work],
        upper=(i.demand * i.peak[:, None])[work, when],
        unit=d.work_unit[work] * d.chip_unit,
    )
    waits = waits & (i.delay > 0)[:, None] & (np.arange(i.time.periods) < i.time.periods - 1)
    work, when = np.nonzero(np.broadcast_to(waits, i.demand.shape) & (i.demand.cumsum(axis=1) > 0))
    cost = np.zeros(len(work))
    program.add_block("waiting", ("workload", "period"), (work, when), cost, unit=d.work_unit[work] * d.chip_unit)


def _unmet_index(i: Inputs) -> tuple[tuple[Ints, ...], Floats, tuple[str, ...]]:
    """The places of what is not served of plain workloads, and the part of the day that each is about."""
    plain = ~i.flexible & (i.delay < 0)
    there = (i.demand > 0) & plain[:, None]
    if not i.has_blocks:
        work, when = np.nonzero(there)
        return (work, when), np.ones(len(work)), ("workload", "period")
    blocks = len(i.shares)
    whole = np.zeros((len(i.demand), blocks + 1, i.time.periods), dtype=bool)
    whole[:, :blocks] = there[:, None, :] & (i.by_block[:, None] & (i.profile > 0))[:, :, None]
    whole[:, blocks] = there & ~i.by_block[:, None]
    index = np.nonzero(whole)
    return index, np.append(i.shares, 1.0)[index[1]], ("workload", "block", "period")


def _asking(i: Inputs) -> Bools:
    """[W, T] where work can be done: there is demand, or some that waits."""
    return np.where((i.delay >= 0)[:, None], i.demand.cumsum(axis=1) > 0, i.demand > 0)


def _usable(i: Inputs, there: Bools) -> Bools:
    """[U, T] where work can be assigned: there is demand, chips can be there and work, and any port is done."""
    usable = there[i.use_pair] & _asking(i)[i.use_workload] & (i.availability[i.use_offer] > 0)[:, None]
    stacks = np.array([i.plan.platforms[p].stack for p in i.offer_platform])
    work_at = {w.id: k for k, w in enumerate(i.plan.workloads)}
    for port in i.plan.ports:
        ported = (i.use_workload == work_at[port.workload]) & (stacks[i.use_offer] == port.stack)
        usable[ported, : i.time.first_delivery(port.months)] = False
    return usable


def _demand(d: Draft) -> None:
    """5.1: what is served and what is not add up to the peak demand; a flexible workload over the whole horizon."""
    i = d.inputs
    for name, unmet in (("demand", d.block("unmet")), ("demand_flexible", d.block("unmet_flexible"))):
        own = np.arange(unmet.size)
        entries: list[Entries] = [(own, own + unmet.start, np.ones(unmet.size))]
        needed = np.zeros(unmet.size)
        for w in np.unique(unmet.index[0]).tolist():
            asked = asked_of(i, w)
            mine = np.flatnonzero(unmet.index[0] == w)
            # The rows of what asks for nothing are left out.
            rows = np.full(len(asked.work), -1, dtype=np.int64)
            keep = np.arange(len(asked.work)) if asked.over_horizon else np.flatnonzero(_is_there(i, w, asked.index))
            rows[keep] = mine
            needed[mine] = asked.work[keep]
            uses, buys = uses_of(i, w), buys_of(i, w)
            place = rows[asked.place]
            entries += d.work(uses, place[i.use_block[uses]], buys, place[i.buy_block[buys]])
        d.program.add_family(
            name,
            unmet.axes,
            unmet.index,
            entries,
            lower=needed,
            upper=needed,
            unit=d.work_unit[unmet.index[0]] * d.chip_unit,
        )


def _is_there(i: Inputs, w: int, index: tuple[Ints, ...]) -> Bools:
    """[R] whether a row of a plain workload asks for anything."""
    there = i.demand[w][index[-1]] > 0
    if len(index) == 3 and i.by_block[w]:
        there = there & (i.profile[w][index[1]] > 0)
    return np.asarray(there)


def _deferral(d: Draft) -> None:
    """F: what comes is done, waits or is dropped, and nothing waits longer than it may.

    With B[t] = what waits after period t, the first row of F is B >= 0, and the second, taken from it, is
    `B[t] <= what came in the last k periods and is not dropped`.
    """
    i = d.inputs
    works = np.flatnonzero(i.delay >= 0)
    if not len(works):
        return
    t, periods = np.arange(i.time.periods), i.time.periods
    shape = i.demand.shape
    dropped, waiting = (_table(d.block(name), shape) for name in ("unmet_deferrable", "waiting"))
    entries: list[Entries] = []
    late: list[Entries] = []
    needed = i.demand * i.peak[:, None]
    rows = np.full(shape, -1, dtype=np.int64)
    rows[works] = np.arange(len(works) * periods).reshape(len(works), periods)
    for w in works.tolist():
        uses, buys = uses_of(i, w), buys_of(i, w)
        mine = np.broadcast_to(rows[w], (len(i.shares), periods))
        entries += d.work(uses, mine[i.use_block[uses]], buys, mine[i.buy_block[buys]])
        entries.append(_at(rows[w], dropped[w], 1.0))
        entries.append(_at(rows[w], waiting[w], 1.0))
        entries.append(_at(rows[w][1:], waiting[w][:-1], -1.0))
        late.append(_at(rows[w], waiting[w], 1.0))
        for back in range(int(min(i.delay[w], periods))):
            late.append(_at(rows[w][back:], dropped[w][: periods - back], 1.0))
    index = np.repeat(works, periods), np.tile(t, len(works))
    unit = d.work_unit[index[0]] * d.chip_unit
    rhs = needed[works].ravel()
    axes = ("workload", "period")
    d.program.add_family("deferral", axes, index, entries, lower=rhs, upper=rhs, unit=unit)
    came = [
        np.convolve(needed[w], np.ones(int(min(i.delay[w], periods))))[:periods] if i.delay[w] else 0 * needed[w]
        for w in works
    ]
    d.program.add_family("deadline", axes, index, late, upper=np.concatenate(came), unit=unit)


def _at(rows: Ints, columns: Ints, value: float) -> Entries:
    keep = columns >= 0
    return rows[keep], columns[keep], np.full(int(keep.sum()), value)


def _table(block: object, shape: tuple[int, ...]) -> Ints:
    """The column of each place of a block, -1 where it has none."""
    table = np.full(shape, -1, dtype=np.int64)
    table[block.index] = np.arange(block.start, block.start + block.size)  # type: ignore[attr-defined]
    return table


def _supply(d: Draft) -> None:
    """5.4: an offer has so many new chips in a period, over all sites."""
    i = d.inputs
    pair, period = d.deliveries.index
    limited = np.isfinite(i.supply)
    rows = numbered(limited)
    at = rows[i.pair_offer[pair], period]
    columns = np.arange(d.deliveries.size) + d.deliveries.start
    entries = [(at[at >= 0], columns[at >= 0], np.ones(int((at >= 0).sum())))]
    d.program.add_family(
        "supply", ("offer", "period"), np.nonzero(limited), entries, upper=i.supply[limited], unit=d.chip_unit
    )
