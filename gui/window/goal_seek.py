"""Goal seek: which value of an input brings a key figure to what is asked, in a dialog over the open plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from gigaplan.engine.plan.fields import fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.worker import Stopped, Told, Worker
from gigaplan.gui.text.number_format import cut, with_unit
from gigaplan.gui.text.quantities import NotRead, read, show
from gigaplan.gui.widgets.combo import Combo
from gigaplan.gui.widgets.dialog_buttons import Button, Foot
from gigaplan.gui.widgets.texts import Label

if TYPE_CHECKING:
    from gigaplan.engine.analysis.goal_seek import SoughtInput, SoughtValue

TABLES = ("workloads", "offers", "sites", "policies", "power_contracts", "services", "agreements")
WIDER = 4.0
"""The range to look in is at first from a fourth of what stands in the field to four times that."""
LONGEST = 70


@dataclass(frozen=True)
class Varied:
    """An input that can be varied, as the dialog tells it."""

    what: SoughtInput
    label: str
    unit: str
    now: float
    """What stands in it; 1 where it changes over time and is multiplied."""
    most: float | None
    """No value is above it."""


def varied(plan: Plan) -> list[Varied]:
    """Every number of the plan that a figure may depend on."""
    from gigaplan.engine.analysis.goal_seek import SoughtInput, is_scaled

    found = []
    rows: list[tuple[str, str | None, Any, type]] = [
        (table, row.id, row, ROW_TYPES[table]) for table in TABLES for row in getattr(plan, table)
    ]
    for table, id, row, row_type in [*rows, ("plan", None, plan.settings, Settings)]:
        for field in fields(row_type):
            value = getattr(row, field.name)
            if field.kind not in ("number", "series") or value is None:
                continue
            what = SoughtInput(table, id, field.name)
            scaled = is_scaled(plan, what)
            whose = f" · {cut(row_name(row), LONGEST - len(field.label))}" if id is not None else ""
            unit = "ratio" if scaled else field.unit_in(row)
            label = f"{field.label}{whose}" + (", times" if scaled else "")
            found.append(Varied(what, label, unit, 1.0 if scaled else float(value), None if scaled else field.le))
    return found


def figures(result: Result) -> list[tuple[str, str, str | None, float]]:
    """Label, name, workload and value of every key figure that a result has."""
    names = {w.id: row_name(w) for w in result.plan.workloads}
    found = []
    for name, value in result.kpis.items():
        each = value if isinstance(value, dict) else {None: value}
        for workload, figure in each.items():
            if figure is not None:
                about = f" · {names.get(workload, workload)}" if workload is not None else ""
                found.append((f"{KPIS[name].label}{about}", name, workload, float(figure)))
    return found


class GoalSeek(QDialog):
    """Asks for an input, a range, a figure and its goal; says the value, and takes it as one step."""

    def __init__(self, document: Document, planner: Planner, window: QWidget, field: str = "", kpi: str = "") -> None:
        super().__init__(window)
        self.setWindowTitle("Goal seek")
        self.setMinimumWidth(460)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._document = document
        self._found: SoughtValue | None = None
        self._plan = document.plan
        self._inputs = varied(self._plan)
        result = planner.result
        self._figures = figures(result) if result is not None and result.status == "optimal" else []
        self.task = Worker("goal seek", parent=self)
        self.task.answer.connect(lambda _, found: self._take(found))
        self.task.failed.connect(lambda _, why: self._end(why))
        self.input = _searched("Input", [one.label for one in self._inputs])
        self.figure = _searched("Figure", [label for label, *_ in self._figures])
        self.low, self.high, self.goal = (_line(name) for name in ("From", "To", "Goal"))
        self.said = Label()
        self.said.setWordWrap(True)
        self.progress = QProgressBar(textVisible=False)
        self.progress.hide()
        self.task.progressed.connect(lambda _, part: self.progress.setValue(round(100 * part)))
        self._lay_out()
        self.input.currentIndexChanged.connect(self._chosen)
        self.figure.currentIndexChanged.connect(self._figure_chosen)
        self._begin(field, kpi)

    def _lay_out(self) -> None:
        between = QHBoxLayout()
        between.addWidget(self.low)
        between.addWidget(Label("to"))
        between.addWidget(self.high)
        form = QFormLayout()
        form.addRow("Which value of", self.input)
        form.addRow("from", between)
        form.addRow("makes", self.figure)
        form.addRow("equal to", self.goal)
        foot = Foot(self, "Seek", self._seek, Button.Close)
        self.seek_button = foot.main
        self.use_button = foot.add("Use this value", self._use)
        self.use_button.setEnabled(False)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.progress)
        layout.addWidget(self.said)
        layout.addWidget(foot)

    def _begin(self, field: str, kpi: str) -> None:
        """Chooses the field and the figure that were pointed at; else the selection's first, and the total cost."""
        if not self._figures or not self._inputs:
            self.seek_button.setEnabled(False)
            self.said.setText("There is no solved plan to seek in yet.")
            return
        table, ids = self._document.selection.table, self._document.selection.ids
        mine = [k for k, v in enumerate(self._inputs) if v.what.table == table and (v.what.row in ids or not ids)]
        named = [k for k in mine if self._inputs[k].what.name == field]
        usual = [k for k in mine if self._inputs[k].what.name in ("demand", "price_usd", "power_mw", "limit")]
        self.input.setCurrentIndex((named or usual or mine or [0])[0])
        names = [name for _, name, *_ in self._figures]
        self.figure.setCurrentIndex(names.index(kpi or "tco_usd") if (kpi or "tco_usd") in names else 0)
        self._chosen()
        self._figure_chosen()

    def _chosen(self) -> None:
        one = self._inputs[self.input.currentIndex()]
        low, high = (one.now / WIDER, one.now * WIDER) if one.now > 0 else (0.0, 1.0)
        high = high if one.most is None else min(high, one.most)
        for line, value in ((self.low, low), (self.high, high)):
            line.setText(_shown(value, one.unit))
        self._forget()

    def _figure_chosen(self) -> None:
        _, name, _, value = self._figures[self.figure.currentIndex()]
        self.goal.setText(_shown(value, KPIS[name].unit))
        self.goal.selectAll()
        self._forget()

    def _forget(self) -> None:
        self._found = None
        self.use_button.setEnabled(False)
        self.said.setText("")

    def _number(self, line: QLineEdit, unit: str) -> float | None:
        read_ = read(line.text(), unit, currency=self._plan.settings.currency)
        if isinstance(read_, NotRead):
            self.said.setText(f"{line.accessibleName()}: {line.text()!r} {read_.text}.")
            return None
        return read_.value

    def _seek(self) -> None:
        from gigaplan.engine.analysis.goal_seek import Goal

        if self.task.is_busy:
            self.task.cancel()
            self._end("Stopped.")
            return
        self._forget()
        one, (_, name, workload, _) = self._inputs[self.input.currentIndex()], self._figures[self.figure.currentIndex()]
        numbers = [self._number(line, one.unit) for line in (self.low, self.high)]
        goal = self._number(self.goal, KPIS[name].unit)
        low, high = numbers
        if low is None or high is None or goal is None:
            return
        if not low < high:
            self.said.setText("The range is empty: its first value must be below its second.")
            return
        self.progress.setValue(0)
        self.progress.show()
        self.seek_button.setText("Stop")
        plan, sought = self._plan, Goal(name, goal, workload)
        self.task.ask(lambda told: _sought(plan, one.what, sought, low, high, told))

    def _take(self, found: SoughtValue | str) -> None:
        if isinstance(found, str):
            self._end(found)
            return
        one, (label, name, _, _) = self._inputs[self.input.currentIndex()], self._figures[self.figure.currentIndex()]
        unit, currency = KPIS[name].unit, self._plan.settings.currency

        def figure(value: float) -> str:
            return with_unit(value, unit, currency, 4)

        if found.value is None or found.reached is None:
            within = "" if found.least is None or found.most is None else (
                f" It is from {figure(found.least)} to {figure(found.most)} there."
            )  # fmt: skip
            self._end(f"No value in this range does it.{within or ' No plan meets every limit there.'}")
            return
        value = with_unit(found.value, "" if one.unit == "ratio" else one.unit, currency, 6)
        value = f"{value} times what it is" if one.unit == "ratio" else value
        jump = " It jumps over the goal there." if found.is_jump else ""
        self._end(f"{one.label}: {value}. {label} is then {figure(found.reached)}.{jump}")
        self._found = found
        self.use_button.setEnabled(True)

    def _end(self, text: str) -> None:
        self.progress.hide()
        self.seek_button.setText("Seek")
        self.said.setText(text)

    def _use(self) -> None:
        if self._found is None or self._found.plan is None:
            return
        if self._document.plan is not self._plan:
            self._end("The plan has changed meanwhile: seek again.")
            return
        self._document.apply(self._found.plan, f"Goal seek: {self._inputs[self.input.currentIndex()].label}")
        self.accept()

    def done(self, result: int) -> None:
        self.task.stop()
        super().done(result)


