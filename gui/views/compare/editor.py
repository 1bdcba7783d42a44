"""The editor of a scenario: its name, its notes, and the moves that it makes. Each edit is one undo step."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QListWidget, QVBoxLayout, QWidget

from gigaplan.engine.plan.fields import LONGEST_NAME, field_of
from gigaplan.engine.plan.plan import find, with_fields
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.gui.document.document import Document, Selection
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.present.scenario_words import move_words, moves_of
from gigaplan.gui.text.number_format import cut
from gigaplan.gui.views.compare.override_form import OverrideForm, why_not
from gigaplan.gui.widgets.cards import note, title, tool_button
from gigaplan.gui.widgets.combo import Combo
from gigaplan.gui.widgets.texts import Label, literal

LINE_PX = 28
MOST_LINES = 8
"""How many moves are seen at once."""
TABLE = "scenarios"


class ScenarioEditor(QFrame):
    """Edits the scenario that is chosen in the document, or else the one that was edited last."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setProperty("card", True)
        self.setAccessibleName("Edit scenario")
        self.id = ""
        self.which = Combo("Scenario to edit", 18)
        self.which.activated.connect(self._picked)
        self.name, self.notes = QLineEdit(), QLineEdit()
        self.name.setMaxLength(LONGEST_NAME)
        self.notes.setMaxLength(field_of(Scenario, "notes").longest)
        self.name.setAccessibleName("Name of the scenario")
        self.notes.setAccessibleName("Notes of the scenario")
        self.notes.setPlaceholderText("What it stands for")
        self.name.textEdited.connect(lambda: document.type(self._put_name))
        self.notes.textEdited.connect(lambda: document.type(self._put_notes))
        self.name.editingFinished.connect(self._rename)
        self.notes.editingFinished.connect(self._note)
        self.moves = QListWidget()
        self.moves.setAccessibleName("Overrides of the scenario; Delete removes one")
        self.moves.setUniformItemSizes(True)
        self.moves.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.moves.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.moves.currentRowChanged.connect(self._arm)
        self.moves.installEventFilter(self)
        self.remove = tool_button("trash-2", "Remove the selected override", self.remove_move, keys="Delete")
        self.form = OverrideForm(self.add_moves, self._draft_moves)
        self._build()
        document.selection_changed.connect(self._follow)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.addWidget(title("Edit scenario"))
        head.addStretch(1)
        head.addWidget(self.which)
        top = QGridLayout()
        top.setHorizontalSpacing(6)
        for column, (words, edit) in enumerate((("Name", self.name), ("Notes", self.notes))):
            label = Label(words, role="muted")
            label.setBuddy(edit)
            top.addWidget(label, 0, column)
            top.addWidget(edit, 1, column)
            top.setColumnStretch(column, 1 + column)
        moves = QHBoxLayout()
        moves.addWidget(note("muted", "Overrides, in order"), 1)
        moves.addWidget(self.remove)
        self.empty = note("muted", "It changes nothing yet.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 12)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addLayout(top)
        layout.addLayout(moves)
        layout.addWidget(self.moves)
        layout.addWidget(self.empty)
        layout.addWidget(note("muted", "Add an override"))
        layout.addWidget(self.form)

    @property
    def scenario(self) -> Scenario | None:
        """The scenario that is edited."""
        return find(self._document.base, TABLE, self.id)

    def begin(self) -> None:
        """Puts the cursor into the name, to write over it."""
        self.name.setFocus()
        self.name.selectAll()

    def refresh(self) -> None:
        """Shows the plan as it stands; what a person is typing stays."""
        plan = self._document.base
        if not plan.scenarios:
            return
        if self.scenario is None:
            self.id = plan.scenarios[0].id
        scenario = self.scenario
        assert scenario is not None
        items = [(row_name(s)[:80], s.id) for s in plan.scenarios]
        with QSignalBlocker(self.which):
            if items != [(self.which.itemText(k), self.which.itemData(k)) for k in range(self.which.count())]:
                self.which.clear()
                for words, id in items:
                    self.which.addItem(words, id)
            self.which.setCurrentIndex(self.which.findData(self.id))
        for edit, text in ((self.name, scenario.name), (self.notes, scenario.notes)):
            if not (edit.isModified() and edit.hasFocus()) and edit.text() != text:
                edit.setText(text)
                edit.setCursorPosition(0)
                edit.setReadOnly(edit.text() != text)  # as lines' ends, which a line would change unseen
        self._list_moves(scenario)
        self.form.show_plan(plan)

    def _list_moves(self, scenario: Scenario) -> None:
        plan = self._document.base
        words = [move_words(plan, [scenario.overrides[k] for k in together]) for together in moves_of(scenario)]
        if words != [self.moves.item(k).text() for k in range(self.moves.count())]:
            at = self.moves.currentRow()
            self.moves.clear()
            self.moves.addItems(words)
            for k, text in enumerate(words):
                self.moves.item(k).setToolTip(literal(text[:400]))
            self.moves.setCurrentRow(min(at, len(words) - 1))
        self.moves.setFixedHeight(LINE_PX * min(max(1, len(words)), MOST_LINES) + 2)
        self.moves.setVisible(bool(words))
        self.empty.setVisible(not words)
        self._arm()

    def _arm(self, *_: object) -> None:
        self.remove.setEnabled(self.moves.currentRow() >= 0)

    def add_moves(self, made: list[Override]) -> str:
        """Adds overrides to the scenario as one undo step; gives why not where they do not fit."""
        scenario = self.scenario
        if scenario is None:
            return "There is no scenario to add it to."
        plan = self._document.base
        overrides = (*scenario.overrides, *made)
        if refusal := why_not(plan, scenario.id, overrides):
            return refusal
        words = move_words(plan, made)
        self._document.apply(
            with_fields(plan, TABLE, scenario.id, overrides=overrides),
            f"Add {cut(words)} to {cut(row_name(scenario))}",
            in_base=True,
        )
        self.refresh()
        self.moves.setCurrentRow(self.moves.count() - 1)
        return ""

    def remove_move(self) -> None:
        """Takes the chosen move out of the scenario."""
        scenario, at = self.scenario, self.moves.currentRow()
        if scenario is None or at < 0:
            return
        gone = set(moves_of(scenario)[at])
        kept = tuple(o for k, o in enumerate(scenario.overrides) if k not in gone)
        text = f"Remove {cut(self.moves.item(at).text())} from {cut(row_name(scenario))}"
        self._document.apply(with_fields(self._document.base, TABLE, scenario.id, overrides=kept), text, in_base=True)
        self.refresh()

    def _draft_moves(self, made: list[Override]) -> None:
        """Takes note of overrides that are being typed; none where nothing is."""
        scenario = self.scenario
        if scenario is None or not made:
            self._document.type(None)
            return
        plan, overrides = self._document.base, (*scenario.overrides, *made)
        if why_not(plan, scenario.id, overrides):
            self._document.type(None)
            return
        draft = with_fields(plan, TABLE, scenario.id, overrides=overrides)
        self._document.type(lambda: self._document.apply(draft, "", in_base=True))

    def _rename(self) -> None:
        if self.scenario is None or not self.name.isModified():
            return
        self.name.setModified(False)
        self._put_name()
        self._document.type(None)
        self.refresh()

    def _put_name(self) -> None:
        scenario, name = self.scenario, " ".join(self.name.text().split())
        if scenario is not None and name and name != scenario.name:
            plan = with_fields(self._document.base, TABLE, scenario.id, name=name)
            self._document.apply(plan, f"Rename {cut(row_name(scenario))}", in_base=True)

    def _note(self) -> None:
        if self.scenario is None or not self.notes.isModified():
            return
        self.notes.setModified(False)
        self._put_notes()
        self._document.type(None)

    def _put_notes(self) -> None:
        if (scenario := self.scenario) is not None:
            plan = with_fields(self._document.base, TABLE, scenario.id, notes=self.notes.text().strip())
            self._document.apply(plan, f"Change notes of {cut(row_name(scenario))}", in_base=True)

    def _picked(self) -> None:
        self._document.select(TABLE, (self.which.currentData(),))

    def _follow(self, selection: Selection) -> None:
        if selection.table == TABLE and selection.ids and selection.ids[0] != self.id:
            self._rename()
            self._note()
            self.id = selection.ids[0]
            for edit in (self.name, self.notes):
                edit.setModified(False)
            self.refresh()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        keys = (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)
        delete = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        if watched is self.moves and isinstance(event, QKeyEvent) and event.type() in keys and event.key() in delete:
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                self.remove_move()
            return True
        return super().eventFilter(watched, event)  # type: ignore[arg-type]
