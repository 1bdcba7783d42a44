"""The inspector: the fields of what is chosen, its problems, and what it does in the plan."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.plan.fields import LONGEST_NAME, Field, fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Annotation
from gigaplan.gui.document.document import Document, Selection
from gigaplan.gui.document.row_edits import counted
from gigaplan.gui.jobs.range_job import NOT_SOLVED, Ranges
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.present.problem_list import findings
from gigaplan.gui.present.scenario_words import beside_base
from gigaplan.gui.views.inspector.editors import Editor
from gigaplan.gui.views.inspector.effects import Effects, effects
from gigaplan.gui.views.inspector.form import FieldRow, column, editor_of, heading
from gigaplan.gui.views.inspector.nested import LISTED, InnerRowEditor, RowsEditor
from gigaplan.gui.views.inspector.quantity_edit import LineEdit
from gigaplan.gui.views.inspector.several import Several
from gigaplan.gui.views.inspector.target import Target
from gigaplan.gui.views.inspector.throughput import ThroughputEditor
from gigaplan.gui.widgets.texts import Label, literal

LAST_GROUPS = ("Source",)
CHECK_AFTER = 60
"""Milliseconds after an edit at which the problems of the fields are looked for: not on every step of a drag."""


class Inspector(QFrame):
    """A form made from the schema for the chosen rows, or for the plan's settings where nothing is chosen."""

    menu_requested = Signal(str, QPoint)
    """The name of a field that was right clicked beside its editor, and where on the screen."""

    def __init__(self, document: Document, planner: Planner, parent: QWidget | None = None) -> None:
        self._forms: dict[str, _Form] = {}
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName("Inspector")
        self._document = document
        self._planner = planner
        self.ranges = Ranges(document, planner, self)
        """Where the plan changes as the field that was scrubbed last moves on."""
        self._ranged: FieldRow | None = None
        self._build_frame()
        self._marked: FieldRow | None = None
        self._shown: QWidget | None = None
        self._several = Several(self)
        self._several.hide()
        self._several.narrowed.connect(self._narrow)
        self._turn_to("plan")
        self._checks = QTimer(self, singleShot=True, interval=CHECK_AFTER)
        self._checks.timeout.connect(self._show_problems)
        document.replaced.connect(self._drop_typing)
        document.changed.connect(self._changed)
        document.selection_changed.connect(self._select)
        document.period_changed.connect(self._show_effects)
        planner.result_changed.connect(self._solved)
        self.ranges.changed.connect(self._show_range)
        self._select(document.selection)

    def _build_frame(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 10, 1, 1)
        outer.setSpacing(4)
        self.title = _Title(self)
        self.pill = Label(role="pill")
        head = QHBoxLayout()
        head.setContentsMargins(5, 0, 12, 0)
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        head.addWidget(self.pill)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.verticalScrollBar().rangeChanged.connect(self._give_way)
        # Every form stays where it is and is shown or hidden: one that moved would be dressed anew, field by field.
        self._place = column(spacing=0)
        self._holder = QWidget()
        self._holder.setLayout(self._place)
        self.area.setWidget(self._holder)
        self._trouble = Label()
        self._trouble.setWordWrap(True)
        self._trouble.setProperty("role", "error")
        self._trouble.setContentsMargins(14, 0, 14, 0)
        self._trouble.hide()
        outer.addLayout(head)
        outer.addWidget(self._trouble)
        outer.addWidget(self.area, 1)

    def _turn_to(self, table: str) -> None:
        """Takes the form of a table. Forms are made when first needed, and kept."""
        if table not in self._forms:
            form = self._forms[table] = _Form(Target(self._document, table, ()), self._holder)
            for row in form.rows.values() if table not in NOT_SOLVED else ():
                row.editor.scrubbed.connect(partial(self._look_around, row))
        self._form = self._forms[table]
        self.target, self.rows = self._form.target, self._form.rows

    def _show_alone(self, form: QWidget) -> None:
        """Shows one form in the place of the one before it."""
        if form is self._shown:
            return
        if self._shown is not None:
            # While a list of choices hangs open, Qt leaves the cursor of the window in the form that is hidden.
            if (focused := self.window().focusWidget()) and self._shown.isAncestorOf(focused):
                focused.clearFocus()
            self._shown.hide()
        if self._place.indexOf(form) < 0:
            self._place.addWidget(form)
        self._shown = form
        form.show()

    def _give_way(self, _least: int, most: int) -> None:
        """Lets the scroll bar stand in the margin of the forms, not on their fields' room."""
        self._place.setContentsMargins(13, 4, 4 if most > 0 else 13, 14)

    def focus_field(self, name: str) -> None:
        """Brings a field into view and puts the cursor into it."""
        if name == "name":
            self.title.setFocus()
            self.title.selectAll()
            return
        row = self.rows.get(name)
        if row is None:
            return
        row.setVisible(True)
        self._place.activate()
        self.area.ensureWidgetVisible(row, 0, 24)
        row.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        focused = row.editor.focusProxy()
        if isinstance(focused, QLineEdit):
            focused.selectAll()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        at = self.childAt(event.pos())
        name = next((name for name, row in self.rows.items() if at is not None and row.isAncestorOf(at)), "")
        if name:
            self.menu_requested.emit(name, event.globalPos())

    def point_out(self, name: str) -> None:
        """Brings a field into view and marks it, until the next edit; the cursor stays where it is."""
        self._unmark()
        row = self.rows.get(name)
        if row is not None and not row.isHidden():
            self._marked = row
            row.label.mark(True)
            self._place.activate()
            self.area.ensureWidgetVisible(row, 0, 24)

    def _unmark(self) -> None:
        if self._marked is not None:
            self._marked.label.mark(False)
            self._marked = None

    def field_in_focus(self) -> tuple[str, str] | None:
        """The table and the name of the field that has the cursor; None where none has."""
        focus = self.focusWidget() if self.isAncestorOf(self.window().focusWidget() or self) else None
        if focus is None or not focus.hasFocus():
            return None
        if focus is self.title:
            return (self.target.table, "name") if self.target.table else None
        name = next((name for name, row in self.rows.items() if row.isAncestorOf(focus)), None)
        return None if name is None else (self.target.table, name)

    def _select(self, selection: Selection) -> None:
        self.settle()
        self._drop_typing()
        self._unmark()
        self.ranges.forget()
        if not selection.table:
            self._show_several(selection)
            return
        if selection.table != self.target.table:
            self._turn_to(selection.table)
        self.target.ids = selection.ids
        self.area.verticalScrollBar().setValue(0)
        for row in self.rows.values():
            row.show_problems(())
        self._refresh()
        self._show_problems()
        self._show_effects()
        self._show_alone(self._form)  # once it says what it has to say: what is not seen changes for less

    def _show_several(self, selection: Selection) -> None:
        """Rows of several tables have no field in common: says how many of which there are."""
        self.target, self.rows = Target(self._document, "", ()), {}
        self._several.show_rows(selection.rows)
        self._show_alone(self._several)
        self.title.setReadOnly(True)
        self.title.set_text(f"{len(selection.rows)} rows")
        self.title.setToolTip(literal(counted(selection.rows)))
        self.pill.setText("several kinds")
        self._trouble.hide()

    def stop(self) -> None:
        """Ends the background work."""
        self.ranges.stop()

    def _look_around(self, row: FieldRow) -> None:
        """A hand moves a field: once it rests, it sees how far the plan stays the same."""
        if len(self.target.rows) != 1:
            return
        if self._ranged is not row:
            self.ranges.forget()
            self._ranged = row
        (place,) = self.target.places(row.field)
        self.ranges.move(place, row.field)

    def _show_range(self) -> None:
        if self._ranged is not None:
            self._ranged.show_range(self.ranges if self.ranges.range is not None else None)

    def _narrow(self, table: str) -> None:
        self._document.select(table, self._document.selection.ids_in(table))

    def settle(self) -> None:
        """Commits what is typed and not yet entered: before the form turns to other rows, or the plan is saved."""
        if self.target.rows and len(self.target.rows) == max(1, len(self.target.ids)):
            for row in self.rows.values():
                row.editor.settle()
            self.title.finish()

    def _drop_typing(self) -> None:
        """Forgets what was typed and could not be committed: it was meant for the rows that were chosen."""
        if self._shown is None:
            return
        self._document.type(None)
        for line in (self.title, *self._shown.findChildren(LineEdit)):
            if line.isModified():
                line.revert()
        for box in self._shown.findChildren(QPlainTextEdit):
            box.document().setModified(False)

    def _changed(self, before: Plan, after: Plan) -> None:
        self._unmark()
        self._refresh()
        self._checks.start()

    def _refresh(self) -> None:
        rows = self.target.rows
        if not rows:
            return
        said: dict[str, list[Annotation]] = {}
        for annotation in self._document.plan.annotations:
            if annotation.table == self.target.table and (annotation.row or "") in (*self.target.ids, ""):
                said.setdefault(annotation.field, []).append(annotation)
        self.title.refresh()
        if self.pill.text() != self.target.noun:
            self.pill.setText(self.target.noun)
        shown = set()
        for name, row in self.rows.items():
            relevant = any(is_relevant(self.target.table, name, r) for r in rows)
            if row.isHidden() == relevant:
                row.setVisible(relevant)
            if relevant:
                shown.add(row.field.group)
                row.editor.refresh()
                row.show_base(self._beside(name))
                row.show_annotations(tuple(said.get(name, ())))
        for group, label in self._form.headings.items():
            label.setVisible(group in shown)

    def _beside(self, field: str) -> str:
        """What the base has in a field that the scenario which is edited changes; empty where it does not."""
        scenario, target = self._document.scenario, self.target
        if scenario is None or target.table == "scenarios":
            return ""
        return beside_base(self._document.base, scenario, target.table, target.ids, field)

    def _solved(self, _result: object) -> None:
        self._show_effects()
        if not self._planner.is_stale:
            self._show_problems()

    def _show_problems(self) -> None:
        """Puts each problem of the chosen rows at its field."""
        plan, target = self._document.plan, self.target
        result = self._planner.result
        found = (*(findings(plan, result) or ()), *self._document.misfits)
        by_field: dict[str, list[tuple[str, str]]] = {}
        for problem in found:
            if problem.table == target.table and (target.table == "plan" or problem.row in target.ids):
                text = f"{problem.text}. {problem.remedy}".strip()
                at = problem.field if problem.field in self.rows else ""
                by_field.setdefault(at, []).append((problem.severity, text))
        for name, row in self.rows.items():
            row.show_problems(tuple(dict.fromkeys(by_field.get(name, ()))))
        rest = [text for _, text in by_field.get("", ())]
        self._trouble.setText("\n".join(rest))
        self._trouble.setVisible(bool(rest))

    def _show_effects(self, _period: int = 0) -> None:
        target = self.target
        if target.table:
            said = effects(self._planner.result, target.table, target.ids, self._document.period)
            self._form.effects.show_lines(*said)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for form in self._forms.values():
                for row in form.rows.values():
                    row.editor.forget()
            self._refresh()


