"""The card that says what to sign now: worlds with their weights, and candidate plans held in each of them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from gigaplan.engine.analysis.decisions.choice import Candidate, Choice, choice_of
from gigaplan.engine.analysis.decisions.two_stage import InWorld
from gigaplan.engine.analysis.decisions.worlds import BASE
from gigaplan.engine.plan.plan import Plan, with_fields, with_settings
from gigaplan.engine.plan.timeline import month_number, month_text
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.decision_job import Decisions
from gigaplan.gui.jobs.risk_job import ShownTable
from gigaplan.gui.present.decision_words import candidate_name, choice_words, least_served, world_name
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import mixed
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.text.explain_request import Key
from gigaplan.gui.text.number_format import DASH, money, percent, plain
from gigaplan.gui.views.risk.cards import Pointed, RiskCard, asked_of
from gigaplan.gui.views.scenarios.ready_made import ReadyMenu
from gigaplan.gui.widgets.combo import Combo
from gigaplan.gui.widgets.texts import Label, literal

WITHIN = (3, 6, 12, 24)
"""Months from the plan's start before which things may have to be decided."""
ABOUT = (
    "Orders and signatures due before the date are the same in all worlds; all else follows the world that comes. "
    "A world of weight 0 is left out. A cell has the "
    "regret, how much its objective is above that of the best plan for that world, and the least coverage."
)
NEEDS_TWO = "Add a world in which something turns out otherwise, then compare."
STRONGEST = 0.55
"""How much of the colour of an error the largest regret has."""
MOST_WORLDS = 200
"""Columns of the table of worlds."""
ROW_PX = 30


class AskedCard(RiskCard):
    """A card whose figures are worked out in the background, when that is asked for with its button."""

    def __init__(self, title: str, document: Document, save_as: Callable[[], str], button: str) -> None:
        self._document = document
        super().__init__(title, save_as)
        self.decisions = Decisions(document, self)
        self.button = QPushButton(button)
        self.button.clicked.connect(self._press)

    def stop(self) -> None:
        """Ends the background work."""
        self.decisions.stop()

    def _press(self) -> None:
        if self.decisions.is_busy:
            self.decisions.cancel()
        else:
            self._ask()

    def _ask(self) -> None:
        raise NotImplementedError


