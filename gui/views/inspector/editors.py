"""One editor per kind of field: each shows the field of the chosen rows and writes it back. Texts are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gigaplan.engine.plan.fields import Field
from gigaplan.engine.plan.formulas import computed, formula_of
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.present.cell_text import placeholder
from gigaplan.gui.text.quantities import Formula, Relative
from gigaplan.gui.views.inspector.quantity_edit import MIXED, QuantityEdit, Typed
from gigaplan.gui.views.inspector.target import Editable, stepped, unit_of
from gigaplan.gui.widgets.checkbox import CheckBox
from gigaplan.gui.widgets.combo import Combo
from gigaplan.gui.widgets.texts import literal

WORDS = {"pretraining": "pre-training", "post_training": "post-training", "*": "everywhere", "stack": "software stack"}
"""Choices that read better in other words."""


class Editor(QWidget):
    """What all editors have: a field of a target, a note for the form, and a way to look again."""

    said = Signal(str, str)
    """(text, role) for the note beneath the field."""
    scrubbed = Signal()
    """All that stands in the field was moved by a drag or by the arrow keys."""
    wide = False
    """Whether it takes the whole width, beneath its label."""
    scrubs = False
    """Whether dragging its label changes it: then it has scrub_start and scrub_to."""

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__()
        self.target = target
        self.field = field
        self._seen: object = object()

    def refresh_nested(self) -> None:
        """As `refresh`, of a field within a field: its formula, too, which the form shows of others."""
        places = self.target.places(self.field)
        formulas = {formula_of(self.target.document.plan, place) for place in places}
        self.show_formula(formulas.pop() if len(formulas) == 1 else "")
        self.refresh()

    def refresh(self) -> None:
        """Shows what the plan holds, if that is not what is shown."""
        values = self.target.values(self.field)
        seen = (values, self.context())
        if values and seen != self._seen:
            self._seen = seen
            self.show_values(values)

    def context(self) -> object:
        """What beside the values its look depends on."""
        return None

    def show_values(self, values: tuple[Any, ...]) -> None:
        """Shows one value per chosen row."""
        raise NotImplementedError

    def put_all(self, value: Any) -> str:
        """Gives every chosen row the value; says why not."""
        refusal = self.target.put(self.field, [value] * len(self.target.rows))
        if not refusal and self._converted() and self.target.document.draft is None:
            QTimer.singleShot(0, self._tell_what_was_converted)  # after what is said of the value itself
        return refusal

    def _converted(self) -> str:
        return getattr(self.target, "converted", "")

    def _tell_what_was_converted(self) -> None:
        self.said.emit(self._converted(), "muted")

    def settle(self) -> None:
        """Commits what is typed and not yet committed."""

    def gives(self, formula: str) -> Any:
        """What a formula gives in the field. Raises ValueError, in a person's words."""
        return computed(self.target.document.plan, self.target.places(self.field)[0], formula)

    def put_formula(self, formula: Formula) -> str:
        """Gives every chosen row a formula and what it gives; says why not."""
        refusal = self.target.put(self.field, [formula.value] * len(self.target.rows), None, formula.formula)
        if not refusal and self.target.document.scenario is not None:
            self.target.document.refused.emit("The scenario has the value of the formula; formulas are of the base.")
        return refusal

    def show_formula(self, formula: str) -> None:
        """Takes note of the formula of the field; it stands in the place of the value while it is edited."""

    def forget(self) -> None:
        """Makes the next refresh draw everything again."""
        self._seen = object()

    def _fill(self, *widgets: QWidget) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in widgets:
            layout.addWidget(widget)
        self.setFocusProxy(widgets[0])


def same(values: Sequence[Any]) -> bool:
    """Whether all chosen rows have one value."""
    return all(value == values[0] for value in values)


class QuantityEditor(Editor):
    """What editors of quantities share: a line in which one is typed, and a label that can be dragged."""

    scrubs = True

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self.edit = QuantityEdit(self._commit, self._step)
        self.edit.optional = field.optional
        self.edit.placeholder = placeholder(field)
        self.edit.gives = self.gives
        self.edit.said.connect(self._relay)
        self._base: tuple[Any, ...] = ()

    def settle(self) -> None:
        self.edit.finish()

    def show_formula(self, formula: str) -> None:
        self.edit.show_formula(formula)

    def scrub_start(self) -> None:
        """Remembers the values that a drag starts from."""
        self.settle()
        self._base = self.target.values(self.field)

    def scrub_to(self, steps: float, run: object) -> None:
        """Moves each value so many steps from where the drag started."""
        if len(self._base) == len(self.target.rows):
            self.target.put(self.field, [self._moved(value, steps) for value in self._base], run)
            self.scrubbed.emit()

    def _relay(self, text: str, role: str) -> None:
        self.said.emit(text, role)

    def _moved(self, value: Any, steps: float) -> Any:
        raise NotImplementedError

    def _commit(self, value: Typed) -> str:
        raise NotImplementedError

    def _step(self, steps: float, run: object) -> None:
        raise NotImplementedError


