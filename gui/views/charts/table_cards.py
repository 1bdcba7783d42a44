"""Cards that compare figures in a table with bars, such as unit costs per workload."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gigaplan.engine.results.result import Result
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.charting.table_figure import comparison_figure
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.done_notice import tell_done
from gigaplan.gui.present.bar_comparison import Comparison, comparison_text
from gigaplan.gui.style import theme
from gigaplan.gui.views.charts.bar_table import BarTable
from gigaplan.gui.views.charts.card import STOPPED, ResultCard, export_menu
from gigaplan.gui.views.charts.readout import Veil
from gigaplan.gui.widgets.cards import title as card_title
from gigaplan.gui.widgets.cards import tool_button
from gigaplan.gui.widgets.texts import ElidedLabel


class TableCard(ResultCard):
    """A card with a comparison of the newest optimal result. A row that is clicked is chosen and explained."""

    kpi_requested = Signal(str)
    """The key figure whose value for the workload just chosen is to be explained."""

    def __init__(
        self, document: Document, title: str, caption: str, make: Callable[[Result, int], Comparison],
        empty: str, parent: QWidget | None = None, kpi: str = "",
    ) -> None:  # fmt: skip
        super().__init__(document, parent)
        self._make, self._empty, self._kpi = make, empty, kpi
        self._name = self.called = title
        name, self.caption = card_title(title), ElidedLabel(caption, "muted")
        self.caption.give_way()
        self.menu = export_menu(self, self.copy)
        self.button = tool_button("ellipsis", "Exports", self._open_menu, f"{title}: exports")
        self.head = QHBoxLayout()
        self.head.setContentsMargins(6, 0, 0, 0)
        self.head.setSpacing(8)
        self.head.addWidget(name)
        self.head.addWidget(self.caption, 1)
        self.head.addWidget(self.button)
        self.table = BarTable(self)
        self.table.setAccessibleName(f"{title}, {caption}")
        self.table.chosen.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(2)
        layout.addLayout(self.head)
        layout.addWidget(self.table, 1)
        self.veil = Veil(self.table)
        self._dressed = theme.tokens().name

    def _open_menu(self) -> None:
        self.menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.popup(event.globalPos())

    def start(self) -> None:
        """Forgets everything of the plan before."""
        self._result, self._failure = None, ""
        self.table.figures.show_comparison(None)
        self._say()

    @property
    def comparison(self) -> Comparison | None:
        """What is shown, in the order of the plan."""
        return self.table.figures.comparison

    def copy(self) -> None:
        """Puts the figures on the clipboard."""
        if self.comparison is not None:
            QGuiApplication.clipboard().setText(comparison_text(self.comparison, "\t"))
            tell_done(self, "The figures were copied with their headers.")

    def figure(self) -> Figure | None:
        if self.comparison is None:
            return None
        rows = self.table.in_order(self.comparison)
        stale = "; out of date" if self._late or self._failure else ""
        return comparison_figure(rows, self.width(), self._name, self.on_paper(), f"{self._document.name}{stale}")

    def on_paper(self) -> str:
        """What stands beside the title of a figure that leaves the program."""
        return self.caption.text()

    @property
    def file_name(self) -> str:
        return f"{self._document.name}-{self._name.lower().replace(' ', '-')}"

    def tell(self, why: str) -> None:
        self.veil.set_state(False, why)

    def _choose(self, key: str) -> None:
        table = "" if self.comparison is None else self.comparison.table
        if table and any(row.id == key for row in getattr(self._document.plan, table)):
            self._document.select(table, [key])
            if self._kpi:
                self.kpi_requested.emit(self._kpi)

    def _redraw(self) -> None:
        if self._result is not None:
            self.table.figures.show_comparison(self._make(self._result, self._document.period))

    def _say(self) -> None:
        comparison = self.comparison
        words = self._failure or (STOPPED if self._stopped else "")
        if not words and comparison is not None and not comparison.rows:
            words = self._empty
        self.table.horizontalHeader().setVisible(comparison is not None and bool(comparison.rows))
        dims = comparison is not None and bool(comparison.rows) and (self._late or bool(self._failure))
        self.veil.set_state(dims, words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.veil.setGeometry(self.table.rect())

    def restyle(self) -> None:
        super().restyle()
        self.table.viewport().update()