class DecideCard(AskedCard):
    """Worlds, weights, and the table of candidates by worlds."""

    def __init__(self, document: Document, name: Callable[[], str]) -> None:
        super().__init__("What to sign now", document, lambda: f"{name()}-decisions", "Compare plans")
        self.within = Combo("Decide before", 6)
        self.within.activated.connect(self.refresh)
        self.add = QPushButton("Add a world")
        self.worlds = ReadyMenu(document, self)
        self.add.setMenu(self.worlds)
        label = Label("Decide before", role="muted")
        label.setBuddy(self.within)
        self.add_tools(label, self.within, self.add, self.button)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        self.progress.setRange(0, 100)
        self.progress.setAccessibleName("Plans compared")
        self.table = table_of("Candidate plans by worlds")
        self.table.itemChanged.connect(self._weigh)
        self.losses = table_of("What is left when a member is gone")
        self.losses_title = Label("If one of these is lost from the start, with the plan of the base", role="muted")
        self.state = Label(wordWrap=True)
        for part in (self.progress, self.table, self.state, self.losses_title, self.losses, self.words, self.said):
            self.body.addWidget(part)
        self.decisions.changed.connect(self.refresh)
        self.words.setText(ABOUT)
        self.refresh()

    def _ask(self) -> None:
        self.decisions.ask(choice_of, float(self.within.currentData() or WITHIN[1]))

    def _weigh(self, item: QTableWidgetItem) -> None:
        """Takes the weight that was typed for a world."""
        base, id = self._document.base, str(item.data(Qt.ItemDataRole.UserRole))
        try:
            weight = float(item.text().replace(",", "."))
        except ValueError:
            weight = -1.0
        if not 0 <= weight < 1e9:
            self._say("A weight is a number, 0 or more.")
        elif id == BASE:
            self._document.apply(with_settings(base, base_weight=weight), "Change the weight of the base", in_base=True)
        else:
            plan = with_fields(base, "scenarios", id, weight=weight)
            self._document.apply(plan, f"Change the weight of {world_name(base, id)}", in_base=True)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Shows the worlds as they stand, and what was found."""
        base, work = self._document.base, self.decisions
        self._fill_dates(base)
        self.button.setText("Stop" if work.is_busy else "Compare plans")
        self.button.setEnabled(work.is_busy or len(base.scenarios) > 0)
        self.progress.setVisible(work.is_busy)
        self.progress.setValue(round(100 * work.part))
        found = work.found
        stale = found is not None and not work.is_fresh
        with QSignalBlocker(self.table):
            self._show_table(base, found, stale)
        self._show_losses(found)
        self.state.setText("\n".join(self._sentences(base, found, stale)))

    def _fill_dates(self, base: Plan) -> None:
        start = month_number(base.settings.start)
        items = [(month_text(start + months), months) for months in WITHIN]
        if items != [(self.within.itemText(k), self.within.itemData(k)) for k in range(self.within.count())]:
            at = max(self.within.currentIndex(), 0) if self.within.count() else 1
            self.within.clear()
            for text, months in items:
                self.within.addItem(text, months)
            self.within.setCurrentIndex(at)

    def pointed(self, at: QPoint | None) -> Pointed | None:
        for table in (self.table, self.losses):
            cell = cell_at(table, self, at)
            if cell is not None:
                return self._of_cell(*cell) if table is self.table else Pointed(spoken_of(table, *cell))
        return None

    def _of_cell(self, row: int, column: int) -> Pointed:
        """A weight, or how a candidate does in a world."""
        item, base = self.table.item(row, column), self._document.base
        ids = [BASE, *(s.id for s in base.scenarios)][:MOST_WORLDS]
        tip = "" if item is None or not row else item.toolTip()
        spoken = " ".join(filter(None, (spoken_of(self.table, row, column), tip)))
        if not 0 < column <= len(ids):
            return Pointed(spoken)
        id = "" if ids[column - 1] == BASE else ids[column - 1]
        name = world_name(base, ids[column - 1])
        asked = (asked_of(Key("objective_usd"), id, name),) if row else ()
        return Pointed(spoken, asked, ((f"Show {name}", lambda: self._document.edit_scenario(id)),))

    def _sentences(self, base: Plan, found: Choice | None, stale: bool) -> list[str]:
        if self.decisions.is_busy:
            return [f"{self.decisions.what[:1].upper()}{self.decisions.what[1:]} …" if self.decisions.what else "…"]
        said = [self.decisions.failure] if self.decisions.failure else []
        if len(base.scenarios) >= MOST_WORLDS:
            shown, all_ = plain(MOST_WORLDS, 9), plain(len(base.scenarios) + 1, 9)
            said.append(f"{shown} of {all_} worlds are shown, and all count. Tables has the weights of all.")
        if found is None or self.decisions.plan is None:
            return said or ([] if base.scenarios else [NEEDS_TWO])
        if stale:
            said.append("Compared before the last edit; compare again.")
        return [*said, *choice_words(self.decisions.plan, found)]

    def _show_table(self, base: Plan, found: Choice | None, stale: bool) -> None:
        ids = [BASE, *(s.id for s in base.scenarios)][:MOST_WORLDS]
        weights = [base.settings.base_weight, *(s.weight for s in base.scenarios)]
        candidates = found.candidates if found is not None else ()
        table = self.table
        table.setColumnCount(len(ids) + 2)
        table.setRowCount(1 + len(candidates))
        table.setHorizontalHeaderLabels(["", *(world_name(base, id) for id in ids), "Expected objective"])
        table.setItem(0, 0, item_of("Weight"))
        total = sum(weights) or 1.0
        for k, (id, weight) in enumerate(zip(ids, weights, strict=False), 1):
            item = item_of(plain(weight, 6), editable=True)
            item.setData(Qt.ItemDataRole.UserRole, id)
            item.setToolTip(literal(f"{percent(weight / total)} likely. Type another weight."))
            table.setItem(0, k, item)
        table.setItem(0, len(ids) + 1, item_of(""))
        regrets = [w.regret_usd or 0.0 for c in candidates for w in c.worlds]
        largest = max(regrets, default=0.0)
        for row, candidate in enumerate(candidates, 1):
            self._show_candidate(row, candidate, ids, largest, stale)
        fit(table)

    def _show_candidate(self, row: int, candidate: Candidate, ids: list[str], largest: float, stale: bool) -> None:
        plan = self.decisions.plan or self._document.base
        currency, t = plan.settings.currency, theme.tokens()
        self.table.setItem(row, 0, item_of(candidate_name(plan, candidate)))
        known = {world.id: world for world in candidate.worlds}
        for k, id in enumerate(ids, 1):
            world = known.get(id)
            item = item_of(_cell(world, currency))
            if world is not None:
                part = 1.0 if world.regret_usd is None else max(world.regret_usd, 0.0) / largest if largest else 0.0
                item.setBackground(QColor(mixed(t.panel, t.error, STRONGEST * part)))
                item.setToolTip(literal(_tip(world, currency)))
            if stale:
                item.setForeground(QColor(t.muted))
            self.table.setItem(row, k, item)
        expected = candidate.expected_usd
        self.table.setItem(row, len(ids) + 1, item_of(DASH if expected is None else money(expected, currency)))

    def _show_losses(self, found: Choice | None) -> None:
        plan = self.decisions.plan
        shown = found.losses if found is not None and plan is not None else ()
        self.losses.setVisible(bool(shown))
        self.losses_title.setVisible(bool(shown))
        if not shown or plan is None:
            return
        self.losses.setColumnCount(4)
        self.losses.setRowCount(len(shown))
        self.losses.setHorizontalHeaderLabels(["Lost", "Least served", "of its demand", "Objective then"])
        names = {w.id: w.name or w.id for w in plan.workloads}
        for row, loss in enumerate(shown):
            worst = min(((v, w) for w, v in loss.served.items() if v is not None), default=None)
            cost = DASH if loss.cost_usd is None else money(loss.cost_usd, plan.settings.currency)
            texts = (f"{loss.dimension} {loss.member}", names[worst[1]] if worst else DASH, DASH, cost)
            for column, text in enumerate(texts):
                self.losses.setItem(row, column, item_of(text))
            if worst:
                self.losses.setItem(row, 2, item_of(percent(worst[0])))
        fit(self.losses)

    def text(self, separator: str = "\t") -> str:
        found, plan = self.decisions.found, self.decisions.plan
        if found is None or plan is None:
            return ""
        lines: list[list[object]] = [
            ["plan", "world", "weight", "cost_usd", "own_optimum_usd", "regret_usd", "least_coverage"]
        ]
        for candidate in found.candidates:
            for w in candidate.worlds:
                figures = (w.weight, w.cost_usd, w.own_optimum_usd, w.regret_usd, least_served(w))
                lines.append([candidate.id, w.id, *("" if v is None else v for v in figures)])
        return sheet_text(lines, separator)

    def shown(self) -> list[ShownTable]:
        """The tables as they stand, where they are of the plan as it stands."""
        if not self.decisions.is_fresh:
            return []
        words = tuple(line for line in self.state.text().split("\n") if line)
        found = [shown_of("What to sign now", self.table, words)]
        if self.losses.rowCount():
            found.append(shown_of("What is left when a member is lost", self.losses, (self.losses_title.text(),)))
        return found

    def figure(self) -> Figure | None:
        return None

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "losses"):
            self.refresh()


def _cell(world: InWorld | None, currency: str) -> str:
    if world is None:
        return DASH
    if world.regret_usd is None:
        return "no plan"
    least = least_served(world)
    is_none = abs(world.regret_usd) <= 1e-6 * abs(world.own_optimum_usd or 1.0)
    regret = "best" if is_none else f"+{money(world.regret_usd, currency, 2)}"
    return regret if least is None else f"{regret} · {percent(least, 2)}"


def _tip(world: InWorld, currency: str) -> str:
    if world.cost_usd is None or world.own_optimum_usd is None:
        return "What is signed now cannot be held in this world, whatever is done later."
    least = least_served(world)
    served = "" if least is None else f", {plain(100 * least, 3)} % of the least covered work served"
    best = money(world.own_optimum_usd, currency)
    return f"Costs {money(world.cost_usd, currency)}{served}; the best plan for this world costs {best}."


def shown_of(title: str, table: QTableWidget, words: tuple[str, ...] = ()) -> ShownTable:
    """A table as it is shown."""

    def text(item: QTableWidgetItem | None) -> str:
        return "" if item is None else item.text()

    columns = range(table.columnCount())
    heads = tuple(text(table.horizontalHeaderItem(k)) for k in columns)
    rows = tuple(tuple(text(table.item(row, k)) for k in columns) for row in range(table.rowCount()))
    return ShownTable(title, heads, rows, words)


def cell_at(table: QTableWidget, card: QWidget, at: QPoint | None) -> tuple[int, int] | None:
    """The cell of a table at a place of its card, or for None the one that the keys are at."""
    if table.isHidden() or (at is None and not table.hasFocus()):
        return None
    there = table.currentIndex() if at is None else table.indexAt(table.viewport().mapFrom(card, at))
    return (there.row(), there.column()) if there.isValid() else None


def spoken_of(table: QTableWidget, row: int, column: int) -> str:
    """A cell in words, with the heads of its row and column; of the head of a row the whole row."""

    def said(k: int) -> str:
        head, item = table.horizontalHeaderItem(k), table.item(row, k)
        text = "" if item is None else item.text()
        return text if not k else f"{'' if head is None else head.text()} {text}".strip() if text else ""

    columns = range(table.columnCount()) if not column else (0, column)
    return ", ".join(filter(None, map(said, columns)))


def item_of(text: str, editable: bool = False) -> QTableWidgetItem:
    """A cell that can be chosen, and perhaps typed in."""
    item = QTableWidgetItem(text)
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
    item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if editable else flags)
    return item


def table_of(name: str) -> QTableWidget:
    """A table of figures to be read, as high as its rows."""
    table = QTableWidget()
    table.setAccessibleName(name)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(ROW_PX)
    table.setShowGrid(False)
    table.horizontalHeader().setStyleSheet("QHeaderView::section { padding: 4px 3px; }")  # above its cells
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return table


def fit(table: QTableWidget) -> None:
    """As high as its rows, and its columns as wide as what stands in them."""
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    bar = table.horizontalScrollBar().sizeHint().height()
    table.setFixedHeight(header.sizeHint().height() + ROW_PX * table.rowCount() + bar + 2)
