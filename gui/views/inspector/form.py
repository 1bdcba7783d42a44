"""The rows of a form: label, editor, what is said about it; and which editor a field gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from gigaplan.engine.plan.fields import Field
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Annotation
from gigaplan.gui.jobs.range_job import Ranges
from gigaplan.gui.style import theme
from gigaplan.gui.text.quantities import formula_shown
from gigaplan.gui.views.inspector.chips import ChipsEditor
from gigaplan.gui.views.inspector.day_profile import ProfileEditor
from gigaplan.gui.views.inspector.editors import ChoiceEditor, Editor, FlagEditor, NumberEditor
from gigaplan.gui.views.inspector.references import ReferencesEditor
from gigaplan.gui.views.inspector.series import SeriesEditor
from gigaplan.gui.views.inspector.target import Editable, Target
from gigaplan.gui.views.inspector.text_editors import NotesEditor, SourceEditor, TextEditor
from gigaplan.gui.widgets.texts import Label, literal

if TYPE_CHECKING:
    from gigaplan.gui.views.inspector.range_strip import RangeStrip

LABEL_WIDTH = 104
PIXELS_PER_STEP = 2
SHORT_HELP = 34
"""Help of so many characters stands below the field; longer help is shown on hovering."""
_KNOWN_IN = {"vendor": "platforms", "stack": "platforms", "jurisdiction": "sites"}


def editor_of(target: Editable, field: Field) -> Editor | None:
    """The editor for a field; None for kinds that are edited elsewhere."""
    if field.kind in ("number", "integer"):
        return NumberEditor(target, field)
    if field.kind == "series":
        return SeriesEditor(target, field)
    if field.kind == "flag" and not field.optional:
        return FlagEditor(target, field)
    if field.kind in ("choice", "reference", "flag"):
        return ChoiceEditor(target, field)
    if field.kind == "references":
        return ReferencesEditor(target, field)
    if field.kind == "text" and field.name == "notes":
        return NotesEditor(target, field)
    if field.kind == "text" and field.name == "source":
        return SourceEditor(target, field)
    if field.kind == "texts":
        return ChipsEditor(target, field, lambda plan: (site.jurisdiction for site in plan.sites))
    if field.kind == "numbers":
        return ProfileEditor(target, field)
    if field.kind in ("text", "identifier", "month"):
        return TextEditor(target, field, _known(field))
    return None


_PROVIDED = ("offers", "services", "agreements", "power_contracts")
"""The tables whose rows have a provider."""


def _known(field: Field) -> Any:
    """What stands in fields of the same name elsewhere in the plan, to complete what is typed."""
    if field.name == "provider":
        return lambda plan: [row.provider for t in _PROVIDED for row in getattr(plan, t)]
    if field.name == "scope":
        return _scopes
    if table := _KNOWN_IN.get(field.name):

        def known(plan: Plan) -> list[str]:
            return [getattr(row, field.name) for row in getattr(plan, table)]

        return known
    return None


def _scopes(plan: Plan) -> list[str]:
    """What a policy can be about: workloads, and the members of every dimension."""
    chips = [text for p in plan.platforms for text in (p.vendor, p.stack)]
    places = [text for s in plan.sites for text in (s.id, s.jurisdiction)]
    sold = [text for o in plan.offers for text in (o.provider, o.kind)]
    return ["*", *(w.id for w in plan.workloads), *chips, *sold, *places]


class ScrubLabel(Label):
    """The label of a field. Dragged sideways it changes the number; clicked it goes to the field."""

    def __init__(self, text: str, editor: Editor, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._editor = editor
        self._from: float | None = None
        self._moving = False
        self._run = 0
        self._steps = 0.0
        self._marked = self._changed = False
        self.setWordWrap(True)
        self.mark(False)
        self.setMinimumHeight(28)
        self._scrubs = False
        self.can_scrub(editor.scrubs)

    def can_scrub(self, scrubs: bool) -> None:
        """Says whether dragging it changes the number."""
        self._scrubs = scrubs
        self.setCursor(Qt.CursorShape.SizeHorCursor if scrubs else Qt.CursorShape.ArrowCursor)

    def mark(self, marked: bool) -> None:
        """Stands out as the field that an undo changed, or no longer."""
        self._marked = marked
        self._dress()

    def note_change(self, changed: bool) -> None:
        """Stands out as a field that the scenario changes, or no longer."""
        self._changed = changed
        self._dress()

    def _dress(self) -> None:
        ink = "color: palette(highlight);" if self._marked or self._changed else "color: palette(placeholder-text);"
        bar = " border-left: 3px solid palette(highlight); padding-left: 5px;" if self._changed else ""
        self.setStyleSheet(ink + bar)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._from, self._moving = event.position().x(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is None or not self._scrubs:
            return
        distance = event.position().x() - self._from
        if not self._moving:
            if abs(distance) < 3:
                return
            self._moving = True
            self._run += 1
            self._steps = 0.0
            self._editor.scrub_start()  # type: ignore[attr-defined]
        size = 10.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        size = 0.1 if event.modifiers() & Qt.KeyboardModifier.ControlModifier else size
        steps = int(distance / PIXELS_PER_STEP) * size
        if steps != self._steps:
            self._steps = steps
            self._editor.scrub_to(steps, ("drag", id(self), self._run))  # type: ignore[attr-defined]

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._from is not None and not self._moving:
            self._editor.setFocus(Qt.FocusReason.MouseFocusReason)
        self._from, self._moving = None, False


class FieldRow(QWidget):
    """One field of the form."""

    def __init__(self, target: Editable, field: Field, editor: Editor, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = field
        self.editor = editor
        self.label = ScrubLabel(field.label, editor, self)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.hint = _note("muted", self)
        self.trouble = _note("error", self)
        self.help = _short_help(field)
        self._problems: tuple[tuple[str, str], ...] = ()
        self._said = ("", "")
        self._beside = ""
        self._strip: RangeStrip | None = None
        self._notes: tuple[str, ...] = ()
        self.padlock: QToolButton | None = None
        focus = editor.focusProxy() or editor
        self.label.setBuddy(focus)
        focus.setAccessibleName(field.label)
        focus.setAccessibleDescription(field.full_help)
        if field.full_help:
            self.label.setToolTip(literal(field.full_help))
            editor.setToolTip(literal(field.full_help))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        if editor.wide:
            self.label.setFixedWidth(16777215)
            self.label.setMinimumWidth(0)
            grid.addWidget(self.label, 0, 0, 1, 2)
            grid.addWidget(self.hint, 1, 0, 1, 2)
            grid.addWidget(editor, 2, 0, 1, 2)
        else:
            grid.addWidget(self.label, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(editor, 0, 1, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self.hint, 1, 1)
        if below := getattr(editor, "below", None):
            grid.addWidget(below, 3, 0, 1, 2)
        grid.addWidget(self.trouble, 4, 0, 1, 2)
        editor.said.connect(self._say)
        self._grid = grid
        self._show()

    def show_annotations(self, annotations: tuple[Annotation, ...]) -> None:
        """Shows what is said of the field in the chosen rows beside its values: formula, lock, comment."""
        formulas = {a.formula for a in annotations}
        formula = formulas.pop() if len(formulas) == 1 else ""
        self.editor.show_formula(formula)
        notes = (formula_shown(formula, QLocale()), *dict.fromkeys(a.comment for a in annotations))
        if notes != self._notes:
            self._notes = notes
            self._show()
        self._show_lock(any(a.locked for a in annotations))

    def _show_lock(self, locked: bool) -> None:
        if locked == (self.padlock is not None and not self.padlock.isHidden()):
            return
        if self.padlock is None:
            self.padlock = QToolButton(self)
            self.padlock.setIcon(theme.icon("lock"))
            self.padlock.setFixedSize(24, 26)
            self.padlock.setAutoRaise(True)
            self.padlock.setToolTip("Locked: click to unlock")
            self.padlock.setAccessibleName(f"Unlock {self.field.label}")
            self.padlock.clicked.connect(self._unlock)
            at = 0 if self.editor.wide else 2
            self._grid.addWidget(self.padlock, 0, 2, Qt.AlignmentFlag.AlignTop if at else Qt.AlignmentFlag.AlignRight)
        self.padlock.setVisible(locked)
        self.editor.setEnabled(not locked)
        if below := getattr(self.editor, "below", None):
            below.setEnabled(not locked)
        self.label.can_scrub(self.editor.scrubs and not locked)

    def _unlock(self) -> None:
        from gigaplan.gui.document.row_edits import lock

        target = self.editor.target
        assert isinstance(target, Target)
        lock(target.document, target.places(self.field), False)

    def _say(self, text: str, role: str) -> None:
        if (text, role) != self._said:
            self._said = (text, role)
            self._show()
        if text and role == "error":
            QTimer.singleShot(0, self, self._bring_trouble)

    def _bring_trouble(self) -> None:
        """Scrolls to why nothing was taken: beneath a long list it would stand out of sight."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None and self.trouble.isVisible():
            above.ensureWidgetVisible(self.trouble, 0, 8)

    def show_problems(self, problems: tuple[tuple[str, str], ...]) -> None:
        """Shows what the checks say about this field: (severity, text) pairs."""
        if problems != self._problems:
            self._problems = problems
            self._show()

    def show_range(self, ranges: Ranges | None) -> None:
        """Shows below the field where the best plan changes as it moves; nothing, with None."""
        if ranges is not None and self._strip is None:
            from gigaplan.gui.views.inspector.range_strip import RangeStrip  # it draws, which no form does at first

            self._strip = RangeStrip(self)
            self._grid.addWidget(self._strip, 5, 0, 1, 2)
        if self._strip is not None:
            self._strip.show_range(ranges)

    def show_base(self, text: str) -> None:
        """Marks the field as changed by the scenario that is edited, with what the base has; not, with ""."""
        if text != self._beside:
            self._beside = text
            self.label.note_change(bool(text))
            self._show()

    def _show(self) -> None:
        text, role = self._said
        last = (text if role == "muted" else "") or self.help
        self.hint.setText("\n".join(filter(None, (self._beside, *self._notes, last))))
        self.hint.setVisible(bool(self.hint.text()))
        trouble = [f"{self.field.label}: {text}"] if role == "error" and text else []
        severity = "error" if trouble or any(s == "error" for s, _ in self._problems) else "warning"
        trouble += [f"{self.field.label}: {problem}" for _, problem in self._problems]
        if trouble and self.trouble.property("role") != severity:
            self.trouble.setProperty("role", severity)
            self.trouble.style().unpolish(self.trouble)
            self.trouble.style().polish(self.trouble)
        self.trouble.setText("\n".join(dict.fromkeys(trouble)))
        self.trouble.setVisible(bool(trouble))


def _short_help(field: Field) -> str:
    """What stands below a field: its help if that is short."""
    return field.help if len(field.help) <= SHORT_HELP else ""


def _note(role: str, parent: QWidget) -> QLabel:
    label = Label(parent=parent)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    label.hide()
    return label


def heading(text: str) -> QLabel:
    """The head of a group, in small capitals."""
    label = Label(text.upper(), role="group")
    label.setIndent(0)
    label.setStyleSheet("letter-spacing: 1px; margin-top: 8px;")
    return label


def column(parent: QWidget | None = None, spacing: int = 8) -> QVBoxLayout:
    """A column without margins."""
    layout = QVBoxLayout(parent) if parent is not None else QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    return layout