def is_relevant(table: str, name: str, row: Any) -> bool:
    """Whether a field has a meaning in a row: a contract term only for rentals, a served model only for tokens."""
    if table == "offers":
        purchase = row.kind == "purchase"
        of_rentals = ("term_months", "upfront_fraction")
        return bool(purchase) if name == "maintenance_per_year" else not (purchase and name in of_rentals)
    if table == "workloads":
        tokens = row.unit == "tokens/s"
        return {"inference": tokens or row.inference is not None, "utilisation": not tokens}.get(name, True)
    if table == "policies":
        return name not in ("dimension", "metric", "scope", "reassign") or name in POLICY_KINDS[row.kind].uses
    return True


class _Form(QWidget):
    """The fields of one table, group by group, and the figures of the last result beneath."""

    def __init__(self, target: Target, parent: QWidget) -> None:
        super().__init__(parent)
        self.target = target
        self.rows: dict[str, FieldRow] = {}
        self.headings: dict[str, QLabel] = {}
        self.effects = Effects()
        lines = column(self)
        # Made in the order in which they stand, which is the order in which Tab goes through them.
        for group, members in _groups(target):
            for field in members:
                if editor := _editor(target, field):
                    if group not in self.headings and group not in ("Identity", "Plan"):
                        self.headings[group] = heading(group)
                        lines.addWidget(self.headings[group])
                    self.rows[field.name] = FieldRow(target, field, editor, self)
                    lines.addWidget(self.rows[field.name])
        lines.addWidget(self.effects)
        lines.addStretch(1)


