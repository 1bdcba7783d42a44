"""Making a scenario of what was edited: all since the last save, or the last steps."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from gigaplan.engine.catalogue.new_rows import fresh_name
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.scenario_from_edits import as_scenario
from gigaplan.engine.plan.text import counted
from gigaplan.gui.document.document import Document
from gigaplan.gui.text.number_format import cut

TABLE = "scenarios"
NAME = "My edits"
"""How such a scenario is called until a person names it."""
MOST_STEPS = 20


class EditsMenu(QMenu):
    """From which state on the edits become a scenario; the plan goes back to that state, as one undo step."""

    taken = Signal()
    """The scenario was made, and is chosen."""
    refused = Signal(str, object)
    """(why the edits are no scenario, what would do instead: a tuple of (words, action))."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__("Make a scenario of the edits", parent)
        self._document = document
        self.aboutToShow.connect(self._fill)

    def take(self, since: Plan | None = None) -> None:
        """Makes the edits since the last save, or since a state of the plan, a scenario."""
        document = self._document
        base = document.saved_plan if since is None else since
        if base is None:
            self.refused.emit("The last saved state is unknown. Choose a step in the menu of the scenarios.", ())
            return
        made = as_scenario(base, document.base, fresh_name(document.base, TABLE, NAME))
        if made.plan is None or made.scenario is None:
            self.refused.emit(" ".join(made.refusals), self._instead() if since is None else ())
            return
        document.apply(made.plan, f"Make a scenario of {counted(len(made.scenario.overrides), 'edit')}", in_base=True)
        document.select(TABLE, (made.scenario.id,))
        self.taken.emit()

    def _instead(self) -> tuple[tuple[str, object], ...]:
        """The longest run of last steps that can be a scenario."""
        found = None
        for text, before in self._document.earlier[:MOST_STEPS]:
            made = as_scenario(before, self._document.base, NAME)
            if made.plan is not None:
                found = text, before
            elif found is not None:
                break
        if found is None:
            return ()
        text, before = found
        return ((f"Only from “{cut(text, 50).replace('&', '&&')}” on", lambda: self.take(before)),)

    def _fill(self) -> None:
        self.clear()
        document = self._document
        saved = document.saved_plan
        every = self.addAction("Of all edits since the last save")
        every.setEnabled(saved is not None and saved is not document.base)
        every.triggered.connect(lambda _=False: self.take())
        self.addSeparator()
        steps = document.earlier[:MOST_STEPS]
        for text, before in steps:
            action = self.addAction(f"From “{cut(text, 50).replace('&', '&&')}” on")
            action.triggered.connect(lambda _=False, before=before: self.take(before))
        if not steps:
            self.addAction("Nothing was edited yet").setEnabled(False)
