"""What the plan map draws of a result: chips and megawatts on every wire, per period."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.schema import Workload
from gigaplan.engine.results.result import Result
from gigaplan.gui.text.number_format import percent

if TYPE_CHECKING:
    from gigaplan.engine.optimization.arrays import Inputs
    from gigaplan.engine.optimization.solution import Solution
    from gigaplan.engine.results.allocation import Allocation

Floats = NDArray[np.float64]
Key = tuple[str, str]
"""A card: its table and the id of its row."""

NOTHING = 1e-6
"""Chips or megawatts below this are rounding of the solver, and no flow."""


_ENDS = {"use": "offers", "buy": "services", "stand": "sites"}


class Wire(NamedTuple):
    """Something that joins two cards: a workload to an offer (`use`) or a service (`buy`), or an offer to a site
    (`stand`)."""

    kind: str
    start: str
    end: str

    @property
    def start_key(self) -> Key:
        """The card at its left end."""
        return ("offers" if self.kind == "stand" else "workloads", self.start)

    @property
    def end_key(self) -> Key:
        """The card at its right end."""
        return (_ENDS[self.kind], self.end)


@dataclass(frozen=True)
class MapPicture:
    """The figures of one optimal result, arrays over periods [T]."""

    plan: Plan
    result: Result
    flows: dict[Wire, Floats]
    """Chips of each use, the part of its workload's demand (0..1) of each buy, facility MW of each stand; only wires
    that carry something in some period."""
    peaks: dict[tuple[str, Key], float]
    """The largest sum, over periods, of the wires of one kind at a card: what its edge must have room for."""
    chips: dict[str, Floats]
    """Active chips per offer."""
    drawn_mw: dict[str, Floats]
    """Facility MW per site."""
    contracted_mw: dict[str, Floats]
    """MW by power contracts taken up, per site that has some."""
    served: dict[str, Floats]
    """Served over demanded per workload, of the whole horizon where the work is flexible; NaN without demand."""
    rates: dict[Wire, Floats]
    """Work of each buy, in the unit of its workload, on average over the day."""
    taken: dict[str, Floats]
    """Work at the peak over its limit, per service that has a limit; NaN in periods without."""
    bought: dict[str, Floats]
    """Chips that arrive over those that may, per offer with a limit on its supply; NaN where none may."""
    worth: dict[str, Floats]
    """What one more MW saves at a site, USD discounted per period; NaN where that is not known yet."""
    chip_worth: dict[str, Floats]
    """What one more chip of an offer's supply saves, likewise."""
    off: dict[str, Floats]
    """Chips that stand and are switched off, per offer that has some."""
    capped: dict[str, Floats]
    """Chips that run at a power cap, per offer that has some."""
    machines: dict[str, tuple[str, ...]]
    """What a workload that is placed on one machine runs on, in words, and the share of its time that failures leave;
    without those that are bought, or of which nothing is done."""
    joint: dict[Key, Floats]
    """What one less costs where one more alone saves nothing: infinite where there can be no less."""
    inputs: Inputs
    """What was solved: it knows the wires that the plan's rules allow, used or not."""
    solution: Solution
    """What this is the picture of: a result with the same one looks the same."""


def picture_of(result: Result) -> MapPicture:
    """The picture of an optimal result. Raises ValueError for any other."""
    a, solution = result.allocation, result.solution
    if a is None or solution is None or result.program is None:
        raise ValueError(f"a result that is {result.status} has no picture")
    rates = _rates(a)
    flows = _flows(a) | _parts(result, rates)
    return MapPicture(
        plan=result.plan,
        result=result,
        rates=rates,
        taken=_taken(a),
        flows=flows,
        peaks=_peaks(flows),
        chips=result.series("chips", "offer"),
        drawn_mw=result.series("facility_power", "site"),
        contracted_mw=_contracted(a),
        served=_served(result),
        bought=_bought(result),
        off=_of_offers(a, a.off),
        capped=_of_offers(a, _capped(a)),
        machines=_machines(result),
        **_worths(result),
        inputs=a.inputs,
        solution=solution,
    )


def _flows(a: Allocation) -> dict[Wire, Floats]:
    from gigaplan.engine.results.allocation import sums

    i, plan = a.inputs, a.inputs.plan
    joins, place = np.unique(i.use_workload * len(plan.offers) + i.use_offer, return_inverse=True)
    chips = sums(a.used, place, len(joins))
    flows = {}
    for n in np.flatnonzero(chips.max(axis=1, initial=0.0) > NOTHING).tolist():
        work, offer = divmod(int(joins[n]), len(plan.offers))
        flows[Wire("use", plan.workloads[work].id, plan.offers[offer].id)] = chips[n]
    for n in np.flatnonzero(a.facility_mw.max(axis=1, initial=0.0) > NOTHING).tolist():
        offer, site = plan.offers[i.pair_offer[n]], plan.sites[i.pair_site[n]]
        flows[Wire("stand", offer.id, site.id)] = a.facility_mw[n]
    return flows


