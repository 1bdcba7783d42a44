"""Integer decisions: ports, power contracts, placements, orders, and groups of which one is taken (model.md sections
4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.agreements import most_chips, signed_column
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.contract_years import contract_years
from gigaplan.engine.optimization.demand import asked_of, buys_of, uses_of, work_in
from gigaplan.engine.optimization.linear_program import Entries
from gigaplan.engine.optimization.lp_builder import Draft

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Machine:
    """What a placed workload may be done on: the chips of a platform, everywhere or at one site, or a service."""

    workload: int
    key: tuple[str, ...]
    """(platform,), (platform, site) or ("service", service), ids."""
    uses: Ints
    buys: Ints


def machines(i: Inputs) -> tuple[Machine, ...]:
    """The machines of every workload that is placed on one."""
    found = []
    nothing = np.zeros(0, dtype=np.int64)
    for w, work in enumerate(i.plan.workloads):
        if work.placement == "anywhere":
            continue
        uses, keys = uses_of(i, w), []
        for u in uses.tolist():
            platform = i.plan.platforms[i.offer_platform[i.use_offer[u]]].id
            site = i.plan.sites[i.pair_site[i.use_pair[u]]].id
            keys.append((platform, site) if work.placement == "one_cluster" else (platform,))
        for key in dict.fromkeys(keys):
            mine = np.array([each == key for each in keys], dtype=bool)
            found.append(Machine(w, key, uses[mine], nothing))
        buys = buys_of(i, w)
        for k in dict.fromkeys(i.buy_service[buys].tolist()):
            key = ("service", i.plan.services[k].id)
            found.append(Machine(w, key, nothing, buys[i.buy_service[buys] == k]))
    return tuple(found)


def groups(i: Inputs) -> tuple[tuple[str, str, list[int], float], ...]:
    """Each group with optional members: table, name, the places of those, and how many of them may be taken."""
    found = []
    for table in ("agreements", "power_contracts"):
        rows = getattr(i.plan, table)
        for name in sorted({row.group for row in rows if row.group is not None}):
            members = [k for k, row in enumerate(rows) if row.group == name]
            optional = [k for k in members if rows[k].status == "optional"]
            if optional:
                found.append((table, name, optional, 1.0 if len(optional) == len(members) else 0.0))
    return tuple(found)


def add_columns(d: Draft, prices: dict[str, Floats]) -> None:
    """y, e, c and q: a port, a contract, a placement, an order."""
    i = d.inputs
    ports = (np.arange(len(i.plan.ports)),)
    d.program.add_block("ported", ("port",), ports, prices["ported"], upper=1.0, integer=True)
    contracts = np.arange(len(i.plan.power_contracts))
    optional = np.array([c.status == "optional" for c in i.plan.power_contracts], dtype=bool)
    d.program.add_block(
        "contracted",
        ("contract",),
        (contracts,),
        prices.get("contracted", np.zeros(0)),
        lower=np.where(optional, 0.0, 1.0),
        upper=1.0,
        integer=optional,
    )
    placed = np.arange(len(machines(i)))
    d.program.add_block("placed", ("machine",), (placed,), np.zeros(len(placed)), upper=1.0, integer=True)
    can = np.zeros(i.supply.shape, dtype=bool)
    np.logical_or.at(can, i.pair_offer, i.can_deliver)
    order = np.nonzero(can & (i.least_order > 0)[:, None])
    hopeless = i.supply[order] < i.least_order[order[0]]
    upper = np.where(hopeless, 0.0, 1.0)
    d.program.add_block("ordered", ("offer", "period"), order, np.zeros(len(upper)), upper=upper, integer=True)


def add_rows(d: Draft, earning: NDArray[np.bool_]) -> None:
    """Ports, placements, orders and groups; `earning` [N] as in `agreements.most_chips`."""
    add_gates_of_work(d)
    _one_machine(d)
    _orders(d, earning)
    _groups(d)


def add_gates_of_work(d: Draft) -> None:
    """Work is done only on a stack to which it is ported, and on the machine on which it is placed."""
    _porting(d)
    placed = d.block("placed")
    for k, machine in enumerate(machines(d.inputs)):
        _only_if(d, "placement", "machine", k, placed.start + k, machine.workload, machine.uses, machine.buys)


def _porting(d: Draft) -> None:
    """5.5: a workload runs on a stack that it was not written for only once it is ported."""
    i = d.inputs
    work_at = {w.id: k for k, w in enumerate(i.plan.workloads)}
    stacks = np.array([i.plan.platforms[p].stack for p in i.offer_platform])
    for k, port in enumerate(i.plan.ports):
        w = work_at[port.workload]
        uses = np.flatnonzero((i.use_workload == w) & (stacks[i.use_offer] == port.stack))
        _only_if(d, "porting", "port", k, d.block("ported").start + k, w, uses, np.zeros(0, dtype=np.int64))


def _one_machine(d: Draft) -> None:
    """C: a workload that is placed runs on one machine for the whole horizon."""
    found = machines(d.inputs)
    placed = d.block("placed")
    works = sorted({machine.workload for machine in found})
    row_of = {w: k for k, w in enumerate(works)}
    rows = np.array([row_of[machine.workload] for machine in found], dtype=np.int64)
    if works:
        columns = np.arange(placed.size) + placed.start
        entries: list[Entries] = [(rows, columns, np.ones(placed.size))]
        d.add_family("one machine", ("workload",), (np.array(works),), entries, upper=1.0)


def _only_if(d: Draft, name: str, axis: str, k: int, column: int, w: int, uses: Ints, buys: Ints) -> None:
    """Rows of a workload's work on some machines: no more than is asked if the decision is taken, else none."""
    i = d.inputs
    asked = asked_of(i, w)
    rows = np.arange(len(asked.work))
    gate = (rows, np.full(len(rows), column), -asked.work)
    d.add_family(
        name,
        (axis, *asked.axes[1:]),
        (np.full(len(rows), k), *asked.index[1:]),
        [*work_in(d, asked, uses, buys), gate],
        upper=0.0,
        unit=d.work_unit[w] * d.chip_unit,
    )


