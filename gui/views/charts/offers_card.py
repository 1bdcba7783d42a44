"""The card that compares offers by what a chip's hour buys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from gigaplan.engine.results.result import Result
from gigaplan.gui.document.document import Document, Selection
from gigaplan.gui.present.bar_comparison import Comparison
from gigaplan.gui.present.chart_tabs import OffersTable
from gigaplan.gui.present.offer_figures import offers_compared
from gigaplan.gui.views.charts.table_cards import TableCard
from gigaplan.gui.widgets.combo import ArrowBox
from gigaplan.gui.widgets.texts import Label


class OffersCard(TableCard):
    """Offers compared in the period that the plan map shows, by the throughput that counts for a workload."""

    def __init__(self, document: Document, chart: OffersTable, parent: QWidget) -> None:
        super().__init__(document, chart.title, "", self._compare, chart.empty, parent)
        self.workload = ArrowBox(self)
        self.workload.setAccessibleName("Workload whose throughput counts")
        self.workload.setToolTip("The workload whose throughput counts for effective compute, or for tokens")
        self.workload.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.workload.setMinimumContentsLength(14)
        self.workload.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.workload.setStyleSheet("QComboBox { padding: 0 7px; min-height: 20px; font-size: 12px; }")
        label = Label("Throughput for", role="muted")
        label.setBuddy(self.workload)
        self._chooser = (label, self.workload)
        for k, widget in enumerate(self._chooser):
            self.head.insertWidget(2 + k, widget, 0, Qt.AlignmentFlag.AlignVCenter)
            widget.hide()
        self.workload.currentIndexChanged.connect(self._redraw)
        document.period_changed.connect(self._redraw)
        document.selection_changed.connect(self._follow)

    def _compare(self, result: Result, period: int) -> Comparison:
        return offers_compared(result, period, str(self.workload.currentData() or ""))

    def _follow(self, selection: Selection) -> None:
        """A workload that is chosen anywhere is the one whose throughput counts."""
        place = self.workload.findData(selection.ids[0]) if len(selection.ids) == 1 else -1
        if selection.table == "workloads" and place >= 0:
            self.workload.setCurrentIndex(place)

    def _list_workloads(self, result: Result) -> None:
        listed = [(w.id, w.name or w.id) for w in result.plan.workloads]
        box = self.workload
        if listed == [(box.itemData(k), box.itemText(k)) for k in range(box.count())]:
            return
        selection = self._document.selection
        chosen = box.currentData() or (selection.ids[0] if selection.table == "workloads" else "")
        box.blockSignals(True)
        box.clear()
        for key, name in listed:
            box.addItem(name, key)
        box.setCurrentIndex(max(0, box.findData(chosen)) if listed else -1)
        box.blockSignals(False)
        for widget in self._chooser:
            widget.setVisible(bool(listed))

    def start(self) -> None:
        self.workload.blockSignals(True)
        self.workload.clear()
        self.workload.blockSignals(False)
        super().start()

    def _redraw(self, _: int = 0) -> None:
        if self._result is None:
            return
        self._list_workloads(self._result)
        super()._redraw()
        currency = self._result.plan.settings.currency
        period = min(self._document.period, self._result.time.periods - 1)
        self.caption.set_words(
            f"{currency} per unit, on a chip delivered in {self._result.time.labels[period]} at full load"
        )
        self._say()

    def on_paper(self) -> str:
        return f"{super().on_paper()}; throughput for {self.workload.currentText()}"
