"""The explanation of one value of a series: each series by each dimension of `gigaplan.engine.results.series_names`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.analysis.provenance.cost_trees import Money
from gigaplan.engine.analysis.provenance.fleet import Cell
from gigaplan.engine.analysis.provenance.node import Node, combined, constant, lazy, parted, total
from gigaplan.engine.optimization.costs import COST_LABELS
from gigaplan.engine.results.allocation import chip_hour_shares
from gigaplan.engine.results.money import contract_payments, contract_shares
from gigaplan.engine.results.series import cost_by_workload, pair_keys
from gigaplan.engine.results.series_names import IDLE, OFF, PLAN_WIDE, UNITS

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
    label = value_label(m, name, by, key, m.labels[t])
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


def value_label(m: Money, name: str, by: str, key: str, when: str) -> str:
    """What a value of a series is called, in a period or several."""
    return parted(WORDS.get(name, name.capitalize()), key_words(m, by, key), when)


def key_words(m: Money, by: str, key: str) -> str:
    """A key of a dimension as people call it."""
    if key in (IDLE, OFF, PLAN_WIDE):
        none = "no workload" if by == "workload" else "no offer or site"
        return {IDLE: "idle chips", OFF: "chips switched off", PLAN_WIDE: none}[key]
    if by == "component":
        return COST_LABELS.get(key, key.capitalize())
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


def contract_nodes(m: Money, s: int, t: int) -> list[Node]:
    """The power of each contract that is taken up at a site, while it runs."""
    return [
        m.given.field("power_contracts", c, "mw")
        for c in np.flatnonzero(m.a.contracted).tolist()
        if m.i.contract_site[c] == s and m.i.contract_active[c, t]
    ]


def power_node(m: Money, s: int, t: int) -> Node:
    """The power that a site has in a period: its own, and that of the power contracts taken up there."""
    contracts = contract_nodes(m, s, t)
    own = m.given.field("sites", s, "power_mw", t)
    if not contracts:
        return own
    return combined("sum", "Power there is", "MW", [own, *contracts], "the site's own and that of its contracts")


def _power_headroom(m: Money, key: str, t: int, label: str, value: float) -> Node:
    s = [row.id for row in m.plan.sites].index(key)
    mine = np.where((m.i.pair_site == s)[:, None], m.a.facility_mw, 0.0)
    return lazy(
        "difference",
        label,
        "MW",
        value,
        lambda: [power_node(m, s, t), m.split("Drawn", "MW", mine, m.facility_mw, (t,))],
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
        fraction = combined("quotient", "Part of its chips", "fraction", [chips, m.all_running(n, t)])
        return combined("product", m.place(n), UNITS[name], [cell(n, t), fraction], "whole × part of what runs")

    def parts() -> list[Node]:
        runs = [m.a.running[m.modes(n), t].sum() > 0 for n in pairs]
        if key == OFF:
            off = [n for n in pairs if (m.a.off[n, t] if name == "chips" else not runs[n] and values[n, t])]
            return [m.off(n, t) if name == "chips" else cell(n, t) for n in off]
        if key == IDLE:
            return [part(n, None) for n in pairs if runs[n]]
        there = [(int(m.i.use_pair[u]), u) for u in uses if m.a.used[u, t] != 0]
        return [part(n, u) for n, u in there if runs[n]]

    return total(label, UNITS[name], value, parts, "sum over offers and sites", t)


def _who(m: Money, key: str) -> tuple[list[int], list[int]]:
    """The uses of a workload, and every pair."""
    w = [row.id for row in m.plan.workloads].index(key) if key not in (IDLE, OFF) else -1
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
    """Each pair's cost shared in proportion to the chip-hours that are used over the horizon."""
    if key == PLAN_WIDE:
        return _borne_by_none(m, t, label, value)
    w = [row.id for row in m.plan.workloads].index(key)
    uses = np.flatnonzero((m.i.use_workload == w) & (chip_hour_shares(m.a) > 0)).tolist()

    def of(u: int) -> Node:
        factors = [m.pair_in(int(m.i.use_pair[u]), t), m.use_share(u)]
        return combined("product", m.use_place(u), "USD", factors, "cost × part of the chip-hours")

    def parts() -> list[Node]:
        found = [of(u) for u in uses] + _contracts_in(m, t, w) + m.services_of(w, (t,))
        return found + ([m.porting_of(w)] if t == 0 else [])

    formula = "sum over offers and sites, power contracts, services and porting"
    return total(label, "USD", value, parts, formula, t)


def _contracts_in(m: Money, t: int, w: int | None = None) -> list[Node]:
    """What power contracts cost in a period, with overhead; of a workload, its part."""
    found = []
    for c in np.flatnonzero(m.a.contracted).tolist():
        part = 1.0 if w is None else float(contract_shares(m.a)[c, w])
        paid = float(contract_payments(m.a)[c, t])
        if paid and part:
            plain = paid / (1 + m.a.rates.overhead)
            name = m.plan.power_contracts[c].name
            cost = m.with_overhead(total(f"Paid for {name}", "USD", plain, lambda c=c: m.contract_in(c, t)))  # type: ignore[misc]
            if w is not None:
                share = constant("Part of chip-hours × power at its site", part, "fraction")
                cost = combined("product", name, "USD", [cost, share], "cost × part")
            found.append(cost)
    return found


def _borne_by_none(m: Money, t: int, label: str, value: float) -> Node:
    """What no workload bears: the whole cost less what each one does."""
    works = cost_by_workload(m.a)

    def parts() -> list[Node]:
        borne = [
            _cost_of_workload(m, row.id, t, f"Borne by {row.name}", float(works[row.id][t]))
            for row in m.plan.workloads
            if works[row.id][t]
        ]
        return [m.cost((t,), f"Cost in {m.labels[t]}", float(m.a.total_cost[t])), *borne]

    return lazy("difference", label, "USD", value, parts, "whole cost less what workloads bear", t)


def _plan_wide(m: Money, t: int, label: str, value: float) -> Node:
    """What belongs to no pair: services, power contracts, porting, and commitments with nothing spent on them."""

    def parts() -> list[Node]:
        ports = [m.with_overhead(m.component("porting", (t,)))] if t == 0 else []
        services = [node for w in range(len(m.plan.workloads)) for node in m.services_of(w, (t,))]
        return [*ports, *services, *_contracts_in(m, t), m.unspent((t,))]

    formula = "services, power contracts, porting and unspent commitments"
    return total(label, "USD", value, parts, formula, t)