def _rates(a: Allocation) -> dict[Wire, Floats]:
    """[T] work that each workload buys of each service, on average."""
    from gigaplan.engine.results.allocation import sums

    i, plan = a.inputs, a.inputs.plan
    joins, place = np.unique(i.buy_workload * max(len(plan.services), 1) + i.buy_service, return_inverse=True)
    work = sums(a.buy_rates, place, len(joins))
    found = {}
    for n, join in enumerate(joins.tolist()):
        w, k = divmod(join, len(plan.services))
        rate = work[n]
        if rate.max(initial=0.0) > NOTHING * max(1.0, float(i.demand[w].max())):
            found[Wire("buy", plan.workloads[w].id, plan.services[k].id)] = rate
    return found


def _parts(result: Result, rates: dict[Wire, Floats]) -> dict[Wire, Floats]:
    """[T] what is bought of a workload's demand; of one that may be done at another time, of what is done then."""
    if not rates:
        return {}
    demand, served = result.series("demand", "workload"), result.series("served", "workload")
    found = {}
    for wire, rate in rates.items():
        whole = np.maximum(demand[wire.start], served[wire.start])
        part = np.divide(rate, whole, out=np.zeros_like(rate), where=whole > 0)
        found[wire] = np.where(part > NOTHING, part, 0.0)
    return found


def _taken(a: Allocation) -> dict[str, Floats]:
    i, found, used = a.inputs, {}, a.service_use()
    for k, row in enumerate(i.plan.services):
        if row.limit is not None:
            most, limit = used[k], i.service_limit[k]
            there = (limit > 0) & np.isfinite(limit)
            found[row.id] = np.divide(most, limit, out=np.full_like(most, np.nan), where=there)
    return found


def _of_offers(a: Allocation, pairs: Floats) -> dict[str, Floats]:
    """Chips of pairs [N, T] by offer, without those that have none."""
    from gigaplan.engine.results.allocation import sums

    found = sums(pairs, a.inputs.pair_offer, len(a.inputs.plan.offers))
    return {o.id: found[k] for k, o in enumerate(a.inputs.plan.offers) if found[k].max(initial=0.0) > NOTHING}


def _capped(a: Allocation) -> Floats:
    """[N, T] chips that run below full power."""
    from gigaplan.engine.results.allocation import sums

    i = a.inputs
    return sums(a.running * (i.mode_power < 1)[:, None], i.mode_pair, len(a.active))


def _machines(result: Result) -> dict[str, tuple[str, ...]]:
    a, plan = result.allocation, result.plan
    assert a is not None
    names = {row.id: row.name or row.id for table in ("platforms", "sites", "services") for row in getattr(plan, table)}
    found = {}
    for machine, placed in zip(a.machines, a.placed.tolist(), strict=True):
        work = plan.workloads[machine.workload]
        if placed > 0.5 and len(machine.uses) and a.used[machine.uses].max(initial=0.0) > NOTHING:
            share = _goodput(plan, work, machine.key[0])
            kept = (f"{percent(share, 2)} goodput",) if share < 1 else ()
            found[work.id] = (", ".join(names.get(id, id) for id in machine.key), *kept)
    return found


def _goodput(plan: Plan, work: Workload, platform: str) -> float:
    from gigaplan.engine.plan.throughput import estimate

    row = find(plan, "platforms", platform)
    return 1.0 if row is None else estimate(plan, work, row).goodput


def _contracted(a: Allocation) -> dict[str, Floats]:
    i, found = a.inputs, dict[str, Floats]()
    for c in np.flatnonzero(a.contracted).tolist():
        site = i.plan.sites[i.contract_site[c]].id
        found[site] = found.get(site, 0.0) + i.contract_active[c] * i.contract_mw[c]
    return found


def _peaks(flows: dict[Wire, Floats]) -> dict[tuple[str, Key], float]:
    sums: dict[tuple[str, Key], Floats] = {}
    for wire, values in flows.items():
        for key in (wire.start_key, wire.end_key):
            place = (wire.kind, key)
            sums[place] = sums[place] + values if place in sums else values
    return {place: float(total.max()) for place, total in sums.items()}


