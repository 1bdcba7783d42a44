"""The menu of ready-made scenarios, built from the plan's own rows."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from gigaplan.engine.analysis.decisions.ready_worlds import Ready, ready_worlds
from gigaplan.engine.plan.plan import with_row
from gigaplan.gui.document.document import Document


class ReadyMenu(QMenu):
    """A vendor lost or late, a site late, demand, prices, carbon, a tariff: each a scenario by one click."""

    added = Signal(str)
    """The id of the scenario that was added."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__("Add a ready-made scenario", parent)
        self._document = document
        self.aboutToShow.connect(self._fill)

    def add(self, ready: Ready) -> None:
        """Makes a ready-made one a scenario of the plan."""
        base = self._document.base
        scenario = ready.scenario(base)
        self._document.apply(with_row(base, "scenarios", scenario), f"Add the scenario {ready.name}", in_base=True)
        self.added.emit(scenario.id)

    def _fill(self) -> None:
        self.clear()
        groups: dict[str, QMenu] = {}
        for ready in ready_worlds(self._document.base):
            if ready.group not in groups:
                groups[ready.group] = self.addMenu(ready.group)
            groups[ready.group].addAction(ready.name.replace("&", "&&"), partial(self.add, ready))
