"""The explanation of one value of a series: each series by each dimension of `gigaplan.engine.results.series_names`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.analysis.provenance.cost_trees import WORDS as COMPONENT_WORDS
from gigaplan.engine.analysis.provenance.cost_trees import Money
from gigaplan.engine.analysis.provenance.fleet import Cell
from gigaplan.engine.analysis.provenance.node import Node, combined, lazy, total
from gigaplan.engine.results.allocation import chip_hour_shares
from gigaplan.engine.results.series import pair_keys
from gigaplan.engine.results.series_names import IDLE, PLAN_WIDE, UNITS

Floats = NDArray[np.float64]

WORDS = {
    "chips": "Chips",
    "deliveries": "Chips delivered",
    "cost": "Cost",
    "it_power": "IT power",
    "facility_power": "Facility power",
    "it_energy": "IT energy",
    "facility_energy": "Facility energy",
    "emissions": "Emissions",
    "water": "Water",
    "power_headroom": "Power headroom",
    "supply_headroom": "Supply headroom",
}
TABLES = {"offer": "offers", "platform": "platforms", "site": "sites", "workload": "workloads"}
"""The tables whose ids are the keys of a dimension."""


def value_node(m: Money, name: str, by: str, key: str, t: int, value: float) -> Node:
    """The explanation of a value that the series has; `t` is the period by place."""
    label = f"{WORDS.get(name, name.capitalize())}, {key_words(m, by, key)}, {m.labels[t]}"
    if name in ("served", "demand", "unmet"):
        w = [row.id for row in m.plan.workloads].index(key)
        return {"served": m.served, "demand": m.demand, "unmet": m.unmet}[name](w, t)
    if name == "power_headroom":
        return _power_headroom(m, key, t, label, value)
    if name == "supply_headroom":
        return _supply_headroom(m, key, t, label, value)
    if by == "component":
        return _named(label, m.component(key, (t,)) if name == "cost" else _emission_part(m, key, (t,)), value, t)
    if name == "cost" and by == "total":
        return m.cost((t,), label, value)
    if name == "cost" and by == "workload":
        return _cost_of_workload(m, key, t, label, value)
    if key == PLAN_WIDE:
        return _plan_wide(m, t, label, value)
    values, cell = _cells(m, name)
    if by == "workload":
        return _of_workload(m, name, values, cell, key, t, label, value)
    if by == "workload|offer":
        return _chips_of_workload_on_offer(m, key, t, label, value)
    mine = np.array(pair_keys(m.i, by)) == key
    return m.split(label, UNITS[name], np.where(mine[:, None], values, 0.0), cell, (t,), value)


def key_words(m: Money, by: str, key: str) -> str:
    """A key of a dimension as people call it."""
    if key in (IDLE, PLAN_WIDE):
        return {IDLE: "idle chips", PLAN_WIDE: "no offer or site"}[key]
    if by == "component":
        return COMPONENT_WORDS.get(key, key.capitalize())
    if by == "total":
        return "all"
    if by == "offer|site":
        return " at ".join(_name(m, kind, part) for kind, part in zip(("offer", "site"), key.split("|"), strict=True))
    if by == "workload|offer":
        return " on ".join(
            _name(m, kind, part) for kind, part in zip(("workload", "offer"), key.split("|"), strict=True)
        )
    return _name(m, by, key)


def _name(m: Money, kind: str, id: str) -> str:
    rows = getattr(m.plan, TABLES[kind]) if kind in TABLES else ()
    return next((row.name for row in rows if row.id == id), id)


def _named(label: str, node: Node, value: float, t: int) -> Node:
    return lazy(node.operation, label, node.unit, value, lambda: node.children, node.formula, t)


def _cells(m: Money, name: str) -> tuple[Floats, Cell]:
    """A series of pairs as [N, T], and what explains one of its cells."""
    a = m.a
    cells: dict[str, tuple[Floats, Cell]] = {
        "chips": (a.active, m.active),
        "deliveries": (a.delivered, m.delivered),
        "cost": (a.pair_total, m.pair_in),
        "it_power": (a.it_mw, m.it_mw),
        "facility_power": (a.facility_mw, m.facility_mw),
        "it_energy": (a.it_mwh, m.it_mwh),
        "facility_energy": (a.facility_mwh, m.facility_mwh),
        "emissions": (a.operational_t + a.embodied_t, m.emissions),
        "water": (water(m), m.water),
    }
    return cells[name]


def water(m: Money) -> Floats:
    """[N, T] m3."""
    return np.asarray(m.a.it_mwh * m.i.water[m.i.pair_site][:, None])


def emissions(m: Money, span: Sequence[int], label: str, value: float | None = None) -> Node:
    """Operational and embodied tonnes over the periods of `span`."""
    amount = float((m.a.operational_t + m.a.embodied_t)[:, list(span)].sum()) if value is None else value
    return total(
        label,
        "tCO2e",
        amount,
        lambda: [_emission_part(m, part, span) for part in ("operational", "embodied")],
        "operational + embodied",
    )


def _emission_part(m: Money, part: str, span: Sequence[int]) -> Node:
    values, cell = {"operational": (m.a.operational_t, m.operational), "embodied": (m.a.embodied_t, m.embodied)}[part]
    return m.split(f"{part.capitalize()} emissions", "tCO2e", values, cell, span)


def _power_headroom(m: Money, key: str, t: int, label: str, value: float) -> Node:
    s = [row.id for row in m.plan.sites].index(key)
    mine = np.where((m.i.pair_site == s)[:, None], m.a.facility_mw, 0.0)
    return lazy(
        "difference",
        label,
        "MW",
        value,
        lambda: [
            m.given.field("sites", s, "power_mw", t),
            m.split("Drawn", "MW", mine, m.facility_mw, (t,)),
        ],
        "power of the site less what its chips draw",
        t,
    )


def _supply_headroom(m: Money, key: str, t: int, label: str, value: float) -> Node:
    o = [row.id for row in m.plan.offers].index(key)
    mine = np.where((m.i.pair_offer == o)[:, None], m.a.delivered, 0.0)
    return lazy(
        "difference",
        label,
        "chips",
        value,
        lambda: [
            combined(
                "product",
                "Supply of the period",
                "chips",
                [m.given.field("offers", o, "supply_chips_per_month", t), m.given.setting("months_per_period")],
                "most new chips a month × months per period",
            ),
            m.split("Delivered", "chips", mine, m.delivered, (t,)),
        ],
        "most new chips less those delivered",
        t,
    )


def _of_workload(m: Money, name: str, values: Floats, cell: Cell, key: str, t: int, label: str, value: float) -> Node:
    """The part of each pair that a workload uses in the period, or that is idle."""
    uses, pairs = _who(m, key)

    def part(n: int, u: int | None) -> Node:
        chips = m.idle(n, t) if u is None else m.used(u, t)
        if name == "chips":
            return chips
        fraction = combined("quotient", "Part of its chips", "fraction", [chips, m.active(n, t)])
        return combined("product", m.place(n), UNITS[name], [cell(n, t), fraction], "whole × part of its chips")

    def parts() -> list[Node]:
        if key == IDLE:
            return [part(n, None) for n in pairs if m.a.active[n, t] > 0]
        there = [(int(m.i.use_pair[u]), u) for u in uses if m.a.used[u, t] != 0]
        return [part(n, u) for n, u in there if m.a.active[n, t] > 0]

    return total(label, UNITS[name], value, parts, "sum over offers and sites", t)


def _who(m: Money, key: str) -> tuple[list[int], list[int]]:
    """The uses of a workload, and every pair."""
    w = [row.id for row in m.plan.workloads].index(key) if key != IDLE else -1
    return [int(u) for u in np.flatnonzero(m.i.use_workload == w)], list(range(len(m.i.pair_offer)))


def _chips_of_workload_on_offer(m: Money, key: str, t: int, label: str, value: float) -> Node:
    work, offer = key.split("|")
    mine = [
        u
        for u, (w, o) in enumerate(zip(m.i.use_workload, m.i.use_offer, strict=True))
        if m.plan.workloads[w].id == work and m.plan.offers[o].id == offer
    ]
    return total(label, "chips", value, lambda: [m.used(u, t) for u in mine], "sum over sites", t)


def _cost_of_workload(m: Money, key: str, t: int, label: str, value: float) -> Node:
    """Each pair's cost shared in proportion to chip-hours over the horizon."""
    if key == PLAN_WIDE:
        return _plan_wide(m, t, label, value, ported=False)
    uses, pairs = _who(m, key)
    shares, idle = chip_hour_shares(m.a)

    def part(n: int, share: Node) -> Node:
        return combined("product", m.place(n), "USD", [m.pair_in(n, t), share], "cost × part of the chip-hours")

    def parts() -> list[Node]:
        if key == IDLE:
            return [part(n, m.idle_share(n)) for n in pairs if idle[n]]
        found = [part(int(m.i.use_pair[u]), m.use_share(u)) for u in uses if shares[u]]
        w = [row.id for row in m.plan.workloads].index(key)
        return found + ([m.porting_of(w)] if t == 0 else [])

    return total(label, "USD", value, parts, "sum over offers and sites, and porting", t)


def _plan_wide(m: Money, t: int, label: str, value: float, ported: bool = True) -> Node:
    """What belongs to no pair: porting, and agreements with nothing spent on them."""
    ports = m.with_overhead(m.component("porting", (t,)))
    porting = [ports] if ported and t == 0 else []
    return total(label, "USD", value, lambda: [*porting, m.unspent(t)], "porting and unspent commitments", t)
