"""Rows inside a row: the model that a workload serves, and the fleet that already stands."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from gigaplan.engine.catalogue.new_rows import new_workload
from gigaplan.engine.plan.fields import Field, field_of, fields
from gigaplan.engine.plan.schema import Installed
from gigaplan.gui.style import theme
from gigaplan.gui.views.inspector.editors import ChoiceEditor, Editor, NumberEditor
from gigaplan.gui.views.inspector.form import FieldRow, column, editor_of
from gigaplan.gui.views.inspector.target import Editable, Member, Nested
from gigaplan.gui.widgets.checkbox import CheckBox
from gigaplan.gui.widgets.texts import Label

ONE_ONLY = "Choose a single row to edit this."


class InnerRowEditor(Editor):
    """A row that may be there or not: a box to tick, and its fields beneath while it is."""

    wide = True

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self.box = CheckBox("estimate the work per chip from it")
        self.box.clicked.connect(self._toggle)
        self.inner = Nested(target, field)
        self.rows: list[FieldRow] = []
        self._column = column(self)
        self._column.addWidget(self.box)
        self._last: Any = None
        self.setFocusProxy(self.box)

    def context(self) -> object:
        return self.target.document.plan.settings

    def show_values(self, values: tuple[Any, ...]) -> None:
        given = None not in values
        some = any(value is not None for value in values)
        self.box.setTristate(some and not given)
        part = Qt.CheckState.PartiallyChecked if some else Qt.CheckState.Unchecked
        self.box.setCheckState(Qt.CheckState.Checked if given else part)
        if given and not self.rows:
            for field in fields(self.field.row_type):
                if editor := editor_of(self.inner, field):
                    self.rows.append(FieldRow(self.inner, field, editor, self))
                    self._column.addWidget(self.rows[-1])
        for row in self.rows:
            row.setVisible(given)
            if given:
                row.editor.refresh()
        if given:
            self._last = values[0]

    def settle(self) -> None:
        for row in self.rows:
            row.editor.settle()

    def _toggle(self, on: bool) -> None:
        self._seen = object()
        usual = self._last or new_workload(self.target.document.plan, "chat_serving").inference
        old = self.target.values(self.field)
        self.target.put(self.field, [(value or usual) if on else None for value in old])
        self.refresh()


class LotsEditor(Editor):
    """The installed lots: site, chips and months left, each with a button that removes it."""

    wide = True

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnMinimumWidth(1, 74)
        self._grid.setColumnMinimumWidth(2, 46)
        for k, text in enumerate(("site", "chips", "months")):
            head = Label(text, role="muted")
            self._grid.addWidget(head, 0, k)
        self.lots: list[tuple[ChoiceEditor, NumberEditor, NumberEditor, QToolButton]] = []
        self.add = QPushButton("Add a lot")
        self.add.clicked.connect(self._add)
        self.note = Label(ONE_ONLY, role="muted")
        bottom = QHBoxLayout()
        bottom.addWidget(self.add)
        bottom.addStretch(1)
        outer = column(self, 4)
        outer.addWidget(self.note)
        self._body = QWidget()
        self._body.setLayout(self._grid)
        outer.addWidget(self._body)
        outer.addLayout(bottom)
        self.setFocusProxy(self.add)

    def context(self) -> object:
        plan = self.target.document.plan
        return plan.sites, plan.settings

    def show_values(self, values: tuple[Any, ...]) -> None:
        single = len(values) == 1
        lots = values[0] if single else ()
        self.note.setVisible(not single)
        self._body.setVisible(bool(lots))
        self.add.setVisible(single)
        self.add.setEnabled(bool(self.target.document.plan.sites))
        while len(self.lots) < len(lots):
            self._grow()
        for position, editors in enumerate(self.lots):
            for widget in editors:
                widget.setVisible(position < len(lots))
            if position < len(lots):
                for editor in editors[:3]:
                    editor.refresh()

    def _grow(self) -> None:
        position = len(self.lots)
        member = Member(self.target, self.field, position)
        site = ChoiceEditor(member, field_of(Installed, "site"))
        chips, months = (NumberEditor(member, field_of(Installed, name)) for name in ("chips", "months_left"))
        for editor in (site, chips, months):
            (editor.focusProxy() or editor).setAccessibleName(f"{editor.field.label} of lot {position + 1}")
            editor.said.connect(self.said)
        site.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for plain in (chips, months):
            plain.edit.bare = True
            plain.setFixedWidth(74 if plain is chips else 46)
        remove = QToolButton()
        remove.setIcon(theme.icon("x"))
        remove.setToolTip("Remove this lot")
        remove.setAccessibleName(f"Remove lot {position + 1}")
        remove.clicked.connect(lambda: self._remove(position))
        for k, widget in enumerate((site, chips, months, remove)):
            self._grid.addWidget(widget, position + 1, k)
        self.lots.append((site, chips, months, remove))

    def settle(self) -> None:
        for _, chips, months, _ in self.lots:
            chips.settle()
            months.settle()

    def _add(self) -> None:
        lots = self.target.values(self.field)[0]
        site = self.target.document.plan.sites[0].id
        self.target.put(self.field, [(*lots, Installed(site=site, chips=1000.0, months_left=36.0))])

    def _remove(self, position: int) -> None:
        lots = self.target.values(self.field)[0]
        self.target.put(self.field, [lots[:position] + lots[position + 1 :]])
