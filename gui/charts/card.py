"""One chart in its card: title, unit, legend, menu, and the plot or its figures as a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QContextMenuEvent, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.results import Result
from gui import theme
from gui.charts.export import FiguresTable, figure_image, png_bytes, svg_bytes
from gui.charts.legend import Legend
from gui.charts.pictures import Chart, source_of
from gui.charts.plot import Plot
from gui.document import Document, Selection
from gui.plots.picture import Picture, csv_text, reach

FAILURES = {
    "infeasible": "No plan meets every limit",
    "unbounded": "The cost has no lower bound",
    "time_limit": "No optimum was found in the time allowed",
    "error": "This plan could not be solved",
}
"""What is said over the last picture, by status of the newest result."""
TABLES = {"offer": "offers", "workload": "workloads", "site": "sites", "platform": "platforms"}
"""The table whose rows a split shows."""


class ElidedLabel(QLabel):
    """A title, or a muted note beside it, that ends in an ellipsis where it has too little room."""

    def __init__(self, text: str, role: str) -> None:
        super().__init__(text)
        self.setProperty("role", role)

    def minimumSizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(min(hint.width(), 110 if self.property("role") == "title" else 24), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setPen(theme.colour(t.muted if self.property("role") == "muted" else t.text))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() + 1)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)


class ChartCard(QFrame):
    """Shows `chart` of the newest optimal result, and says so when it is out of date or there is none."""

    explain_requested = Signal(str, str, str, int)
    """(series, by, key, period) of the figure that was clicked."""

    def __init__(self, document: Document, chart: Chart, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName(f"{chart.title} chart")
        self.setMinimumWidth(190)
        self._document, self.chart = document, chart
        self.chosen: dict[str, str] = {}
        self.hidden: set[str] = set()
        self.picture: Picture | None = None
        self._result: Result | None = None
        self._failure = ""
        self._late = False
        self.plot = Plot(self)
        self.plot.setAccessibleName(f"{chart.title}; arrow keys move the period, plus and minus zoom")
        self.plot.column_chosen.connect(document.show_period)
        self.plot.line_clicked.connect(self._explain)
        self.table: FiguresTable | None = None
        self._build_head()
        self._body = QStackedLayout()
        self._body.addWidget(self.plot)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 2)
        layout.setSpacing(0)
        layout.addLayout(self._head)
        layout.addLayout(self._body, 1)
        document.period_changed.connect(self.plot.mark)
        self.plot.mark(document.period)
        if chart.follows:
            document.selection_changed.connect(self._follow)

    def _explain(self, column: int, line: str) -> None:
        """Chooses what a bar or band shows, and asks where its figure comes from."""
        found = source_of(self.chart, {c.name: self.choice(c.name) for c in self.chart.choices}, line)
        if found is None or self.picture is None or self._result is None:
            return
        series, by, key = found
        period = column
        if not self.picture.by_period:
            within = np.flatnonzero(self._result.time.year_of == column)
            period = self._document.period if self._document.period in within else int(within[0])
        table = TABLES.get(by)
        if table is not None and any(row.id == key for row in getattr(self._document.plan, table)):
            self._document.select(table, [key])
        self.explain_requested.emit(series, by, key, period)

    def _build_head(self) -> None:
        self._title = ElidedLabel(self.chart.title, "title")
        self._unit = ElidedLabel("", "muted")
        self.legend = Legend(self)
        self.legend.toggled.connect(self.toggle)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.button = QToolButton(self)
        self.button.setIconSize(QSize(16, 16))
        self.button.setIcon(theme.icon("ellipsis"))
        self.button.setToolTip("What to show, and exports")
        self.button.setAccessibleName(f"{self.chart.title}: what to show, and exports")
        self.button.clicked.connect(self._open_menu)
        self._lines = QMenu("Lines", self)
        self._lines.aboutToShow.connect(self._fill_lines)
        self._groups: list[QActionGroup] = []
        self.legend.more.connect(self._open_lines)
        self._head = QHBoxLayout()
        self._head.setContentsMargins(12, 0, 6, 0)
        self._head.setSpacing(8)
        self._head.addWidget(self._title)
        self._head.addWidget(self._unit)
        self._head.addWidget(self.legend, 1)
        self._head.addWidget(self.button)

    def refresh(self, result: Result | None) -> None:
        """Draws a result; one without an optimum leaves the last picture, dimmed, and says why."""
        if result is not None and result.status == "optimal":
            self._result, self._failure = result, ""
            self._redraw()
        elif result is not None:
            self._failure = FAILURES.get(result.status, "There is no optimum")
        self._say()

    def start(self) -> None:
        """Forgets everything of the plan before."""
        self.hidden, self._result, self.picture, self._failure = set(), None, None, ""
        self.chosen = {}
        self.plot.clear_picture()
        self.legend.show_lines((), set())
        self.show_table(False)
        self._say()

    def set_late(self, late: bool) -> None:
        """Dims the picture while the newest plan is still being solved."""
        self._late = late
        self._say()

    def toggle(self, key: str) -> None:
        """Hides a line, or shows it again."""
        self.hidden ^= {key}
        self._redraw()

    def choose(self, name: str, value: str) -> None:
        """Takes another value of one of the chart's choices."""
        if self.chosen.get(name) != value:
            self.chosen[name] = value
            self.hidden = set()
            self._redraw()
            self._say()

    def choice(self, name: str) -> str:
        """The value in force of a choice: what was chosen, if the plan still has it."""
        plan = self._document.plan if self._result is None else self._result.plan
        values = next(c for c in self.chart.choices if c.name == name).values(plan)
        keys = [key for key, _ in values]
        return self.chosen[name] if self.chosen.get(name) in keys else keys[0]

    def _redraw(self) -> None:
        if self._result is None:
            return
        picture = self.chart.make(self._result, {c.name: self.choice(c.name) for c in self.chart.choices})
        self.picture = picture
        self.plot.show_picture(picture, self.hidden)
        self.legend.show_lines(
            tuple(ln for ln in picture.lines if ln.values.any() or ln.key in self.hidden), self.hidden
        )
        title = f"{self.chart.title} · {picture.subject}" if picture.subject else self.chart.title
        if self._title.text() != title:
            self._title.setText(title)
            self._title.setToolTip(title)
        if self._unit.text() != picture.caption:
            self._unit.setText(picture.caption)
            self._unit.setToolTip(picture.caption)
        self.plot.setToolTip(picture.note)
        if self.table is not None and self._body.currentWidget() is self.table:
            self.table.figures.show_picture(picture)

    def _say(self) -> None:
        words = self._failure
        if not words and self.picture is None:
            words = "Solving\u2026" if self._late else ""
        elif not words and self.picture is not None and reach(self.picture, set()) == (0.0, 0.0):
            words = self.chart.empty
        self.plot.veil.set_state(self.picture is not None and (self._late or bool(self._failure)), words)

    def _follow(self, selection: Selection) -> None:
        if selection.table == self.chart.follows and len(selection.ids) == 1:
            self.choose("site", selection.ids[0])

    def _open_menu(self) -> None:
        self.menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height())))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.popup(event.globalPos())

    def _open_lines(self) -> None:
        self._lines.popup(self.button.mapToGlobal(QPoint(0, self.button.height())))

    def _fill_lines(self) -> None:
        self._lines.clear()
        for line in () if self.picture is None else self.picture.lines:
            action = self._lines.addAction(line.label)
            action.setCheckable(True)
            action.setChecked(line.key not in self.hidden)
            action.triggered.connect(lambda _=False, key=line.key: self.toggle(key))

    def _fill_menu(self) -> None:
        self.menu.clear()
        for group in self._groups:
            group.deleteLater()
        self._groups = []
        for choice in self.chart.choices:
            group = QActionGroup(self.menu)
            self._groups.append(group)
            for value, words in choice.values(self._document.plan):
                action = self._add(words, lambda _=False, n=choice.name, v=value: self.choose(n, v))
                action.setCheckable(True)
                action.setChecked(self.choice(choice.name) == value)
                group.addAction(action)
            self.menu.addSeparator()
        if self.picture is None:
            self._add("No figures yet", lambda: None).setEnabled(False)
            return
        self.menu.addMenu(self._lines)
        table = self._add("Show as table", self.show_table)
        table.setCheckable(True)
        table.setChecked(self.is_table)
        self._add("Reset zoom", self.plot.reset_zoom)
        self.menu.addSeparator()
        self._add("Copy as picture", self.copy)
        for words, suffix in (
            ("Save picture\u2026", "png"),
            ("Save drawing\u2026", "svg"),
            ("Save figures\u2026", "csv"),
        ):
            self._add(words, lambda _=False, s=suffix: self._ask_and_save(s))

    def _add(self, words: str, do: Callable[..., object]) -> QAction:
        action = self.menu.addAction(words)
        action.triggered.connect(do)
        return action

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

    def copy(self) -> None:
        """Puts the figure on the clipboard as an image."""
        QGuiApplication.clipboard().setImage(figure_image(self.plot, self._title.text(), self._foot()))

    def save(self, path: Path) -> None:
        """Writes the figure (.png, .svg) or the figures behind it (.csv, UTF-8). Raises OSError."""
        if self.picture is None:
            return
        if path.suffix == ".csv":
            path.write_bytes(csv_text(self.picture).encode("utf-8-sig"))
        else:
            make = svg_bytes if path.suffix == ".svg" else png_bytes
            path.write_bytes(make(self.plot, self._title.text(), self._foot()))

    def _ask_and_save(self, suffix: str) -> None:
        name = f"{self._document.name}-{self.chart.name}.{suffix}"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the chart", name, f"{suffix.upper()} (*.{suffix})")
        if not chosen:
            return
        try:
            self.save(Path(chosen).with_suffix(f".{suffix}"))
        except OSError as error:
            self.plot.veil.set_state(False, f"It could not be saved: {error.strerror or error}. Try another folder.")

    def _foot(self) -> str:
        """Where the figure is from; and if it is out of date, that it is."""
        stale = "; out of date" if self._late or self._failure else ""
        note = f". {self.picture.note}" if self.picture is not None and self.picture.note else ""
        return f"{self._document.name}{stale}{note}"

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "plot") and hasattr(self, "button"):
            self.button.setIcon(theme.icon("ellipsis"))
            self.plot.restyle()
            self.legend.update()
            self.plot.readout.update()
            self.plot.veil.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(190, 130)
