"""One chart in its card: title, unit, legend, menu, and the plot or its figures as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QContextMenuEvent,
    QGuiApplication,
    QIcon,
    QMouseEvent,
    QPainter,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QMenu, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import STATUS
from gigaplan.engine.storage.atomic_replace import SaveError
from gigaplan.gui.charting.chart import chart_figure
from gigaplan.gui.charting.figure import EDGE as FIGURE_EDGE
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.charting.hatches import patterns_on
from gigaplan.gui.charting.swatches import paint_swatch
from gigaplan.gui.document.document import Document, Selection
from gigaplan.gui.files.done_notice import tell_done, tell_written
from gigaplan.gui.files.save_dialog import file_to_write
from gigaplan.gui.present.chart_data import EACH_SITE, TO_DATE, Chart, source_of
from gigaplan.gui.present.picture import Line, Picture, csv_text, reach, reach_right
from gigaplan.gui.style import theme
from gigaplan.gui.views.charts.figures import FiguresTable
from gigaplan.gui.views.charts.legend import Legend
from gigaplan.gui.views.charts.plot import Plot
from gigaplan.gui.widgets.actions import RowMenu
from gigaplan.gui.widgets.cards import tool_button
from gigaplan.gui.widgets.texts import ElidedLabel, literal

# The menu of a chart: what to show, its lines, and how it leaves the program.


EXPORTS = (("Save picture\u2026", "png"), ("Save drawing\u2026", "svg"), ("Save figures\u2026", "csv"))


class ChartMenu(QMenu):
    """Filled anew each time it opens."""

    def __init__(self, card: ChartCard) -> None:
        super().__init__(card)
        self._card = card
        self.lines = QMenu("Lines", self)
        """All lines of the chart, to show or hide."""
        self.lines.aboutToShow.connect(self._fill_lines)
        self.pointed: tuple[int | None, str | None] = (None, None)
        """The column and the line that were right clicked."""
        self._groups: list[QActionGroup] = []
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        card = self._card
        self.clear()
        for group in self._groups:
            group.deleteLater()
        self._groups = []
        pointed, self.pointed = self.pointed, (None, None)
        card.add_pointed(self, *pointed)
        for choice in card.chart.choices:
            group = QActionGroup(self)
            self._groups.append(group)
            for value, words in choice.values(card.plan):
                action = self._add(words, lambda _=False, n=choice.name, v=value: card.choose(n, v))
                action.setCheckable(True)
                action.setChecked(card.choice(choice.name) == value)
                group.addAction(action)
            self.addSeparator()
        self._option("Patterns beside colours", patterns_on(), card.patterns_wanted.emit)
        if card.picture is None:
            self._add("No figures yet", lambda: None).setEnabled(False)
            return
        self.addMenu(self.lines)
        self._option("Show as table", card.is_table, card.show_table)
        self._add("Reset zoom", card.plot.zoom.reset).setEnabled(card.plot.zoom.is_on)
        self.addSeparator()
        self._add("Copy figures", card.copy_figures)
        self._add("Copy as picture", card.copy_picture)
        for words, suffix in EXPORTS:
            self._add(words, lambda _=False, s=suffix: card.ask_and_save(s))
        count, at = _place_of(card)
        if count > 1:
            self.addSeparator()
            for words, by in MOVES:
                self._add(words, partial(card.move_wanted.emit, by)).setEnabled(0 <= at + by < count)

    def _fill_lines(self) -> None:
        self.lines.clear()
        if self._card.hidden:
            self.lines.addAction("Show all").triggered.connect(self._card.show_all)
            self.lines.addSeparator()
        size = QSize(16, 12)
        for line in () if self._card.picture is None else self._card.picture.lines:
            off = line.key in self._card.hidden
            # An icon takes the place of a check mark, so it must say what is hidden.
            action = self.lines.addAction(_icon(line, size, self.devicePixelRatioF(), off), line.label)
            action.setCheckable(True)
            action.setChecked(not off)
            action.triggered.connect(lambda _=False, key=line.key: self._card.toggle(key))

    def _add(self, words: str, do: Callable[..., object]) -> QAction:
        action = self.addAction(words)
        action.triggered.connect(do)
        return action

    def _option(self, words: str, on: bool, choose: Callable[[bool], object]) -> None:
        action = self._add(words, lambda checked: choose(checked))  # the emit of a signal is called without it
        action.setCheckable(True)
        action.setChecked(on)


def _icon(line: Line, size: QSize, scale: float, off: bool) -> QIcon:
    """How a line is drawn, small; hollow where it is hidden."""
    pixmap = QPixmap(size * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_swatch(painter, QRectF(1, 1, size.width() - 2, size.height() - 2), line, patterns_on(), off)
    painter.end()
    return QIcon(pixmap)


TABLES = {"offer": "offers", "workload": "workloads", "site": "sites", "platform": "platforms"}
"""The table whose rows a split shows."""
STOPPED = "Cancelled: F5 solves the plan."
ALL_HIDDEN = "Every line is hidden. Click a name to show it."
LOW, TALL = 160, 250
"""From which heights on a card has room for one row of names under its title, and for two."""
EDGE = 12
LEAST = QSize(720, 320)
"""Of a chart that leaves the program: there it has room, however small its card is on the screen."""
MOVES = (("Move left", -1), ("Move right", 1))
"""Among its neighbours, in the words of the menu."""
HEAD_PX = 34
"""The height of the head of a card, by which it is dragged to another place."""
NARROWEST = 150
"""Three cards have room beside each other in the smallest window."""


class ResultCard(QFrame):
    """A card that shows something of the newest optimal result, and says so when that is out of date or there is none.

    What it shows leaves the program as a picture (.png), a drawing (.svg) or figures (.csv).
    """

    move_wanted = Signal(int)
    """By so many places among its neighbours, to the right."""
    carried = Signal(QPoint)
    """Its title was dragged to there on the screen."""
    _dressed = ""
    """The appearance whose colours it has; empty while it is built."""
    called = ""
    """Its title, by which its place among its neighbours is kept."""
    _held: QPoint | None = None
    """Where its head was pressed."""

    def __init__(self, document: Document, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._document = document
        self._result: Result | None = None
        self._failure, self._late, self._stopped = "", False, False

    def figure(self) -> Figure | None:
        """What is shown, as it stands; None while there is nothing."""
        raise NotImplementedError

    @property
    def file_name(self) -> str:
        """What a file of it is called, without its ending."""
        raise NotImplementedError

    def tell(self, why: str) -> None:
        """Says why a file was not written."""
        raise NotImplementedError

    def _redraw(self) -> None:
        """Shows the result there is."""
        raise NotImplementedError

    def _say(self) -> None:
        """Dims what is out of date, and says why."""
        raise NotImplementedError

    def refresh(self, result: Result | None) -> None:
        """Shows a result; one without an optimum leaves what was shown, dimmed, and says why."""
        if result is not None and result.status == "optimal":
            self._result, self._failure = result, ""
            self._redraw()
        elif result is not None:
            self._failure = STATUS[result.status].sentence
        self._say()

    def set_late(self, late: bool) -> None:
        """Dims what is shown while the newest plan is still being solved."""
        self._late = late
        self._say()

    def set_stopped(self, stopped: bool) -> None:
        """Says, or no longer, that the newest plan is not being solved: a person stopped it."""
        if stopped != self._stopped:
            self._stopped = stopped
            self._say()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and event.position().y() < HEAD_PX:
            self._held = event.globalPosition().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_carried(event):
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        is_carried, self._held = self._is_carried(event), None
        self.unsetCursor()
        if is_carried:
            self.carried.emit(event.globalPosition().toPoint())

    def _is_carried(self, event: QMouseEvent) -> bool:
        if self._held is None:
            return False
        way = event.globalPosition().toPoint() - self._held
        return way.manhattanLength() >= QApplication.startDragDistance()

    def copy_picture(self) -> None:
        """Puts what is shown on the clipboard as an image."""
        figure = self.figure()
        if figure is not None:
            QGuiApplication.clipboard().setImage(figure.image())
            tell_done(self, "The chart was copied as a picture.")

    def save(self, path: Path) -> None:
        """Writes the figure (.png, .svg) or the figures behind it (.csv, UTF-8). Raises SaveError."""
        figure = self.figure()
        if figure is not None:
            figure.save(path)

    def ask_and_save(self, suffix: str) -> None:
        """Lets the person say where to save."""
        path = file_to_write(self, "Save the chart", self.file_name, {f"{suffix.upper()} (*.{suffix})": f".{suffix}"})
        if path is None:
            return
        try:
            self.save(path)
        except SaveError as error:
            self.tell(str(error))
        else:
            tell_written(self, "The chart was saved", path)

    def restyle(self) -> None:
        """Takes the colours and patterns in force."""
        self._dressed = theme.tokens().name
        self._redraw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # It comes twice: with the palette, and again when the style sheet is polished.
        if event.type() == QEvent.Type.PaletteChange and self._dressed not in ("", theme.tokens().name):
            self.restyle()


def _place_of(card: ResultCard) -> tuple[int, int]:
    """How many charts stand beside each other where a card does, itself among them, and which of them it is."""
    page = card.parentWidget()
    return (page.count(), page.indexOf(card)) if isinstance(page, QSplitter) else (1, 0)


def add_moves(menu: QMenu, card: ResultCard) -> None:
    """Adds the places among its neighbours that a chart can go to, where it has any."""
    line = menu.addSeparator()
    ways = [(by, menu.addAction(words, partial(card.move_wanted.emit, by))) for words, by in MOVES]

    def judge() -> None:
        count, at = _place_of(card)
        line.setVisible(count > 1)
        for by, action in ways:
            action.setVisible(count > 1)
            action.setEnabled(0 <= at + by < count)

    judge()
    menu.aboutToShow.connect(judge)


def export_menu(card: ResultCard, copy: Callable[[], object]) -> QMenu:
    """The ways out of a card that has no choices of its own: its figures and its picture, copied or saved."""
    menu = QMenu(card)
    menu.addAction("Copy figures").triggered.connect(copy)
    menu.addAction("Copy as picture").triggered.connect(card.copy_picture)
    menu.addSeparator()
    for words, suffix in EXPORTS:
        menu.addAction(words).triggered.connect(lambda _=False, s=suffix: card.ask_and_save(s))
    add_moves(menu, card)
    return menu


class ChartCard(ResultCard):
    """Shows `chart` of the newest optimal result, and says so when it is out of date or there is none."""

    explain_requested = Signal(str, str, str, object)
    """(series, by, key, first and last period) of the figure that was clicked."""
    looked_at = Signal()
    """Another choice was made, or lines were hidden or shown."""
    patterns_wanted = Signal(bool)
    """Patterns beside colours are chosen, or not, for all charts."""

    def __init__(self, document: Document, chart: Chart, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.setAccessibleName(f"{chart.title} chart")
        self.setMinimumWidth(NARROWEST)
        self.chart, self.called = chart, chart.title
        self.chosen: dict[str, str] = {}
        self._before: str | None = None
        """What was chosen before the chart followed the selection, while it does."""
        self.more: RowMenu | None = None
        """Adds what the window offers for the row that a line shows."""
        self.hidden: set[str] = set()
        self.picture: Picture | None = None
        self.plot = Plot(self)
        self.plot.setAccessibleName(f"{chart.title}; arrow keys move the period, plus, minus and 0 zoom")
        self.plot.column_chosen.connect(document.show_period)
        self.plot.line_clicked.connect(self._explain)
        self.plot.mark_dragged.connect(self._drag)
        self.plot.mark_dropped.connect(self._drop)
        self._drags = 0
        """How many drags of its limit there were: each is one step to undo."""
        self.table: FiguresTable | None = None
        self._build_head()
        self._below = QHBoxLayout()
        self._below.setContentsMargins(EDGE - 3, 0, EDGE - 3, 0)
        self._body = QStackedLayout()
        self._body.addWidget(self.plot)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3, 6, 3, 3)  # the plot is no wider at the round corners than the card
        layout.setSpacing(0)
        layout.addLayout(self._head)
        layout.addLayout(self._below)
        layout.addLayout(self._body, 1)
        self._dressed = theme.tokens().name
        document.period_changed.connect(self.plot.mark)
        self.plot.mark(document.period)
        if chart.follows:
            document.selection_changed.connect(self._follow)
        if chart.follows == "workloads":
            self._follow(document.selection)
        if chart.dated:
            document.period_changed.connect(lambda _: self._redraw())

    def _explain(self, column: int, line: str) -> None:
        """Chooses what a bar or band shows, and asks where its figure comes from."""
        if self.picture is None or self._result is None:
            return
        if self.chart.selects:
            if any(r.id == line for r in getattr(self._document.plan, self.chart.selects)):
                self._document.select(self.chart.selects, [line])
            return
        series, by, key = source_of(self.chart, {c.name: self.choice(c.name) for c in self.chart.choices}, line)
        table, row, span = TABLES.get(by, ""), key, self.picture.spans[column]
        if self.picture.sources:
            table = "agreements"
            key, settled = self.picture.sources[column]
            row, span = key, (settled, settled)
        if table and any(r.id == row for r in getattr(self._document.plan, table)):
            self._document.select(table, [row])
        self.explain_requested.emit(series, by, key, span)

    def _build_head(self) -> None:
        self._title = ElidedLabel(self.chart.title, "title")
        self._unit = ElidedLabel("", "muted")
        self.legend = Legend(self)
        self.legend.toggled.connect(self.toggle)
        self.menu = ChartMenu(self)
        tip = "What to show, and exports"
        self.button = tool_button("ellipsis", tip, self._open_menu, f"{self.chart.title}: what to show, and exports")
        self.legend.more.connect(self._open_lines)
        self._head = QHBoxLayout()
        self._head.setContentsMargins(EDGE - 3, 0, 3, 0)
        self._head.setSpacing(6)
        self._head.addWidget(self._title)
        self._head.addWidget(self._unit)
        self._head.addWidget(self.legend, 1)
        self._head.addWidget(self.button)

    def _place_legend(self) -> None:
        """Puts the names beside the title where all have room, else in rows of their own where the card is tall."""
        others = (self._title, self._unit, self.button)
        beside = self.width() - EDGE - 6 - sum(w.sizeHint().width() + self._head.spacing() for w in others)
        under = self.height() >= LOW and not self.legend.fits(beside)
        room = self.width() - 2 * EDGE
        # Title and unit come first: the menu names the lines too. A table names them itself.
        self.legend.setVisible(not self.is_table and (under or beside >= self.legend.least))
        self.legend.set_rows(min(self.legend.rows_needed(room), 2 if self.height() >= TALL else 1) if under else 0)
        if under != (self._below.indexOf(self.legend) >= 0):
            before, after = (self._head, self._below) if under else (self._below, self._head)
            before.removeWidget(self.legend)
            after.insertWidget(2 if after is self._head else 0, self.legend, 1)
            self._head.setStretchFactor(self._unit, 1 if under else 0)

    @property
    def plan(self) -> Plan:
        """The plan whose values can be chosen."""
        return self._document.plan if self._result is None else self._result.plan

    def start(self) -> None:
        """Forgets everything of the plan before."""
        self.hidden, self._result, self.picture, self._failure = set(), None, None, ""
        self.chosen, self._before = {}, None
        self.plot.clear_picture()
        self.legend.show_lines((), set())
        self._place_legend()
        self.show_table(False)
        self._say()

    def toggle(self, key: str) -> None:
        """Hides a line, or shows it again."""
        self.hidden ^= {key}
        self._redraw()
        self._say()
        self.looked_at.emit()

    def show_all(self) -> None:
        """Shows every line that is hidden."""
        self.hidden = set()
        self._redraw()
        self._say()
        self.looked_at.emit()

    def recall(self, chosen: dict[str, str], hidden: Iterable[str]) -> None:
        """Takes choices and hidden lines of another time."""
        self.chosen, self.hidden = chosen, set(hidden)
        self._redraw()
        self._say()

    def choose(self, name: str, value: str) -> None:
        """Takes another value of one of the chart's choices."""
        self._before = None
        if self.chosen.get(name) != value:
            self.chosen[name] = value
            self.hidden &= {TO_DATE}
            self._redraw()
            self._say()
            self.looked_at.emit()

    def choice(self, name: str) -> str:
        """The value in force of a choice: what was chosen, if the plan still has it."""
        values = next(c for c in self.chart.choices if c.name == name).values(self.plan)
        keys = [key for key, _ in values]
        return self.chosen[name] if self.chosen.get(name) in keys else keys[0]

    def _redraw(self) -> None:
        if self._result is None:
            return
        picture = self.chart.make(self._result, self._chosen())
        self.picture = picture
        self.plot.show_picture(picture, self.hidden)
        named = tuple(ln for ln in picture.lines if ln.values.any() or ln.key in self.hidden)
        is_new = self.legend.show_lines(named, self.hidden)
        self._title.set_words(f"{self.chart.title} · {picture.subject}" if picture.subject else self.chart.title)
        self._unit.set_words(picture.live_caption)
        if is_new:
            self._place_legend()
        self.plot.setToolTip(literal(picture.note))
        if self.table is not None and self._body.currentWidget() is self.table:
            self.table.figures.show_picture(picture)

    def _chosen(self) -> dict[str, str]:
        """Every choice in force, and the period."""
        return {c.name: self.choice(c.name) for c in self.chart.choices} | {"period": str(self._document.period)}

    def _drag(self, place: float) -> None:
        """Moves the limit that the chart marks: the plan follows."""
        if self.chart.drag is not None:
            plan, step = self.chart.drag(self._document.plan, self._chosen(), place)
            self._document.apply(plan, step, ("mark", id(self), self._drags))

    def _drop(self) -> None:
        self._drags += 1

    def _say(self) -> None:
        words = self._failure or (STOPPED if self._stopped else "")
        if not words and self.picture is None:
            words = "Solving\u2026" if self._late else ""
        elif not words and self.picture is not None and self.plot.is_empty:
            there = reach(self.picture, set()) != (0.0, 0.0) or reach_right(self.picture, set()) > 0
            words = ALL_HIDDEN if there else self.picture.empty or self.chart.empty
        self.plot.veil.set_state(self.picture is not None and (self._late or bool(self._failure)), words)

    def _follow(self, selection: Selection) -> None:
        """Shows the row that is selected; of sites, what was shown before it once the selection has moved on."""
        name = self.chart.follows.removesuffix("s")
        # Who looks at each site, and clicks one, goes on looking at each.
        if name == "site" and self.choice(name) == EACH_SITE:
            return
        if selection.table == self.chart.follows and len(selection.ids) == 1:
            before = self._before if self._before is not None else self.choice(name)
            self.choose(name, selection.ids[0])
            self._before = before if name == "site" else None
        elif self._before is not None:
            self.choose(name, self._before)

    def _open_menu(self) -> None:
        self.menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height())))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Of a bar or line under the pointer, the menu of that figure stands before that of the chart."""
        if event.reason() != QContextMenuEvent.Reason.Keyboard and not self.is_table:
            at = QPointF(self.plot.viewport().mapFromGlobal(event.globalPos()))
            self.menu.pointed = self.plot.column_at(at), self.plot.line_at(at)
        self.menu.popup(event.globalPos())

    def _copy_value(self, value: str) -> None:
        QGuiApplication.clipboard().setText(value)
        tell_done(self, f"Copied {value}.")

    def add_pointed(self, menu: QMenu, column: int | None, line: str | None) -> None:
        """Adds what can be done with the figure of a line in a column to a menu."""
        drawn = next((each for each in self.picture.lines if each.key == line), None) if self.picture else None
        if column is None or drawn is None or self.picture is None:
            return
        said = f"{drawn.label}, {self.picture.columns[column]}"
        value = next((text for each, _, text in self.plot.rows_at(column) if each is drawn), "")
        menu.addAction(f"Explain {said}".replace("&", "&&"), lambda: self._explain(column, drawn.key))
        if value:
            menu.addAction(f"Copy {value}", lambda: self._copy_value(value))
        by = source_of(self.chart, {c.name: self.choice(c.name) for c in self.chart.choices}, drawn.key)[1]
        table = self.chart.selects or TABLES.get(by, "")
        if self.more is not None and table:
            self.more(menu, table, drawn.key)
        menu.addSeparator()

    def _open_lines(self) -> None:
        self.menu.lines.popup(self.button.mapToGlobal(QPoint(0, self.button.height())))

    @property
    def is_table(self) -> bool:
        """Whether the figures stand in the place of the plot."""
        return self.table is not None and self._body.currentWidget() is self.table

    def show_table(self, on: bool) -> None:
        """Puts the figures in the place of the plot, or the plot back."""
        if on and self.table is None:
            self.table = FiguresTable(self)
            self._body.addWidget(self.table)
        if self.table is not None:
            if on and self.picture is not None:
                self.table.figures.show_picture(self.picture)
                self.table.resizeColumnsToContents()
            self._body.setCurrentWidget(self.table if on else self.plot)
            self._place_legend()

    def copy_figures(self) -> None:
        """Puts the figures behind the chart on the clipboard, with headers and units, for a spreadsheet."""
        if self.picture is not None:
            QGuiApplication.clipboard().setText(csv_text(self.picture, "\t"))
            tell_done(self, "The figures were copied with their headers.")

    def figure(self) -> Figure | None:
        """The chart as it stands; None while there is none."""
        if self.picture is None:
            return None
        size = self.plot.size().expandedTo(LEAST) - QSize(2 * FIGURE_EDGE, 0)
        shown = (self.plot.zoom.low, self.plot.zoom.high) if self.plot.zoom.is_on else None
        empty = self.plot.veil.words
        return chart_figure(self.picture, size, self._title.text(), self._foot(), empty, self.hidden, shown)

    @property
    def file_name(self) -> str:
        return f"{self._document.name}-{self.chart.name}"

    def tell(self, why: str) -> None:
        self.plot.veil.set_state(False, why)

    def _foot(self) -> str:
        """Where the figure is from; and if it is out of date, that it is."""
        stale = "; out of date" if self._late or self._failure else ""
        note = f". {self.picture.note}" if self.picture is not None and self.picture.note else ""
        return f"{self._document.name}{stale}{note}"

    def restyle(self) -> None:
        """Takes the colours and patterns in force."""
        super().restyle()
        self.plot.restyle()
        self.legend.restyle()
        self._place_legend()
        self.plot.readout.update()
        self.plot.veil.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_legend()

    def minimumSizeHint(self) -> QSize:
        return QSize(NARROWEST, 130)
