"""What the chosen thing does in the plan, told from the last result in a few figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from gigaplan.engine.plan.plan import find
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.text.number_format import MINUS, THIN, mass, money, percent, plain, power, rate, short_chips
from gigaplan.gui.views.inspector.form import heading
from gigaplan.gui.widgets.texts import Label, literal

Line = tuple[str, str]
"""A label and a figure."""
TAKEN = "\N{CHECK MARK}"
TOP = 3


def effects(result: Result | None, table: str, ids: Sequence[str], period: int) -> tuple[str, list[Line]]:
    """What is said above the figures (a period, or why there are none), and the figures."""
    if result is None:
        return "Not solved yet.", []
    if result.allocation is None:
        return f"{STATUS[result.status].sentence}.", []
    rows = () if table == "plan" else {row.id for row in getattr(result.plan, table)}
    if not all(id in rows for id in ids):
        return "Not in the last result yet.", []
    period = min(period, result.time.periods - 1)
    tell = {
        "plan": _plan,
        "offers": _offers,
        "services": _services,
        "workloads": _workloads,
        "sites": _sites,
        "platforms": _platforms,
        "agreements": _agreements,
    }.get(table)
    if tell is None:
        return "", []
    when = "whole horizon" if table in ("plan", "agreements") else result.time.labels[period]
    return when, tell(result, ids, period)


def _total(result: Result, name: str, by: str, ids: Iterable[str]) -> np.ndarray:
    found = result.series(name, by)
    return sum((found[id] for id in ids if id in found), np.zeros(result.time.periods))


def _plan(result: Result, ids: Sequence[str], period: int) -> list[Line]:
    currency, kpis = result.plan.settings.currency, result.kpis
    return [
        ("Total cost", money(kpis["tco_usd"], currency)),
        ("Discounted", money(kpis["npv_usd"], currency)),
        ("Peak power", power(kpis["peak_facility_mw"])),
        ("Emissions", f"{mass(kpis['emissions_t'])} CO₂e"),
    ]


def _offers(result: Result, ids: Sequence[str], period: int) -> list[Line]:
    chips = _total(result, "chips", "offer", ids)
    cost = float(_total(result, "cost", "offer", ids).sum())
    if not chips.any():
        return [("Chips", "none: not used")]
    whole = float(result.series("cost")["total"].sum())
    lines = [("Chips", short_chips(chips[period])), ("Most chips", short_chips(chips.max()))]
    lines.append(("Cost, horizon", money(cost, result.plan.settings.currency)))
    if whole > 0:
        lines.append(("Share of cost", percent(cost / whole)))
    return lines


def _services(result: Result, ids: Sequence[str], period: int) -> list[Line]:
    a = result.allocation
    assert a is not None
    i, services = a.inputs, result.plan.services
    lines, chosen = [], np.array([k.id in ids for k in services], dtype=bool)
    mine = chosen[i.buy_service]
    if not a.bought[mine].any():
        return [("Bought", "nothing")]
    for w in np.unique(i.buy_workload[mine]).tolist():
        work = result.plan.workloads[w]
        bought = float(a.buy_rates[mine & (i.buy_workload == w), period].sum())
        lines.append((f"· {row_name(work)}", rate(bought, work.unit)))
    cost = float(a.buy_total[mine].sum())
    return [*lines, ("Cost, horizon", money(cost, result.plan.settings.currency))]


def _workloads(result: Result, ids: Sequence[str], period: int) -> list[Line]:
    lines = []
    demand = _total(result, "demand", "workload", ids)
    if len(ids) == 1:
        id, currency = ids[0], result.plan.settings.currency
        coverage = result.kpis["coverage"][id]
        lines.append(("Served, horizon", "no demand" if coverage is None else percent(coverage)))
        if demand[period] > 0:
            lines.append(("Served", percent(float(_total(result, "served", "workload", ids)[period] / demand[period]))))
        for kpi, unit in (("usd_per_million_tokens", "/ M tok"), ("usd_per_pflop_day", "/ PFLOP-day")):
            if (cost := result.kpis[kpi].get(id)) is not None:
                lines.append(("Unit cost", f"{money(cost, currency)} {unit}"))
    lines.append(("Chips", short_chips(_total(result, "chips", "workload", ids)[period])))
    return lines + _where(result, ids, period)


def _where(result: Result, ids: Sequence[str], period: int) -> list[Line]:
    """The offers that do most of the work in a period, by chips."""
    chips: dict[str, float] = {}
    for key, values in result.series("chips", "workload|offer").items():
        workload, offer = key.split("|")
        if workload in ids and values[period] > 0.5:
            chips[offer] = chips.get(offer, 0.0) + float(values[period])
    top = sorted(chips.items(), key=lambda item: -item[1])[:TOP]
    lines = []
    for offer, count in top:
        row = find(result.plan, "offers", offer)
        lines.append((f"· {row_name(row) if row else offer}", short_chips(count)))
    return lines


def _sites(result: Result, ids: Sequence[str], period: int) -> list[Line]:
    drawn = float(_total(result, "facility_power", "site", ids)[period])
    limits = [find(result.plan, "sites", id).power_mw for id in ids]  # type: ignore[union-attr]
    lines = [("Drawn", power(drawn))]
    if None not in limits:
        sites = tuple(s for s in result.plan.sites if s.id in ids)
        available = float(result.available_mw(sites)[period])
        lines = [("Drawn", f"{plain(round(drawn, 1), 4)} of {power(available)}")]
        # A solution meets its limits to within rounding: never show that as which is below zero.
        left = available - drawn
        lines.append(("Headroom", f"{MINUS}{power(-left)}" if left < -1e-6 * available else power(max(0.0, left))))
    energy = float(_total(result, "facility_energy", "site", ids).sum())
    emissions = float(_total(result, "emissions", "site", ids).sum())
    scale, unit = (1e6, "TWh") if energy >= 1e6 else (1e3, "GWh")
    lines.append(("Energy, horizon", f"{plain(energy / scale, 3)}{THIN}{unit}"))
    lines.append(("Emissions, horizon", f"{mass(emissions)} CO₂e"))
    return lines


def _platforms(result: Result, ids: Sequence[str], period: int) -> list[Line]:
    chips = _total(result, "chips", "platform", ids)
    if not chips.any():
        return [("Chips", "none: not used")]
    return [
        ("Chips", short_chips(chips[period])),
        ("IT power", power(float(_total(result, "it_power", "platform", ids)[period]))),
        ("Cost, horizon", money(float(_total(result, "cost", "platform", ids).sum()), result.plan.settings.currency)),
    ]


def _agreements(result: Result, ids: Sequence[str], period: int) -> list[Line]:
    allocation = result.allocation
    assert allocation is not None
    lines = []
    for k, row in enumerate(result.plan.agreements):
        if row.id in ids:
            signed = "signed" if allocation.signed[k] > 0.5 else "not signed"
            short_of = float(allocation.shortfall_cost[k].sum())
            lines.append((row_name(row), signed))
            lines.append(("Owed, not spent", money(short_of, result.plan.settings.currency)))
    groups = {row.group for row in result.plan.agreements if row.id in ids} - {None}
    return lines + (_ladder(result, groups.pop()) if len(groups) == 1 else [])


def _ladder(result: Result, group: str | None) -> list[Line]:
    """The tiers of which at most one is signed, the smallest first, with a mark at the one that is."""
    assert result.allocation is not None
    currency, signed = result.plan.settings.currency, result.allocation.signed.tolist()
    pairs = zip(result.plan.agreements, signed, strict=True)
    tiers = sorted((p for p in pairs if p[0].group == group), key=lambda p: p[0].commit_usd_per_year)
    if len(tiers) < 2:
        return []
    lines = [
        (
            f"{TAKEN if taken > 0.5 else '·'} {row_name(row)}",
            f"{money(row.commit_usd_per_year, currency)} a year, {MINUS}{percent(row.discount)}",
        )
        for row, taken in tiers
    ]
    chosen = any(taken > 0.5 for _, taken in tiers)
    return [(f"Tiers of {group}", "" if chosen else "none is signed"), *lines]


class Effects(QWidget):
    """The section with figures of the last result. Labels are kept; only their texts change."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self.when = Label(role="muted")
        self.when.setWordWrap(True)
        self._grid.addWidget(heading("In the plan"), 0, 0)
        self._grid.addWidget(self.when, 0, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom)
        self._lines: list[tuple[Label, Label]] = []

    def show_lines(self, when: str, lines: list[tuple[str, str]]) -> None:
        """Shows figures, and the period that they are of."""
        self.setVisible(bool(when or lines))
        self.when.setText(when)
        while len(self._lines) < len(lines):
            name, value = Label(), Label()
            name.setStyleSheet("color: palette(placeholder-text);")
            value.setStyleSheet("font-weight: 500;")
            name.setMinimumWidth(10)
            at = len(self._lines) + 1
            self._grid.addWidget(name, at, 0)
            self._grid.addWidget(value, at, 1, Qt.AlignmentFlag.AlignRight)
            self._lines.append((name, value))
        for k, (name, value) in enumerate(self._lines):
            there = k < len(lines)
            name.setVisible(there)
            value.setVisible(there)
            if there:
                name.setText(lines[k][0])
                name.setToolTip(literal(lines[k][0]))
                value.setText(lines[k][1])

    def text(self) -> str:
        """All that is shown, a line each."""
        shown = (f"{name.text()}: {value.text()}" for name, value in self._lines if name.isVisibleTo(self))
        return "\n".join([self.when.text(), *shown])