def _served(result: Result) -> dict[str, Floats]:
    served, demand = result.series("served", "workload"), result.series("demand", "workload")
    shares = {}
    for workload in result.plan.workloads:
        done, asked = served[workload.id], demand[workload.id]
        if workload.flexible:
            whole = done.sum() / asked.sum() if asked.sum() > 0 else np.nan
            shares[workload.id] = np.where(asked > 0, whole, np.nan)
        else:
            shares[workload.id] = np.divide(done, asked, out=np.full_like(done, np.nan), where=asked > 0)
    return shares


def _bought(result: Result) -> dict[str, Floats]:
    assert result.allocation is not None
    left, supply = result.series("supply_headroom", "offer"), result.allocation.inputs.supply
    shares = np.full_like(supply, np.nan)
    limited = [k for k, offer in enumerate(result.plan.offers) if offer.id in left]
    if limited:
        most = supply[limited]
        there = (most > 0) & np.isfinite(most)  # of steps, some periods may have no limit
        arrived = np.subtract(most, np.array(list(left.values())), out=np.zeros_like(most), where=there)
        shares[limited] = np.divide(arrived, most, out=shares[limited], where=there)
    return {offer: shares[k] for k, offer in zip(limited, left, strict=True)}


def with_worths(picture: MapPicture, result: Result) -> MapPicture:
    """The picture with what is known by now of what the limits of its result are worth."""
    return replace(picture, **_worths(result))


def _worths(result: Result) -> dict[str, Any]:
    """What one more MW and one more chip saves in each period, and where that takes more of others too."""
    unknown = 0.0 if result.worths.is_complete else np.nan
    empty = np.full(result.time.periods, unknown)
    tables = {"power": {s.id: empty.copy() for s in result.plan.sites},
              "supply": {o.id: empty.copy() for o in result.plan.offers}}  # fmt: skip
    joint: dict[Key, Floats] = {}
    for found in list(result.worths.found.values()):
        if found.kind in tables and not found.is_whole and found.id in tables[found.kind]:
            tables[found.kind][found.id][found.period] = found.one_more
            if found.binds_jointly:
                costs = joint.setdefault((found.table, found.id), np.zeros(result.time.periods))
                costs[found.period] = np.inf if found.one_less is None else found.one_less
    return {"worth": tables["power"], "chip_worth": tables["supply"], "joint": joint}


def allowed_at(picture: MapPicture, key: Key) -> set[Wire]:
    """The wires at a card that the plan's rules allow, used or not."""
    (table, id), i, plan = key, picture.inputs, picture.plan
    at = next((k for k, row in enumerate(getattr(plan, table)) if row.id == id), None)
    offer_of, wires = i.use_offer, set()
    if at is not None and table in ("workloads", "services"):
        mine = np.flatnonzero((i.buy_workload if table == "workloads" else i.buy_service) == at)
        buys = {*zip(i.buy_workload[mine].tolist(), i.buy_service[mine].tolist(), strict=True)}
        wires |= {Wire("buy", plan.workloads[w].id, plan.services[k].id) for w, k in buys}
    if at is not None and table in ("workloads", "offers"):
        mine = np.flatnonzero((i.use_workload if table == "workloads" else offer_of) == at)
        uses = {*zip(i.use_workload[mine].tolist(), offer_of[mine].tolist(), strict=True)}
        wires |= {Wire("use", plan.workloads[w].id, plan.offers[o].id) for w, o in uses}
    if at is not None and table in ("offers", "sites"):
        mine = np.flatnonzero((i.pair_offer if table == "offers" else i.pair_site) == at)
        pairs = zip(i.pair_offer[mine].tolist(), i.pair_site[mine].tolist(), strict=True)
        wires |= {Wire("stand", plan.offers[o].id, plan.sites[s].id) for o, s in pairs}
    return wires


def flows_at(picture: MapPicture, period: int) -> dict[Wire, float]:
    """Chips, part of a demand, or MW of every wire that carries something in a period."""
    return {
        wire: float(values[period])
        for wire, values in picture.flows.items()
        if period < len(values) and values[period] > NOTHING
    }


def neighbours(flows: dict[Wire, float], key: Key) -> dict[str, list[str]]:
    """The rows at the other ends of the flowing wires of a card, by table."""
    found: dict[str, list[str]] = defaultdict(list)
    for wire in flows:
        if key in (wire.start_key, wire.end_key):
            table, row = wire.end_key if wire.start_key == key else wire.start_key
            found[table].append(row)
    return dict(found)
