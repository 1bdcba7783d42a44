"""The menu of inputs that can be called uncertain."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QMenu, QWidget

from gigaplan.engine.analysis.throughput_bands import not_uncertain_yet, with_bands
from gigaplan.engine.analysis.uncertainty import PART, with_uncertain
from gigaplan.engine.plan.schema import Table
from gigaplan.engine.plan.text import counted
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.present.throughput_words import BANDS_TIP
from gigaplan.gui.present.uncertain_inputs import SETTINGS, USUAL, Input, field_label, not_yet
from gigaplan.gui.text.number_format import percent
from gigaplan.gui.widgets.texts import literal

TABLE = "uncertainties"
BROAD: tuple[tuple[Table, str], ...] = (("workloads", "demand"), ("offers", "price_usd"), ("sites", "power_mw"))
MOST = 30
"""Rows of a table that a menu names one by one."""


def add_bands(document: Document) -> None:
    """Makes every modelled throughput uncertain within its band, as one step, and chooses what was added."""
    before = document.plan
    plan = with_bands(before)
    added = plan.uncertainties[len(before.uncertainties) :]
    if added:
        document.apply(plan, f"Make {counted(len(added), 'modelled throughput')} uncertain")
        document.select(TABLE, tuple(row.id for row in added))


class AddMenu(QMenu):
    """Each usual input with the rows that have it; those that are uncertain already are left out."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__("Add an uncertain input", parent)
        self._document = document
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)

    def add(self, inputs: Sequence[Input]) -> None:
        """Makes these inputs uncertain, as one step, and chooses what was added."""
        before = self._document.plan
        plan = with_uncertain(before, inputs)
        added = plan.uncertainties[len(before.uncertainties) :]
        if added:
            one = f"an uncertain input, ±{percent(PART)}"
            many = f"{len(added)} uncertain inputs, ±{percent(PART)}"
            self._document.apply(plan, f"Add {one if len(added) == 1 else many}")
            self._document.select(TABLE, tuple(row.id for row in added))

    def broad(self) -> list[Input]:
        """Every demand, price and power limit that is not uncertain yet."""
        return [one for table, field in BROAD for one in not_yet(self._document.plan, table, field)]

    def _fill(self) -> None:
        self.clear()
        plan = self._document.plan
        names = {(t, row.id): row_name(row) for t, _ in USUAL for row in getattr(plan, t)}
        for table, field in USUAL:
            inputs = not_yet(plan, table, field)
            menu = self.addMenu(field_label(table, field))
            menu.setEnabled(bool(inputs))
            if len(inputs) > 1:
                self._offer(menu, f"All {len(inputs)}", inputs)
                menu.addSeparator()
            for one in inputs[:MOST]:
                self._offer(menu, names[table, one[1] or ""], [one])
        for field in SETTINGS:
            inputs = not_yet(plan, "plan", field)
            self._offer(self, field_label("plan", field), inputs)
        self.addSeparator()
        self._offer(self, f"All demands, prices and power limits by ±{percent(PART)}", self.broad())
        bands = self.addAction("All modelled throughputs within their bands")
        bands.setToolTip(literal(BANDS_TIP))
        bands.setEnabled(bool(not_uncertain_yet(plan)))
        bands.triggered.connect(lambda: add_bands(self._document))

    def _offer(self, menu: QMenu, words: str, inputs: list[Input]) -> None:
        action = menu.addAction((words if len(words) <= 60 else f"{words[:59]}…").replace("&", "&&"))
        action.setToolTip(literal(words))
        action.setEnabled(bool(inputs))
        action.triggered.connect(lambda _=False, inputs=inputs: self.add(inputs))