def _groups(target: Target) -> list[tuple[str, list[Field]]]:
    """The fields of a table by group; where they come from, and the id, at the end. The name is in the title."""
    groups: dict[str, list[Field]] = {}
    for field in sorted(fields(target.row_type), key=lambda f: f.kind == "identifier"):
        if field.name != "name":
            groups.setdefault("Source" if field.kind == "identifier" else field.group, []).append(field)
    return sorted(groups.items(), key=lambda item: item[0] in LAST_GROUPS)


def _editor(target: Target, field: Field) -> Editor | None:
    if field.kind == "row":
        return InnerRowEditor(target, field)
    if field.kind == "rows":
        if field.name == "throughput":
            return ThroughputEditor(target, field)
        return RowsEditor(target, field) if field.name in LISTED else None
    return editor_of(target, field)


class _Title(LineEdit):
    """The name of what is chosen, to be changed in place."""

    def __init__(self, panel: Inspector) -> None:
        super().__init__()
        self._panel = panel
        self.textEdited.connect(self._type)
        self.setAccessibleName("Name")
        self.setPlaceholderText("Without a name")
        self.setMaxLength(LONGEST_NAME)
        self.setStyleSheet(
            "QLineEdit { font-size: 14px; font-weight: 600; background: transparent; border-color: transparent;"
            " padding: 2px 5px; color: palette(text); }"
            "QLineEdit:hover:!read-only { border-color: palette(mid); }"
            "QLineEdit:focus { border-color: palette(highlight); }"
        )

    def refresh(self) -> None:
        """Shows the name that the plan holds, unless another is being typed."""
        if not self.is_typing():
            self.render_value()

    def render_value(self) -> None:
        target = self._panel.target
        rows = target.rows
        single = len(rows) == 1
        self.setReadOnly(not single or "name" not in target.row_type.__struct_fields__)
        self.set_text((rows[0].name if target.table == "plan" else target.name) if single else target.name)
        self.setToolTip(literal(self.text()))

    def _put(self, text: str) -> None:
        target = self._panel.target
        target.put(next(f for f in fields(target.row_type) if f.name == "name"), [text])

    def _type(self, text: str) -> None:
        text = text.strip()
        self._panel.target.document.type((lambda: self._put(text)) if text else None)

    def revert(self) -> None:
        self._panel.target.document.type(None)
        super().revert()

    def commit_text(self, text: str) -> None:
        self.setModified(False)
        if text and not self.isReadOnly():
            self._put(text)
        self.render_value()
