"""Rows inside a row: the model that a workload serves, the fleet that already stands, the hours of the day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from gigaplan.engine.catalogue.new_rows import ASSUMED, new_workload
from gigaplan.engine.plan.annotations import place_of, with_values, without_member
from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Annotation, Block, Installed, Measurement, PowerCap, ResalePoint
from gigaplan.gui.style import theme
from gigaplan.gui.views.inspector.editors import Editor, NumberEditor
from gigaplan.gui.views.inspector.form import FieldRow, column, editor_of
from gigaplan.gui.views.inspector.served_model import ModelChooser
from gigaplan.gui.views.inspector.target import Editable, Member, Nested
from gigaplan.gui.widgets.checkbox import CheckBox
from gigaplan.gui.widgets.texts import Label, literal


def said_of(target: Editable, field: Field) -> tuple[Annotation, ...]:
    """What is said of a field within a field, in the rows that are chosen."""
    places = target.places(field)
    return tuple(a for a in target.document.plan.annotations if place_of(a) in places)


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
        self.models: ModelChooser | None = None
        """Of the model that a workload serves: those of the catalogue."""
        self._last: Any = None
        self.setFocusProxy(self.box)

    def context(self) -> object:
        # A preset counts its cache in the bytes of the work's precision.
        return self.target.document.plan.settings, tuple(getattr(row, "precision", "") for row in self.target.rows)

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
        if given and self.models is None and self.field.name == "inference":
            self.models = ModelChooser(self.target, self.field)
            self._column.insertWidget(1, self.models)
        if self.models is not None:
            self.models.setVisible(given)
            if given:
                self.models.show_models(values)
        for row in self.rows:
            row.setVisible(given)
            if given:
                row.show_annotations(said_of(row.editor.target, row.field))
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


@dataclass(frozen=True)
class Listed:
    """How the rows of one field are called and begin."""

    noun: str
    first: Callable[[Plan, tuple[Any, ...]], Any]
    """A new row, beside those that are there; None where the plan lacks what it needs."""
    stands: bool = False
    """Whether its fields stand below one another: they are too many for a line."""


def _lot(plan: Plan, rows: tuple[Any, ...]) -> Installed | None:
    return Installed(site=plan.sites[0].id, chips=1000.0, months_left=36.0) if plan.sites else None


def _block(plan: Plan, rows: tuple[Any, ...]) -> Block:
    left = 1 - sum(block.share for block in rows)
    return Block(name=f"Block {len(rows) + 1}", share=round(left, 12) if left > 1e-9 else 0.1)


def _cap(plan: Plan, rows: tuple[Any, ...]) -> PowerCap:
    return PowerCap(power=0.7, throughput=0.85)


def _point(plan: Plan, rows: tuple[Any, ...]) -> ResalePoint:
    if not rows:
        return ResalePoint(age_months=12.0, fraction=0.7)
    return ResalePoint(age_months=rows[-1].age_months + 12, fraction=round(rows[-1].fraction * 0.7, 3))


def _measurement(plan: Plan, rows: tuple[Any, ...]) -> Measurement:
    if rows:
        last: Measurement = rows[-1]
        return msgspec.structs.replace(last, token_latency_ms=last.token_latency_ms * 2)
    return Measurement(
        model="deepseek_r1", precision="fp8", prompt_tokens=8192.0, output_tokens=1024.0, token_latency_ms=25.0,
        tokens_s_chip=1000.0, basis="modelled", source=ASSUMED,
    )  # fmt: skip


LISTED = {
    "installed": Listed("lot", _lot),
    "blocks": Listed("block", _block),
    "power_caps": Listed("cap", _cap),
    "resale": Listed("point", _point),
    "measurements": Listed("measurement", _measurement, stands=True),
}
"""The fields whose rows are edited line by line."""
HEADS = {"months_left": "months", "age_months": "age, months", "share": "share of day", "fraction": "price"}
_WIDTHS = {"months_left": 46}
_USUAL_WIDTH = 74


class RowsEditor(Editor):
    """Rows within a row, a line each, with a button that removes it: installed lots, blocks of the day, power caps."""

    wide = True

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self._listed = LISTED[field.name]
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        for k, inner in enumerate(() if self._listed.stands else fields(field.row_type)):
            head = Label(HEADS.get(inner.name, inner.label.lower()), role="muted")
            self._grid.addWidget(head, 0, k)
            if k:
                self._grid.setColumnMinimumWidth(k, _WIDTHS.get(inner.name, _USUAL_WIDTH))
        self.lines: list[tuple[list[Editor], QToolButton]] = []
        self._blocks: dict[int, QWidget] = {}
        """Of rows whose fields stand below one another, what holds them, by position."""
        self.add = QPushButton(f"Add a {self._listed.noun}")
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
        rows = (values[0] or ()) if single else ()
        self.note.setVisible(not single)
        self._body.setVisible(bool(rows))
        self.add.setVisible(single)
        self.add.setEnabled(self._listed.first(self.target.document.plan, rows) is not None)
        while len(self.lines) < len(rows):
            self._grow()
        for position, (editors, remove) in enumerate(self.lines):
            block = self._blocks.get(position)
            for widget in (*(editors if block is None else (block,)), remove):
                widget.setVisible(position < len(rows))
            if position < len(rows):
                for editor in editors:
                    editor.refresh_nested()

    def _grow(self) -> None:
        position, noun = len(self.lines), self._listed.noun
        member = Member(self.target, self.field, position)
        editors: list[Editor] = []
        if self._listed.stands:
            self._stand(position, member)
            return
        for k, inner in enumerate(fields(self.field.row_type)):
            editor = editor_of(member, inner)
            assert editor is not None, f"no editor for {inner.name}"
            (editor.focusProxy() or editor).setAccessibleName(f"{inner.label} of {noun} {position + 1}")
            editor.said.connect(self.said)
            if isinstance(editor, NumberEditor):
                editor.edit.bare = True
            if k:
                editor.setFixedWidth(_WIDTHS.get(inner.name, _USUAL_WIDTH))
            else:
                editor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self._grid.addWidget(editor, position + 1, k)
            editors.append(editor)
        remove = self._remover(position)
        self._grid.addWidget(remove, position + 1, len(editors))
        self.lines.append((editors, remove))

    def _stand(self, position: int, member: Member) -> None:
        """Adds a row whose fields stand below one another, each with its label."""
        block, lines = QWidget(), list[Editor]()
        stack = column(block, 2)
        for inner in fields(self.field.row_type):
            editor = editor_of(member, inner)
            assert editor is not None, f"no editor for {inner.name}"
            stack.addWidget(FieldRow(member, inner, editor, block))
            (editor.focusProxy() or editor).setAccessibleName(f"{inner.label} of {self._listed.noun} {position + 1}")
            lines.append(editor)
        self._grid.addWidget(block, position + 1, 0)
        remove = self._remover(position)
        self._grid.addWidget(remove, position + 1, 1, Qt.AlignmentFlag.AlignTop)
        self._blocks[position] = block
        self.lines.append((lines, remove))

    def _remover(self, position: int) -> QToolButton:
        noun, remove = self._listed.noun, QToolButton()
        remove.setIcon(theme.icon("x"))
        remove.setToolTip(literal(f"Remove this {noun}"))
        remove.setAccessibleName(f"Remove {noun} {position + 1}")
        remove.clicked.connect(lambda: self._remove(position))
        return remove

    def settle(self) -> None:
        for editors, _ in self.lines:
            for editor in editors:
                editor.settle()

    def _rows(self) -> tuple[Any, ...]:
        return self.target.values(self.field)[0] or ()

    def _add(self) -> None:
        rows = self._rows()
        self._put((*rows, self._listed.first(self.target.document.plan, rows)))

    def _remove(self, position: int) -> None:
        rows, document = self._rows(), self.target.document
        (place,) = self.target.places(self.field)
        left = rows[:position] + rows[position + 1 :]
        plan = without_member(document.plan, place, position)
        given = left or None if self.field.optional else left
        document.apply(with_values(plan, {place: given}), f"Remove a {self._listed.noun}")

    def _put(self, rows: tuple[Any, ...]) -> None:
        self.target.put(self.field, [rows or None if self.field.optional else rows])