def _shown(value: float, unit: str) -> str:
    return show(float(f"{value:.6g}"), unit)


def _sought(plan: Plan, what: SoughtInput, goal: Any, low: float, high: float, told: Told) -> SoughtValue | str:
    from gigaplan.engine.analysis.goal_seek import goal_seek
    from gigaplan.engine.optimization.solution import Cancelled

    try:
        return goal_seek(plan, what, goal, low, high, told=told, cancelled=told.is_dropped)
    except Cancelled:
        raise Stopped from None
    except PlanError as error:
        return str(error.problems[0])


def _line(name: str) -> QLineEdit:
    line = QLineEdit()
    line.setAccessibleName(name)
    return line


def _searched(name: str, labels: list[str]) -> Combo:
    """A box that finds its entries by any part of their names."""
    box = Combo(name, 30)
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.addItems(labels)
    if (completer := box.completer()) is not None:
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)

    def settle() -> None:
        """Takes the first entry with what was typed, or goes back to the one that was chosen."""
        typed = box.currentText().casefold()
        near = [k for k, label in enumerate(labels) if typed in label.casefold()]
        at = box.currentIndex()
        box.setCurrentIndex(at if labels[at : at + 1] == [box.currentText()] or not near else near[0])
        box.setEditText(box.itemText(box.currentIndex()))

    line = box.lineEdit()
    if line is not None:
        line.editingFinished.connect(settle)
    return box