def _orders(d: Draft, earning: NDArray[np.bool_]) -> None:
    """L: an offer delivers at least its least order in a period, or nothing."""
    i, ordered = d.inputs, d.block("ordered")
    if not ordered.size:
        return
    row_of = np.full(i.supply.shape, -1, dtype=np.int64)
    row_of[ordered.index] = np.arange(ordered.size)
    pair, period = d.deliveries.index
    rows = row_of[i.pair_offer[pair], period]
    keep = rows >= 0
    chips = (rows[keep], (np.arange(len(pair)) + d.deliveries.start)[keep], np.ones(int(keep.sum())))
    own = np.arange(ordered.size)
    least = i.least_order[ordered.index[0]]
    useful = np.zeros(i.supply.shape)
    np.add.at(useful, i.pair_offer, most_chips(i, contract_years(i), earning))
    most = np.minimum(i.supply, useful)[ordered.index]
    axes, index = ("offer", "period"), ordered.index
    d.add_family("least order", axes, index, [chips, (own, own + ordered.start, -least)], lower=0.0, unit=d.chip_unit)
    d.add_family("order", axes, index, [chips, (own, own + ordered.start, -most)], upper=0.0, unit=d.chip_unit)


def _groups(d: Draft) -> None:
    """A, G: of the optional rows with the same group at most one is signed, and none beside a signed one."""
    i = d.inputs
    found = groups(i)
    if not found:
        return
    place = {"agreements": signed_column(i), "power_contracts": {c: c for c in range(len(i.plan.power_contracts))}}
    block = {"agreements": d.block("signed"), "power_contracts": d.block("contracted")}
    entries: list[Entries] = []
    for k, (table, _, members, _) in enumerate(found):
        columns = np.array([block[table].start + place[table][member] for member in members])
        entries.append((np.full(len(columns), k), columns, np.ones(len(columns))))
    upper = np.array([room for *_, room in found])
    d.add_family("group", ("group",), (np.arange(len(found)),), entries, upper=upper)