class NumberEditor(QuantityEditor):
    """A number or a whole number."""

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self._fill(self.edit)

    def context(self) -> object:
        return unit_of(self.target, self.field), self.target.document.plan.settings.currency

    def show_values(self, values: tuple[Any, ...]) -> None:
        self.edit.currency = self.target.document.plan.settings.currency
        self.edit.show_value(values[0], unit_of(self.target, self.field), not same(values))

    def _cast(self, value: float) -> float:
        whole = self.field.kind == "integer" and value == int(value)
        return int(value) if whole else value

    def _commit(self, value: Typed) -> str:
        values = self.target.values(self.field)
        if isinstance(value, Formula):
            return self.put_formula(value)
        if isinstance(value, Relative):
            if all(v is None for v in values):
                return "is empty: there is nothing to change"
            moved = [None if v is None else self._cast(value.of(v)) for v in values]
            with self.target.document.scaling(value.factor):
                return self.target.put(self.field, moved)
        return self.put_all(None if value is None else self._cast(value))

    def _step(self, steps: float, run: object) -> None:
        self.target.put(self.field, [self._moved(value, steps) for value in self.target.values(self.field)], run)
        self.scrubbed.emit()

    def _moved(self, value: Any, steps: float) -> Any:
        return None if value is None else self._cast(stepped(value, steps, self.field))


class FlagEditor(Editor):
    """Yes or no."""

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self.box = CheckBox()
        self.box.setMinimumHeight(28)
        self.box.clicked.connect(self._clicked)
        self._fill(self.box)

    def show_values(self, values: tuple[Any, ...]) -> None:
        state = Qt.CheckState.Checked if values[0] else Qt.CheckState.Unchecked
        self.box.setCheckState(state if same(values) else Qt.CheckState.PartiallyChecked)
        self.box.setTristate(not same(values))
        self.box.setText(("yes" if values[0] else "no") if same(values) else MIXED)

    def _clicked(self, _checked: bool) -> None:
        self._seen = object()
        self.put_all(self.box.checkState() != Qt.CheckState.Unchecked)
        self.refresh()


def form_combo() -> Combo:
    """A box of the form, in the weight of its other editors."""
    combo = Combo(least=4)
    combo.setStyleSheet("QComboBox { font-weight: 500; }")
    return combo


class ChoiceEditor(Editor):
    """One of several words, one row of a table, or yes, no and what is usual."""

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self.combo = form_combo()
        self.combo.activated.connect(self._chosen)
        self._options: tuple[tuple[Any, str], ...] = ()
        self._fill(self.combo)

    def context(self) -> object:
        field = self.field
        options: list[tuple[Any, str]]
        if field.kind == "flag":
            options = [(True, "yes"), (False, "no")]
        elif field.kind == "reference":
            plan = self.target.document.holder(field.refers)  # scenarios are those of the base, whichever is shown
            options = [(row.id, row_name(row)) for row in getattr(plan, field.refers)]
        else:
            options = [(choice, WORDS.get(choice, choice.replace("_", " "))) for choice in field.choices]
        if field.optional:
            options.insert(0, (None, self._default() if field.kind == "flag" else placeholder(field) or "none"))
        return tuple(options)

    def _default(self) -> str:
        """What an empty flag means in the chosen rows: default: yes."""
        meanings = {getattr(row, f"includes_{self.field.name.removesuffix('_included')}")() for row in self.target.rows}
        return "default" if len(meanings) > 1 else f"default: {'yes' if True in meanings else 'no'}"

    def show_values(self, values: tuple[Any, ...]) -> None:
        options = self.context()
        value, mixed = values[0], not same(values)
        if not mixed and value not in [v for v, _ in options]:  # type: ignore[attr-defined]
            options = (*options, (value, f"{value} (missing)"))  # type: ignore[misc]
        if options != self._options:
            self._options = options  # type: ignore[assignment]
            self.combo.clear()
            self.combo.addItems([text for _, text in self._options])
        self.combo.setPlaceholderText(MIXED if mixed else "")
        self.combo.setCurrentIndex(-1 if mixed else [v for v, _ in self._options].index(value))
        self.combo.setToolTip(literal(self.combo.currentText()))

    def _chosen(self, index: int) -> None:
        if refusal := self.put_all(self._options[index][0]):
            self.said.emit(refusal, "error")
