"""Cards that compare figures in a table with bars: unit costs per workload, offers by what a chip's hour buys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.results import Result
from gui import theme
from gui.charts.bar_table import BarTable
from gui.charts.card import FAILURES
from gui.charts.compared import (
    COMPUTE_COLUMN,
    COVERAGE_COLUMN,
    TOKEN_COLUMN,
    Comparison,
    comparison_text,
    offers_compared,
    per_workload,
)
from gui.charts.readout import Veil
from gui.document import Document


class TableCard(QFrame):
    """A card with a comparison of the newest optimal result."""

    def __init__(
        self, document: Document, title: str, caption: str, make: Callable[[Result, int], Comparison],
        empty: str, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setProperty("card", True)
        self._document, self._make, self._empty = document, make, empty
        self._result: Result | None = None
        self._failure, self._late = "", False
        self._name = title
        name, self._caption = QLabel(title), QLabel(caption)
        name.setProperty("role", "title")
        self._caption.setProperty("role", "muted")
        self.button = QToolButton(self)
        self.button.setIcon(theme.icon("ellipsis"))
        self.button.setAccessibleName(f"{title}: exports")
        self.menu = QMenu(self)
        self.menu.addAction("Copy figures").triggered.connect(self.copy)
        self.menu.addAction("Save figures\u2026").triggered.connect(self._ask_and_save)
        self.button.clicked.connect(lambda: self.menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft())))
        head = QHBoxLayout()
        head.setContentsMargins(6, 0, 0, 0)
        head.setSpacing(8)
        head.addWidget(name)
        head.addWidget(self._caption, 1)
        head.addWidget(self.button)
        self.table = BarTable(self)
        self.table.setAccessibleName(f"{title}, {caption}")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)
        self.veil = Veil(self.table)

    def refresh(self, result: Result | None) -> None:
        """Shows a result; one without an optimum leaves the last figures, dimmed, and says why."""
        if result is not None and result.status == "optimal":
            self._result, self._failure = result, ""
            self._redraw()
        elif result is not None:
            self._failure = FAILURES.get(result.status, "There is no optimum")
        self._say()

    def start(self) -> None:
        """Forgets everything of the plan before."""
        self._result, self._failure = None, ""
        self.table.figures.show_comparison(None)
        self._say()

    def set_late(self, late: bool) -> None:
        """Dims the figures while the newest plan is still being solved."""
        self._late = late
        self._say()

    def copy(self) -> None:
        """Puts the figures on the clipboard."""
        if self.table.figures.comparison is not None:
            QGuiApplication.clipboard().setText(comparison_text(self.table.figures.comparison, "\t"))

    def save(self, path: Path) -> None:
        """Writes the figures as CSV in UTF-8. Raises OSError."""
        if self.table.figures.comparison is not None:
            path.write_bytes(comparison_text(self.table.figures.comparison).encode("utf-8-sig"))

    def _ask_and_save(self) -> None:
        name = f"{self._document.name}-{self._name.lower().replace(' ', '-')}.csv"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the figures", name, "CSV (*.csv)")
        if not chosen:
            return
        try:
            self.save(Path(chosen).with_suffix(".csv"))
        except OSError as error:
            self.veil.set_state(False, f"It could not be saved: {error.strerror or error}. Try another folder.")

    def _redraw(self) -> None:
        if self._result is None:
            return
        comparison = self._make(self._result, self._document.period)
        self.table.figures.show_comparison(comparison)

    def _say(self) -> None:
        comparison = self.table.figures.comparison
        words = self._failure
        if not words and comparison is not None and not comparison.rows:
            words = self._empty
        dims = comparison is not None and bool(comparison.rows) and (self._late or bool(self._failure))
        self.veil.set_state(dims, words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.veil.setGeometry(self.table.rect())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "veil"):
            self.button.setIcon(theme.icon("ellipsis"))
            self.table.viewport().update()


def serving_card(document: Document, parent: QWidget) -> TableCard:
    """What a million tokens costs, per workload."""
    return TableCard(
        document, "Serving", "per million tokens",
        lambda result, _: per_workload(result, "usd_per_million_tokens", TOKEN_COLUMN),
        "No workload is counted in tokens.", parent,
    )  # fmt: skip


def compute_card(document: Document, parent: QWidget) -> TableCard:
    """What a PFLOP-day costs, per workload."""
    return TableCard(
        document, "Compute", "per PFLOP-day",
        lambda result, _: per_workload(result, "usd_per_pflop_day", COMPUTE_COLUMN),
        "No workload is counted in PFLOP/s.", parent,
    )  # fmt: skip


def coverage_card(document: Document, parent: QWidget) -> TableCard:
    """What part of each workload's demand is served."""
    return TableCard(
        document, "Coverage", "of demand",
        lambda result, _: per_workload(result, "coverage", COVERAGE_COLUMN), "No workloads in this plan yet.", parent,
    )  # fmt: skip


class OffersCard(TableCard):
    """Offers compared in the period that the plan map shows."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(document, "Offers compared", "", offers_compared, "No offers in this plan yet.", parent)
        document.period_changed.connect(self._redraw)

    def _redraw(self, _: int = 0) -> None:
        super()._redraw()
        if self._result is not None:
            currency = self._result.plan.settings.currency
            period = min(self._document.period, self._result.time.periods - 1)
            self._caption.setText(
                f"{currency} per unit, on a chip delivered in {self._result.time.labels[period]} at full load"
            )
