"""Cards of what a stricter limit costs, and of plans that cost nearly as little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QSlider, QWidget

from gigaplan.engine.analysis.decisions.alternatives import Alternative, Near, near, signed_in_all
from gigaplan.engine.analysis.decisions.choice import Leaving, Waiting, leaving_of, waiting_of
from gigaplan.engine.analysis.decisions.exits import Exit
from gigaplan.engine.analysis.decisions.flips import Flips, flips_of
from gigaplan.engine.analysis.decisions.frontier import (
    AIMS,
    CVAR,
    POLICIES,
    Frontier,
    Point,
    frontier,
    policy_for,
    risk_frontier_of,
    with_scenario_for,
)
from gigaplan.engine.plan.fields import Series, field_of
from gigaplan.engine.plan.plan import Plan, find, with_row
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.engine.plan.text import listed
from gigaplan.engine.plan.timeline import Timeline, month_number, month_text
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.charting.axes import tick_texts, value_ticks
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.charting.flip_pictures import changes_words, flip_picture, platform_words
from gigaplan.gui.charting.flips import FlipPlot
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.jobs.risk_job import ShownTable
from gigaplan.gui.present.decision_words import world_name
from gigaplan.gui.present.uncertain_inputs import field_label
from gigaplan.gui.style import theme
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.text.number_format import chips, money, percent, plain
from gigaplan.gui.text.quantities import NotRead, read
from gigaplan.gui.views.risk.cards import Pointed
from gigaplan.gui.views.risk.decide import NEEDS_TWO, AskedCard, cell_at, fit, item_of, shown_of, spoken_of, table_of
from gigaplan.gui.widgets.combo import Combo
from gigaplan.gui.widgets.texts import Label, literal, wrapped

POINTS = 9
CHANGING = (
    ("offers", "price_usd"),
    ("workloads", "demand"),
    ("sites", "power_mw"),
    ("sites", "electricity_usd_per_mwh"),
)
"""Inputs over whose values it is looked where the best plan changes."""
WORDS = {name: f"Largest {name}" for name in AIMS} | {
    "carbon": "Emissions a year",
    "coverage": "Least coverage",
    "power": "Peak power",
    "hhi": "Vendor concentration",
    "commitment": "Commitments signed",
    CVAR: "Mean of the worst cases",
}
MOST_SLACK, SLACK = 10, 3
"""Percent of the cost."""
NO_POLICY = "No policy limits this; open it as a scenario, or keep another limit."
NO_TRADE = "No plan has less than the cheapest one: there is nothing to trade off."
STALE = "Found before the last edit; find it again."


class _WorkedCard(AskedCard):
    """A card whose table is worked out."""

    def __init__(self, title: str, document: Document, name: Callable[[], str], button: str) -> None:
        self._button, self._title = button, title
        super().__init__(title, document, lambda: f"{name()}-{title.lower()}", button)
        self.plot: FrontierPlot | FlipPlot | None = None
        """The drawing beside the table, of a card that has one: a row for each of its points or stretches."""
        self.table = table_of(title)
        self.state = Label(wordWrap=True)
        self.decisions.changed.connect(self.refresh)

    def refresh(self, *_: object) -> None:
        """Shows what was found, and how far the work is."""
        work = self.decisions
        self.button.setText("Stop" if work.is_busy else self._button)
        status = getattr(work.found, "status", "optimal")
        said = [work.failure] if work.failure else []
        if work.is_busy:
            said = [f"{percent(work.part, 2)}: {work.what} …" if work.what else "…"]
        elif work.found is not None and status != "optimal":
            said.append(f"{STATUS[status].sentence}: there is nothing to show.")
        elif work.found is not None and not work.is_fresh:
            said.append(STALE)
        if work.found is not None and work.plan is not None and status == "optimal":
            said += self._show_found(work.plan, work.found)
        self.table.setVisible(self.table.rowCount() > 0)
        self.state.setText("\n".join(said))
        self.state.setVisible(bool(said))

    def _show_found(self, plan: Plan, found: Any) -> list[str]:
        """Fills the table, and gives sentences."""
        raise NotImplementedError

    def pointed(self, at: QPoint | None) -> Pointed | None:
        cell = self._cell_of_plot(at) or cell_at(self.table, self, at)
        if cell is None:
            return None
        self.table.setCurrentCell(*cell)
        return Pointed(spoken_of(self.table, *cell), (), self._actions(), self._fields())

    def _actions(self) -> tuple[tuple[str, Callable[[], object]], ...]:
        """What can be done with the row that is chosen."""
        return ()

    def _fields(self) -> tuple[tuple[str, str, str], ...]:
        """The inputs that the row that is chosen is of."""
        return ()

    def shown(self) -> list[ShownTable]:
        """The table as it stands, where it is of the plan as it stands."""
        words = tuple(line for line in self.state.text().split("\n") if line)
        return [shown_of(self._title, self.table, words)] if self.decisions.is_fresh and self.table.rowCount() else []

    def _fill(self, heads: list[str], rows: list[list[str]]) -> None:
        self.table.setColumnCount(len(heads))
        self.table.setHorizontalHeaderLabels(heads)
        self.table.setRowCount(len(rows))
        for k, row in enumerate(rows):
            for column, text in enumerate(row):
                self.table.setItem(k, column, item_of(text))
        fit(self.table)

    def text(self, separator: str = "\t") -> str:
        if self.decisions.found is None:
            return ""
        return sheet_text(self._raw(self.decisions.found), separator)

    def _raw(self, found: Any) -> list[list[object]]:
        raise NotImplementedError

    def figure(self) -> Figure | None:
        plot = self.plot
        if plot is None or plot.isHidden():
            return None
        foot = self._document.name if self.decisions.is_fresh else f"{self._document.name}: {STALE}"
        return Figure(self._title, self._axes(), plot.size(), plot.paint, (), foot, self.text(","))

    def _axes(self) -> str:
        """What is up in the drawing, by what is along it."""
        return ""

    def _add_plot(self, plot: FrontierPlot | FlipPlot) -> None:
        """Takes a drawing: a click on it chooses a row, and the drawing can be copied and saved."""
        self.plot = plot
        plot.chosen.connect(self.table.selectRow)
        self.head.addWidget(self.save)

    def _cell_of_plot(self, at: QPoint | None) -> tuple[int, int] | None:
        plot = self.plot
        if plot is None or at is None or plot.isHidden() or not plot.geometry().contains(at):
            return None
        row = plot.row_at(at.x() - plot.x())
        return None if row is None or row >= self.table.rowCount() else (row, 1)


class FrontierCard(_WorkedCard):
    """The least cost as a limit gets stricter; a point becomes a policy of the plan."""

    def __init__(self, document: Document, name: Callable[[], str], months: Callable[[], float]) -> None:
        self._months = months
        super().__init__("What a stricter limit costs", document, name, "Find the frontier")
        self.aim = Combo("Limit on", 16)
        for aim in (*AIMS, CVAR):
            self.aim.addItem(WORDS[aim], aim)
        self.keep = QPushButton("Keep as a policy")
        self.keep.clicked.connect(self._keep)
        self.open = QPushButton("Open as a scenario")
        self.open.clicked.connect(self._open)
        plot = self.curve = FrontierPlot()
        self._add_plot(plot)
        self.add_tools(self.aim, self.button)
        self.add_tools(self.keep, self.open)
        for part in (self.state, plot, self.table, self.words):
            self.body.addWidget(part)
        self.table.itemSelectionChanged.connect(self._arm)
        self.words.setText(
            "Each row is the plan of least objective under that limit. Choose one to keep its limit as a policy."
        )
        self.refresh()

    def _ask(self) -> None:
        if self.aim.currentData() != CVAR:
            self.decisions.ask(frontier, self.aim.currentData(), POINTS)
        elif self._document.base.scenarios:
            self.decisions.ask(risk_frontier_of, self._months(), POINTS)
        else:
            self._say(NEEDS_TWO)
            return
        self._say("")

    def _arm(self) -> None:
        found: Frontier | None = self.decisions.found
        keeps = found is not None and found.aim in POLICIES
        self.keep.setEnabled(keeps and self.decisions.is_fresh and bool(self.table.selectedItems()))
        self.keep.setToolTip(literal("" if found is None or keeps else NO_POLICY))
        self.open.setEnabled(self.decisions.is_fresh and bool(self.table.selectedItems()))

    def refresh(self, *_: object) -> None:
        super().refresh()
        found: Frontier | None = self.decisions.found
        self.curve.show_points(self.decisions.plan, found)
        self.curve.setVisible(found is not None and len({point.limit for point in found.points}) > 1)
        self._arm()

    def _axes(self) -> str:
        found: Frontier | None = self.decisions.found
        return "" if found is None else f"objective by {WORDS[found.aim].lower()}"

    def _actions(self) -> tuple[tuple[str, Callable[[], object]], ...]:
        buttons = (self.keep, self.open)
        return tuple((button.text(), button.click) for button in buttons if button.isEnabled())

    def _fields(self) -> tuple[tuple[str, str, str], ...]:
        found: Frontier | None = self.decisions.found
        if found is None:
            return ()
        limits = {row.id: row.dimension if row.kind == "share" else row.kind for row in self._document.base.policies}
        return tuple(("policies", id, "limit") for id, limited in limits.items() if limited == found.aim)

    def _show_found(self, plan: Plan, found: Frontier) -> list[str]:
        currency, rows = plan.settings.currency, []
        for point in found.points:
            more = point.cost_usd - found.points[0].cost_usd
            least = min((v for v in point.kpis.get("coverage", {}).values() if v is not None), default=None)
            rows.append(
                [
                    limit_words(found, point, currency),
                    money(point.cost_usd, currency),
                    f"+{money(more, currency)}" if more > 0 else "",
                    "" if least is None else percent(least),
                ]
            )
        is_one = len({point.limit for point in found.points}) == 1
        heads = [WORDS[found.aim], "Objective", "More than the cheapest", "Least coverage"]
        self._fill(heads, rows[:1] if is_one else rows)
        return [NO_TRADE] if is_one else []

    def _keep(self) -> None:
        found: Frontier | None = self.decisions.found
        at = self.table.currentRow()
        if found is None or not 0 <= at < len(found.points):
            return
        base, point = self._document.base, found.points[at]
        policy = policy_for(base, found.aim, round(point.limit, 6))
        if policy is None:
            return
        text = f"Keep {WORDS[found.aim].lower()} at {limit_words(found, point, base.settings.currency)}"
        self._document.apply(with_row(base, "policies", policy), text, in_base=True)

    def _open(self) -> None:
        found: Frontier | None = self.decisions.found
        at = self.table.currentRow()
        if found is None or not 0 <= at < len(found.points):
            return
        base, point = self._document.base, found.points[at]
        name = f"{WORDS[found.aim]} {limit_words(found, point, base.settings.currency)}"
        plan, id = with_scenario_for(base, found.aim, point, name)
        self._document.apply(plan, f"Add the scenario {name}", in_base=True)
        self._document.edit_scenario(id)

    def _raw(self, found: Frontier) -> list[list[object]]:
        head: list[object] = [f"limit [{found.unit}]", "cost_usd"]
        rows: list[list[object]] = [[p.limit, p.cost_usd] for p in found.points]
        return [head, *rows]


def limit_words(found: Frontier, point: Point, currency: str) -> str:
    """The limit of a point with its unit."""
    if found.unit == "fraction":
        return percent(point.limit)
    if found.unit == "USD":
        return money(point.limit, currency)
    return plain(point.limit, 3) if found.unit == "ratio" else f"{plain(point.limit)} {found.unit.partition('/')[0]}"


class FrontierPlot(QWidget):
    """Cost against the limit, a line through the points."""

    chosen = Signal(int)
    """The place of the point nearest to a click."""
    _left = 64
    """What the figures of the axis take, px."""

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self._found: tuple[Plan, Frontier] | None = None
        self.setMinimumHeight(150)
        self.setAccessibleName("Least cost by limit")

    def show_points(self, plan: Plan | None, found: Frontier | None) -> None:
        """Draws a frontier of a plan."""
        ends = [point.limit for point in found.points] if found is not None else []
        self._found = None if plan is None or found is None or len(set(ends)) < 2 else (plan, found)
        self.update()

    def row_at(self, x: float) -> int | None:
        """The place of the point nearest to a place, among all."""
        if self._found is None:
            return None
        limits = [point.limit for point in self._found[1].points]
        low, high = min(limits), max(limits)
        at = low + (x - self._left) / max(self.width() - self._left - 20, 1) * (high - low)
        return min(range(len(limits)), key=lambda k: abs(limits[k] - at))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self.row_at(event.position().x())
        if self._found is not None and at is not None:
            plan, found = self._found
            currency = plan.settings.currency
            point = found.points[at]
            self.setToolTip(wrapped(f"{limit_words(found, point, currency)}\n{money(point.cost_usd, currency, 4)}"))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self.row_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and at is not None:
            self.chosen.emit(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint(painter)
        painter.end()

    def paint(self, painter: QPainter) -> None:
        """Paints it in its size."""
        if self._found is None:
            return
        plan, found = self._found
        t = theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(12))
        xs, ys = [p.limit for p in found.points], [p.cost_usd for p in found.points]
        room = QRectF(self._left, 8, self.width() - self._left - 20, self.height() - 34)
        ends = [(min(v), max(v) if max(v) > min(v) else min(v) + abs(min(v)) * 0.01 + 1e-9) for v in (xs, ys)]

        def at(x: float, y: float) -> QPointF:
            (left, right), (low, high) = ends
            return QPointF(
                room.left() + (x - left) / (right - left) * room.width(),
                room.bottom() - (y - low) / (high - low) * room.height(),
            )

        ticks = value_ticks(*ends[1], room.height())
        for value, text in zip(ticks, tick_texts(ticks, "USD", plan.settings.currency), strict=True):
            y = at(xs[0], value).y()
            painter.setPen(QPen(theme.colour(t.track), 1))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(theme.colour(t.muted))
            painter.drawText(
                QRectF(0, y - 9, 58, 18), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text
            )
        for point in (found.points[0], found.points[-1]):
            text = limit_words(found, point, plan.settings.currency)
            wide = painter.fontMetrics().horizontalAdvance(text) + 4
            x = min(at(point.limit, ends[1][0]).x() - wide / 2, self.width() - wide)
            painter.drawText(QRectF(x, room.bottom() + 4, wide, 18), Qt.AlignmentFlag.AlignCenter, text)
        line = [at(x, y) for x, y in zip(xs, ys, strict=True)]
        painter.setPen(QPen(theme.colour(t.accent), 2))
        painter.drawPolyline(line)
        painter.setBrush(theme.colour(t.accent))
        for place in line:
            painter.drawEllipse(place, 3, 3)


class NearCard(_WorkedCard):
    """Plans that cost at most so much more, and have least of something."""

    def __init__(self, document: Document, name: Callable[[], str]) -> None:
        super().__init__("Nearly as cheap", document, name, "Find other plans")
        self.slack = QSlider(Qt.Orientation.Horizontal)
        self.slack.setRange(0, MOST_SLACK)
        self.slack.setValue(SLACK)
        self.slack.setFixedWidth(120)
        self.slack.setMinimumHeight(24)  # what the handle takes
        self.slack.setAccessibleName("Percent of the cost that a plan may cost more")
        self.within = Label(role="muted")
        self.slack.valueChanged.connect(self._tell)
        self.open = QPushButton("Open as a scenario")
        self.open.clicked.connect(self._open)
        self.table.itemSelectionChanged.connect(self._arm)
        self.decisions.changed.connect(self._arm)
        self.add_tools(self.within, self.slack, self.button)
        self.add_tools(self.open)
        for part in (self.state, self.table, self.words):
            self.body.addWidget(part)
        self.words.setText(
            "Ports and placements are those of the cheapest plan, and so are signatures, but with least commitments. "
            "As a scenario, no offer delivers more than in the plan that is chosen."
        )
        self._tell()
        self._arm()
        self.refresh()

    def _arm(self) -> None:
        self.open.setEnabled(self.decisions.is_fresh and bool(self.table.selectedItems()))

    def _open(self) -> None:
        found: Near | None = self.decisions.found
        at = self.table.currentRow()
        if found is None or not 0 <= at < len(found.plans):
            return
        words = found.plans[at].words
        name = f"{words[:1].upper()}{words[1:]}"
        plan, id = found.plans[at].opened(self._document.base, name)
        self._document.apply(plan, f"Add the scenario {name}", in_base=True)
        self._document.edit_scenario(id)

    def _tell(self, *_: object) -> None:
        self.within.setText(f"within {self.slack.value()} %")

    def _ask(self) -> None:
        self.decisions.ask(near, self.slack.value() / 100)

    def _actions(self) -> tuple[tuple[str, Callable[[], object]], ...]:
        return ((self.open.text(), self.open.click),) if self.open.isEnabled() else ()

    def _fields(self) -> tuple[tuple[str, str, str], ...]:
        found: Near | None = self.decisions.found
        at = self.table.currentRow()
        if found is None or not 0 <= at < len(found.plans):
            return ()
        return tuple(("offers", id, "price_usd") for id, _ in _most(found.plans[at]))

    def _show_found(self, plan: Plan, found: Near) -> list[str]:
        first, rows = found.plans[0].cost_usd or 0.0, []
        for each in found.plans:
            more = "" if each.cost_usd is None else f"+{percent(max(each.cost_usd / first - 1, 0.0))}" if first else ""
            words = ", ".join(f"{chips(n)} of {_offer(plan, id)}" for id, n in _most(each))
            rows.append([each.words, more, words])
        self._fill(["Plan", "Objective", "Most chips"], rows)
        labels = Timeline.of(plan.settings).labels
        common = [f"{chips(c.chips)} of {_offer(plan, c.offer)} by {labels[c.until]}" for c in found.common[:5]]
        bound = f"In every one of these plans, all within {percent(found.slack)}, you"
        signed = [_row(plan, "agreements", id) for id in signed_in_all(found.plans)]
        lines = [f"{bound} sign {listed(signed, 'and')}."] if signed else []
        return [*lines, f"{bound} order {listed(common, 'and')}." if common else "No order is in all of these plans."]

    def _raw(self, found: Near) -> list[list[object]]:
        rows: list[list[object]] = [["aim", "cost_usd", "offer|site", "chips"]]
        for each in found.plans:
            rows += [
                [each.aim, "" if each.cost_usd is None else each.cost_usd, pair, n] for pair, n in each.chips.items()
            ]
        return rows


class WaitingCard(_WorkedCard):
    """What it is worth to know earlier which world comes."""

    def __init__(self, document: Document, name: Callable[[], str], months: Callable[[], float]) -> None:
        self._months = months
        super().__init__("What waiting costs", document, name, "Compare later dates")
        self.head.addWidget(self.button)
        for part in (self.state, self.table, self.words):
            self.body.addWidget(part)
        self.words.setText(
            "The date is the one chosen above, at which it is known which world comes. Later, more is ordered before."
        )
        self.refresh()

    def _ask(self) -> None:
        self.decisions.ask(waiting_of, self._months())

    def refresh(self, *_: object) -> None:
        super().refresh()
        self.button.setEnabled(self.decisions.is_busy or len(self._document.base.scenarios) > 0)

    def _show_found(self, plan: Plan, found: Waiting) -> list[str]:
        currency, first, rows = plan.settings.currency, found.costs[0][1], []
        for months, cost in found.costs:
            more = "" if cost is None or first is None or not months else f"+{money(max(cost - first, 0.0), currency)}"
            words = f"{plain(months)} months later" if months else "On that date"
            rows.append([words, "no plan" if cost is None else money(cost, currency), more])
        self._fill(["It is known", "Expected objective", "More than on that date"], rows)
        return []

    def _raw(self, found: Waiting) -> list[list[object]]:
        rows: list[list[object]] = [[months, "" if cost is None else cost] for months, cost in found.costs]
        return [["months later", "expected_usd"], *rows]


class ExitCard(_WorkedCard):
    """What it is worth that an agreement may be left at a date, for a fee."""

    def __init__(self, document: Document, name: Callable[[], str], months: Callable[[], float]) -> None:
        self._months = months
        super().__init__("What an exit clause is worth", document, name, "Value the clause")
        self.agreement, self.date = Combo("Agreement", 14), Combo("Left in", 7)
        self.fee = QLineEdit("0")
        self.fee.setAccessibleName("Fee")
        self.fee.setMaximumWidth(110)
        self.fee_label = Label("for a fee of", role="muted")
        self.add_tools(self.agreement, Label("may be left in", role="muted"), self.date)
        self.add_tools(self.fee_label, self.fee, self.button)
        for part in (self.state, self.table, self.words):
            self.body.addWidget(part)
        self.words.setText(
            "Whoever leaves owes no commitment from that month on, and buys nothing more under the agreement. "
            "Each world decides for itself, unless the month lies before the date above."
        )
        self.agreement.activated.connect(self._offer_dates)
        self.decisions.changed.connect(self._offer)
        self._offer()
        self.refresh()

    def _offer(self) -> None:
        base = self._document.base
        self.fee_label.setText(f"for a fee ({base.settings.currency}) of")
        items = [(row_name(row), row.id) for row in base.agreements if self._dates(row.id)]
        if items != [(self.agreement.itemText(k), self.agreement.itemData(k)) for k in range(self.agreement.count())]:
            self.agreement.clear()
            for text, id in items:
                self.agreement.addItem(text, id)
        self._offer_dates()
        self.setVisible(bool(items))

    def _dates(self, id: str) -> list[str]:
        """The months in which an agreement may be left: as periods begin, within its term and the plan."""
        base, row = self._document.base, find(self._document.base, "agreements", id)
        if row is None:
            return []
        start, months = month_number(base.settings.start), base.settings.months_per_period
        first = month_number(row.start)
        opens = (start + k * months for k in range(base.settings.periods))
        return [month_text(month) for month in opens if max(first, start) < month < first + row.months]

    def _offer_dates(self, *_: object) -> None:
        dates = self._dates(self.agreement.currentData() or "")
        if dates != [self.date.itemText(k) for k in range(self.date.count())]:
            self.date.clear()
            self.date.addItems(dates)
            self.date.setCurrentIndex(len(dates) // 2)

    def _ask(self) -> None:
        currency = self._document.base.settings.currency
        fee = read(self.fee.text(), "USD", locale=self.locale(), currency=currency)
        if isinstance(fee, NotRead):
            self._say(fee.text)
            return
        self._say("")
        given = Exit(self.agreement.currentData(), self.date.currentText(), fee.value)
        self.decisions.ask(leaving_of, given, self._months())

    def refresh(self, *_: object) -> None:
        super().refresh()
        can = self.agreement.count() > 0 and len(self._document.base.scenarios) > 0
        self.button.setEnabled(self.decisions.is_busy or can)
        self.button.setToolTip("" if can else "An exit clause is worth something where worlds differ: add one.")

    def _fields(self) -> tuple[tuple[str, str, str], ...]:
        found: Leaving | None = self.decisions.found
        return (("agreements", found.exit.agreement, "commit_usd_per_year"),) if found is not None else ()

    def _show_found(self, plan: Plan, found: Leaving) -> list[str]:
        currency = plan.settings.currency
        exit, row = found.exit, find(plan, "agreements", found.exit.agreement)
        name = row_name(row) if row is not None else exit.agreement
        assert found.without_usd is not None
        cases = [
            ("No exit clause", found.without_usd),
            (f"May be left in {exit.date} for {money(exit.fee_usd, currency)}", found.with_usd),
            (f"May be left in {exit.date} for nothing", found.free_usd),
        ]
        if not exit.fee_usd:
            del cases[1]
        rows = []
        for words, cost in cases:
            less = 0.0 if cost is None else max(found.without_usd - cost, 0.0)
            spared = money(less, currency) if less > 1e-9 * abs(found.without_usd) else ""
            rows.append([words, "no plan" if cost is None else money(cost, currency), spared])
        self._fill([name, "Expected objective", "Worth of the clause"], rows)
        if not found.left_in:
            return [f"{name} is left in no world at that fee."]
        return [f"{name} is left in {', '.join(world_name(plan, id) for id in found.left_in)}."]

    def _raw(self, found: Leaving) -> list[list[object]]:
        costs = ("without", found.without_usd), ("with", found.with_usd), ("for nothing", found.free_usd)
        rows: list[list[object]] = [[name, "" if cost is None else cost] for name, cost in costs]
        return [["exit clause", "expected_usd"], *rows]


class FlipCard(_WorkedCard):
    """The values of an input at which another plan becomes best."""

    def __init__(self, document: Document, name: Callable[[], str]) -> None:
        super().__init__("Where the best plan changes", document, name, "Find the changes")
        self._drawn: Flips | None = None
        self._offered: Plan | None = None
        """The plan whose inputs can be chosen."""
        self.input = Combo("Input", 14)
        self.add_tools(self.input, self.button)
        self.curve = FlipPlot(150)
        self._add_plot(self.curve)
        for part in (self.curve, self.state, self.table, self.words):
            self.body.addWidget(part)
        self.words.setText("From half of what is planned to twice as much, the same in every period.")
        self.decisions.changed.connect(self._offer_inputs)
        self.refresh()

    def _offer_inputs(self) -> None:
        plan = self._document.base
        if not self.isVisible() or plan is self._offered:
            return  # a plan of thousands of rows has thousands of inputs
        self._offered = plan
        named = [(t, row, f) for t, f in CHANGING for row in getattr(plan, t)]
        there = [(t, row, f) for t, row, f in named if self._mean(plan, getattr(row, f)) > 0]
        items = [(f"{field_label(t, f)} of {row_name(row)}", (t, row.id, f)) for t, row, f in there]
        if items != [(self.input.itemText(k), tuple(self.input.itemData(k))) for k in range(self.input.count())]:
            self.input.clear()
            for text, data in items:
                self.input.addItem(text, data)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._offer_inputs()

    @staticmethod
    def _mean(plan: Plan, series: Series | None) -> float:
        """What is planned, mean over the periods; 0 where it is empty."""
        if isinstance(series, int | float):
            return float(series)
        values = Timeline.of(plan.settings).values(series) if series is not None else np.zeros(1)
        return float(values.mean()) if np.isfinite(values).all() else 0.0

    def _ask(self) -> None:
        if self.input.currentData() is not None:
            table, row, field = self.input.currentData()
            plan = self._document.base
            mean = self._mean(plan, getattr(find(plan, table, row), field))
            self.decisions.ask(flips_of, table, row, field, mean / 2, 2 * mean)

    def refresh(self, *_: object) -> None:
        super().refresh()
        self.curve.setVisible(self.curve.picture is not None and self.decisions.found is not None)

    def _axes(self) -> str:
        found: Flips | None = self.decisions.found
        row = None if found is None else find(self._document.base, found.table, found.row or "")
        if found is None or row is None:
            return ""
        label = field_label(found.table, found.field)
        return f"objective by {label[:1].lower()}{label[1:]} of {row_name(row)}"

    def _fields(self) -> tuple[tuple[str, str, str], ...]:
        found: Flips | None = self.decisions.found
        return ((found.table, found.row or "", found.field),) if found is not None else ()

    def _show_found(self, plan: Plan, found: Flips) -> list[str]:
        currency, rows = plan.settings.currency, []
        owner = find(plan, found.table, found.row or "")
        unit = field_of(ROW_TYPES[found.table], found.field).unit_in(owner) if owner is not None else ""
        if found is not self._drawn:
            self._drawn = found
            self.curve.show_picture(flip_picture(plan, found.pieces, 1.0, unit))
        for piece in found.pieces:
            cost = STATUS[piece.status].short
            if piece.objective_at_start is not None and piece.objective_at_end is not None:
                cost = f"{money(piece.objective_at_start, currency)} to {money(piece.objective_at_end, currency)}"
            where = f"{plain(piece.start, 4)} to {plain(piece.end, 4)} {unit}"
            rows.append([where, platform_words(plan, piece.platforms), cost])
        self._fill(["Value", "Chips, mean over the periods", "Objective"], rows)
        return [changes_words(plan, found.pieces, 1.0, unit)]

    def _raw(self, found: Flips) -> list[list[object]]:
        rows: list[list[object]] = [["from", "to", "objective_at_from", "objective_at_to", "platform", "chips"]]
        for p in found.pieces:
            ends = ["" if v is None else v for v in (p.objective_at_start, p.objective_at_end)]
            rows += [[p.start, p.end, *ends, id, n] for id, n in (p.platforms or {"": 0.0}).items()]
        return rows


def _most(near: Alternative) -> list[tuple[str, float]]:
    """The offers with most chips, and how many they are."""
    sums: dict[str, float] = {}
    for pair, count in near.chips.items():
        offer = pair.partition("|")[0]
        sums[offer] = sums.get(offer, 0.0) + count
    return sorted(sums.items(), key=lambda kv: -kv[1])[:4]


def _offer(plan: Plan, id: str) -> str:
    return _row(plan, "offers", id)


def _row(plan: Plan, table: str, id: str) -> str:
    row = find(plan, table, id)
    return row_name(row) if row is not None else id
