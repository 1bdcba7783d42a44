"""The line with which a person adds a move to a scenario: which input, of which row, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from gigaplan.engine.plan.bounds import NUMERIC
from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.plan.scenarios import move
from gigaplan.engine.plan.schema import ROW_TYPES, Override, Settings
from gigaplan.engine.plan.timeline import Timeline, is_month
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.present.scenario_words import WHOLE
from gigaplan.gui.text.quantities import NotRead, Quantity, read, read_relative, unit_shown
from gigaplan.gui.text.text_lists import parts_of
from gigaplan.gui.widgets.cards import note
from gigaplan.gui.widgets.combo import Combo
from gigaplan.gui.widgets.texts import Label, literal

# Reading what a person types for an override: a quantity in the unit of the field, a factor, a date, names of rows.


TABLE_WORDS = {
    "plan": "The plan",
    "sites": "Sites",
    "power_contracts": "Power contracts",
    "services": "Services",
    "offers": "Offers",
    "workloads": "Workloads",
    "platforms": "Platforms",
    "agreements": "Agreements",
    "policies": "Policies",
}
"""The tables whose inputs a scenario can move; ports have no id to be named by."""
KINDS = (*NUMERIC, "flag", "choice", "month", "reference", "references", "texts")


def movable(table: str) -> tuple[Field, ...]:
    """The fields of a table that the editor can move."""
    row_type = Settings if table == "plan" else ROW_TYPES[table]
    return tuple(f for f in fields(row_type) if f.kind in KINDS and not (f.group == "Source" or f.kind == "identifier"))


def operations(field: Field) -> tuple[tuple[str, str], ...]:
    """What can be done with a field, and its words."""
    if field.kind in NUMERIC:
        return (("set", "set to"), ("scale", "multiply by"), ("add", "add"))
    return (("set", "set to"),)


def choices(field: Field, plan: Plan) -> list[tuple[str, Any]]:
    """The values to choose from, with their words; empty where a value is typed."""
    found: list[tuple[str, Any]] = []
    if field.kind == "flag":
        found = [("yes", True), ("no", False)]
    elif field.kind == "choice":
        found = [(c.replace("_", " "), c) for c in field.choices]
    elif field.kind == "reference":
        found = [(row_name(row)[:80], row.id) for row in getattr(plan, field.refers)]
    if found and field.optional:
        found.append(("none", None))
    return found


def value_typed(text: str, field: Field, op: str, units: set[str], plan: Plan) -> tuple[Any, str] | NotRead:
    """The value that was typed and how it was understood, or why it says nothing."""
    text = text.strip()
    if not text:
        if op == "set" and field.optional:
            return None, "no limit"
        return NotRead("Type a value.")
    if field.kind in ("references", "texts"):
        return _names(text, field, plan)
    if field.kind == "month":
        return (text, "") if is_month(text) else NotRead("A month is written as 2027-04.")
    found: Quantity | NotRead
    if op == "scale":
        relative = read_relative(text, "ratio", locale=QLocale())
        if isinstance(relative, NotRead):
            return relative
        if relative is not None:
            return relative.factor, relative.text
        found = read(text, "ratio", locale=QLocale())
    elif len(units) > 1:
        return NotRead("The chosen rows have different units: multiply them, or choose one.")
    else:
        typed = text.removeprefix("+").strip() if op == "add" else text
        found = read(typed, next(iter(units), ""), locale=QLocale(), currency=plan.settings.currency)
    return found if isinstance(found, NotRead) else (found.value, found.text)


def _names(text: str, field: Field, plan: Plan) -> tuple[Any, str] | NotRead:
    if field.kind == "texts":
        return parts_of(text), ""
    words = [w.strip() for w in text.split(",") if w.strip()]
    if text in field.choices:
        return text, "everywhere" if text == "*" else ""
    rows = {key: row.id for row in getattr(plan, field.refers) for key in (row_name(row).casefold(), row.id)}
    words = [text] if text.casefold() in rows else words  # a name may hold a comma
    unknown = next((w for w in words if w.casefold() not in rows), None)
    if unknown is not None:
        return NotRead(f"There is no {field.refers[:-1]} called {unknown[:60]}.")
    return tuple(dict.fromkeys(rows[w.casefold()] for w in words)), ""


def why_not(plan: Plan, scenario: str, overrides: tuple[Override, ...]) -> str:
    """Why a scenario cannot have these overrides; empty where it can. What was wrong before is not asked about."""
    index = next(k for k, s in enumerate(plan.scenarios) if s.id == scenario)
    before = {p.text for p in move(plan, index)[1]}
    moved = move(with_fields(plan, "scenarios", scenario, overrides=overrides), index)[1]
    new = next((p for p in moved if p.text not in before), None)
    if new is None:
        return ""
    of_one_override = ".overrides[" in new.path  # else of the plan under all of them
    return f"It {new.text}. {new.remedy}".strip() if of_one_override else f"{new.text.capitalize()}."


Span = tuple[str | None, str | None]
"""From and until which month; None leaves that side open."""


def override(table: str, row: str | None, field: str, op: str, value: Any, when: Span = (None, None)) -> Override:
    """An override of plain values, as a file would have it; `when` is the month from which, and until which."""
    given = {"table": table, "row": row, "field": field, "op": op, "value": value, "from": when[0], "until": when[1]}
    return msgspec.convert(msgspec.to_builtins(given), Override)


EVERY = "*"
"""Not an id: ids have no asterisk."""
Taken = Callable[[list[Override]], str]
"""Takes the overrides of a move; gives why they cannot be, or an empty text."""


class OverrideForm(QWidget):
    """Table, row, field, operation, value and periods; Add, or Enter in the value, hands the move over."""

    def __init__(
        self, take: Taken, draft: Callable[[list[Override]], None] = lambda _: None, parent: QWidget | None = None
    ) -> None:
        """`draft` is told what would be taken of what is typed so far."""
        super().__init__(parent)
        self._take, self._draft = take, draft
        self._plan: Plan | None = None
        self.table, self.row, self.field = Combo("Table", 2), Combo("Row", 3), Combo("Field", 3)
        self.op, self.choice = Combo("Operation", 2), Combo("Value to choose", 3)
        self.first, self.last = Combo("First period", 4), Combo("Last period", 4)
        self.value = _Value()
        self.value.setAccessibleName("Value")
        self.value.setMinimumWidth(60)
        self.value.textEdited.connect(self._preview)
        self.value.returnPressed.connect(self.submit)
        self.values = QStackedWidget()
        self.values.addWidget(self.value)
        self.values.addWidget(self.choice)
        self.add = QPushButton("Add")
        self.add.setAccessibleName("Add this override to the scenario")
        self.add.clicked.connect(self.submit)
        self.said = note("muted")
        self.table.currentIndexChanged.connect(self._fill_rows)
        self.row.currentIndexChanged.connect(self._hint)
        self.field.currentIndexChanged.connect(self._fill_operations)
        self.op.currentIndexChanged.connect(self._hint)
        self._lay_out()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(6)
        grid.addWidget(self.table, 0, 0)
        grid.addWidget(self.row, 0, 1)
        grid.addWidget(self.field, 0, 2, 1, 2)
        for column, stretch in enumerate((3, 4, 6, 0)):
            grid.setColumnStretch(column, stretch)
        when = QHBoxLayout()
        when.setSpacing(4)
        self._when = [Label("from"), self.first, Label("to"), self.last]
        for widget in self._when:
            widget.setProperty("role", "muted") if isinstance(widget, QLabel) else None
            when.addWidget(widget, 1 if widget in (self.first, self.last) else 0)
        grid.addWidget(self.op, 1, 0)
        grid.addWidget(self.values, 1, 1)
        grid.addLayout(when, 1, 2)
        grid.addWidget(self.add, 1, 3)
        grid.addWidget(self.said, 2, 0, 1, 4)

    def show_plan(self, plan: Plan) -> None:
        """Offers the rows of this plan; what a person has chosen or typed stays where it is still there."""
        before, self._plan = self._plan, plan
        tables = [t for t in TABLE_WORDS if t == "plan" or getattr(plan, t)]
        if before is None or tables != [self.table.itemData(k) for k in range(self.table.count())]:
            kept = self.table.currentData() or ("sites" if "sites" in tables else "plan")
            _fill(self.table, [(TABLE_WORDS[t], t) for t in tables], kept)
            self._fill_rows()
        elif before is not plan:
            self._fill_rows()
        if before is None or before.settings != plan.settings:
            labels = Timeline.of(plan.settings).labels
            for box, kept in ((self.first, 0), (self.last, len(labels) - 1)):
                _fill(box, [(label, k) for k, label in enumerate(labels)], kept)
        if self.value.isModified() and before is not plan:
            self._preview()  # what is typed here outlives an edit elsewhere

    def _fill_rows(self) -> None:
        plan, table = self._plan, self.table.currentData()
        if plan is None or table is None:
            return
        rows = [] if table == "plan" else getattr(plan, table)
        offered: list[tuple[str, Any]] = [(row_name(row)[:80], row.id) for row in rows]
        if len(rows) > 1:
            whole = WHOLE[table]
            offered.insert(0, (whole[0].upper() + whole[1:], EVERY))
        _fill(self.row, offered or [("The plan", None)], self.row.currentData())
        self.row.setEnabled(table != "plan")
        names = [(f.label, f.name) for f in movable(table)]
        if names != [(self.field.itemText(k), self.field.itemData(k)) for k in range(self.field.count())]:
            first = {"sites": "electricity_usd_per_mwh", "offers": "price_usd", "workloads": "demand"}.get(table)
            _fill(self.field, names, self.field.currentData() or first, first)
            self._fill_operations()
        self._hint()

    @property
    def chosen_field(self) -> Field | None:
        """The field that is chosen."""
        table = self.table.currentData()
        return next((f for f in movable(table) if f.name == self.field.currentData()), None) if table else None

    def _rows(self) -> list[Any]:
        plan, table, chosen = self._plan, self.table.currentData(), self.row.currentData()
        assert plan is not None
        if table == "plan":
            return [plan.settings]
        return [row for row in getattr(plan, table) if chosen in (EVERY, row.id)]

    def _fill_operations(self) -> None:
        field = self.chosen_field
        if field is None or self._plan is None:
            return
        _fill(self.op, [(words, op) for op, words in operations(field)], self.op.currentData())
        self.op.setEnabled(self.op.count() > 1)
        offered = choices(field, self._plan)
        _fill(self.choice, offered, self.choice.currentData())
        self.values.setCurrentIndex(1 if offered else 0)
        for widget in self._when:
            widget.setEnabled(field.kind == "series")
        self.field.setToolTip(literal(field.full_help))
        self.value.clear()
        self._hint()

    def _hint(self) -> None:
        field = self.chosen_field
        if field is None or self._plan is None:
            return
        units = {unit_shown(field.unit_in(row), self._plan.settings.currency) for row in self._rows()}
        unit = next(iter(units)) if len(units) == 1 else ""
        op = self.op.currentData()
        if op == "scale":
            hint = "1.4, or +40%"
        elif field.kind == "month":
            hint = "2027-04"
        elif field.kind in ("references", "texts"):
            hint = f"names, with {'commas' if field.kind == 'references' else 'semicolons'} between"
        else:
            hint = unit or ("12 %" if "fraction" in str(field.unit) else "a value")
        self.value.setPlaceholderText(hint if op != "set" or not field.optional else f"{hint}; empty: none".strip())
        self._say("", "muted")

    def _read(self) -> tuple[Any, str] | NotRead:
        field, plan = self.chosen_field, self._plan
        if field is None or plan is None:
            return NotRead("Choose a field.")
        if self.values.currentIndex() == 1:
            return self.choice.currentData(), ""
        units = {field.unit_in(row) for row in self._rows()}
        return value_typed(self.value.text(), field, self.op.currentData(), units, plan)

    def _preview(self) -> None:
        found = self._read() if self.value.text().strip() else (None, "")
        self._say("" if isinstance(found, NotRead) else found[1], "muted")
        made = None if isinstance(found, NotRead) or not self.value.text().strip() else self._made(found[0])
        self._draft(made or [])

    def _made(self, value: Any) -> list[Override] | None:
        """The overrides that the form stands for; None where it has no period."""
        field, table = self.chosen_field, self.table.currentData()
        assert field is not None
        when = self._when_moved() if field.kind == "series" else (None, None)
        if when is None:
            return None
        rows = [None] if table == "plan" else [row.id for row in self._rows()]
        return [override(table, row, field.name, self.op.currentData(), value, when) for row in rows]

    def submit(self) -> None:
        """Hands the move over, or says why it cannot be."""
        found = self._read()
        if isinstance(found, NotRead):
            self._say(f"{found.text[:1].upper()}{found.text[1:]}", "error")
            return
        made = self._made(found[0])
        if made is None:
            self._say("The first period is after the last.", "error")
            return
        typed = self.value.text()
        self.value.clear()
        refusal = self._take(made)
        self._say(refusal, "error" if refusal else "muted")
        if refusal:
            self.value.setText(typed)
            self.value.setModified(True)

    def _when_moved(self) -> Span | None:
        """From and until which month it moves; None where there is no period between."""
        assert self._plan is not None
        first, last = max(0, self.first.currentIndex()), self.last.currentIndex()
        if first > last:
            return None
        dates = Timeline.of(self._plan.settings).dates
        return (dates[first] if first else None), (dates[last + 1] if last + 1 < len(dates) else None)

    def _say(self, text: str, role: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))
        if self.said.property("role") != role:
            self.said.setProperty("role", role)
            self.said.style().unpolish(self.said)
            self.said.style().polish(self.said)


class _Value(QLineEdit):
    """Enter adds, and goes no further."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


def _fill(box: QComboBox, items: list[tuple[str, Any]], chosen: Any, otherwise: Any = None) -> None:
    """Gives a box its items, and keeps the chosen one where it is among them."""
    if [(box.itemText(k), box.itemData(k)) for k in range(box.count())] == items:
        return
    blocked = box.blockSignals(True)
    box.clear()
    for words, data in items:
        box.addItem(words, data)
    at = box.findData(chosen)
    box.setCurrentIndex(at if at >= 0 else max(0, box.findData(otherwise)))
    box.blockSignals(blocked)
