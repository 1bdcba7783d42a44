"""The editor of a series: one field, a small line to drag, and its form, growth, steps or list when unfolded."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from gigaplan.engine.plan.fields import Field, Growth, Series, Steps
from gigaplan.engine.plan.timeline import Timeline, month_number
from gigaplan.gui.document.document import Document
from gigaplan.gui.style import theme
from gigaplan.gui.text.months import read_month
from gigaplan.gui.text.quantities import Formula, NotRead, Relative, show, with_unit
from gigaplan.gui.views.inspector import series_forms as forms
from gigaplan.gui.views.inspector.editors import QuantityEditor, form_combo, same
from gigaplan.gui.views.inspector.quantity_edit import LineEdit, QuantityEdit, Typed
from gigaplan.gui.views.inspector.series_plot import SeriesPlot
from gigaplan.gui.views.inspector.series_table import SeriesTable, StepsTable
from gigaplan.gui.views.inspector.target import Editable, stepped, unit_of
from gigaplan.gui.widgets.texts import literal

HANDLES_OF_GROWTH = 5
STEPS_HELP = "A month, and the value from it on. Ins adds a step, Del removes it. Of a limit, none is no limit."


class _Line(LineEdit):
    """A line of text: what it shows, and what takes it, which says why not."""

    def __init__(self, shown: Callable[[], str], take: Callable[[str], str], document: Document) -> None:
        super().__init__()
        self._shown, self._take, self._document = shown, take, document
        self.textEdited.connect(lambda text: document.type(lambda: take(text.strip())))

    def revert(self) -> None:
        self._document.type(None)
        super().revert()

    def commit_text(self, text: str) -> None:
        self.setModified(False)
        self._document.type(None)
        if refusal := self._take(text):
            self.refuse(refusal)
        else:
            self.render_value()

    def render_value(self) -> None:
        self.set_text(self._shown())


class SeriesEditor(QuantityEditor):
    """A number, a start with growth, or a list. `below` takes the whole width under the field."""

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self.unfold = QToolButton()
        self.unfold.setCheckable(True)
        self.unfold.setToolTip("Constant, growing, dated steps, or one value per period")
        self.unfold.setAccessibleName(f"Form of {field.label}")
        self.unfold.setFixedSize(24, 26)
        self.unfold.toggled.connect(lambda _: self._arrange())
        self._fill(self.edit, self.unfold)
        self.below = QWidget()
        self._build_below()
        self._selected = -1
        self._period = -1
        self._caption = ""
        target.document.period_changed.connect(self._period_moved)
        self._restyle()

    def _build_below(self) -> None:
        self.plot = SeriesPlot()
        self.plot.setAccessibleName(f"{self.field.label} by period")
        self.plot.moved.connect(self._plot_moved)
        self.plot.stepped.connect(self._plot_stepped)
        self.plot.chosen.connect(self._choose)
        self.plot.pointed.connect(self._point)
        self.form = form_combo()
        self.form.setAccessibleName(f"Form of {self.field.label}")
        self.form.addItems(list(forms.FORMS.values()))
        self.form.activated.connect(self._convert)
        self.growth = QuantityEdit(self._commit_growth, self._step_growth)
        self.growth.setAccessibleName(f"Growth of {self.field.label}")
        self.growth.said.connect(self._relay)
        self.anchor = _Line(self._anchor_text, self._commit_anchor, self.target.document)
        self.anchor.setAccessibleName(f"Month of the start of {self.field.label}")
        self.anchor.setPlaceholderText("from the plan’s start")
        self.anchor.said.connect(self._relay)
        self.table, self.steps = SeriesTable(self.field), StepsTable(self.field)
        self.steps.setToolTip(literal(STEPS_HELP))
        for table in (self.table, self.steps):
            table.changed.connect(self._take)
            table.refused.connect(self._answer)
            table.drafted.connect(self._draft)
        self.steps.chosen.connect(self._choose_step)
        self.steps.itemSelectionChanged.connect(self._arrange_buttons)
        self.add, self.remove = QPushButton("Add a step"), QPushButton("Remove")
        self.remove.setAccessibleName("Remove the chosen steps")
        self.add.clicked.connect(self.steps.add)
        self.remove.clicked.connect(self.steps.remove)
        column = QVBoxLayout(self.below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        bar = QHBoxLayout()
        bar.setSpacing(6)
        bar.addWidget(self.form, 1)
        bar.addWidget(self.growth, 1)
        column.addWidget(self.plot)
        column.addLayout(bar)
        column.addWidget(self.anchor)
        column.addWidget(self.table)
        column.addWidget(self.steps)
        self.buttons = QWidget()
        buttons = QHBoxLayout(self.buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(6)
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        column.addWidget(self.buttons)

    @property
    def time(self) -> Timeline:
        """The time grid of the plan."""
        return Timeline.of(self.target.document.plan.settings)

    @property
    def unit(self) -> str | None:
        """The unit of the chosen rows; None where they differ."""
        return unit_of(self.target, self.field)

    def context(self) -> object:
        settings = self.target.document.plan.settings
        return self.unit, settings.start, settings.periods, settings.months_per_period, settings.currency, self._at()

    def _at(self) -> int:
        return self._selected if self._selected >= 0 else self.target.document.period

    def show_values(self, values: tuple[Any, ...]) -> None:
        currency = self.target.document.plan.settings.currency
        self.edit.currency = currency
        numbers = [forms.number_of(value, self._at(), self.time) for value in values]
        # Series that differ but start alike are shown as mixed too: the field stands for all of each.
        self.edit.show_value(numbers[0], self.unit, not same(values))
        series = values[0]
        form = forms.form_of(series)
        self.form.setCurrentIndex(list(forms.FORMS).index(form))
        if same(values) and form == "growth":
            self.growth.show_value(series.annual_growth, "fraction/year")
        if same(values) and form != "constant":
            points = [float(v) for v in self.time.of_field(self.field, series)]
            last = len(points) - 1
            some = {round(last * k / (HANDLES_OF_GROWTH - 1)) for k in range(HANDLES_OF_GROWTH)}
            # Months without a limit have no point to drag.
            handles = sorted(some) if form == "growth" else [t for t, v in enumerate(points) if math.isfinite(v)]
            chosen, dates = min(self._at(), last) if form in ("list", "steps") else -1, self.time.dates
            self.plot.show_values(points, handles, chosen, (dates[0], dates[-1]), form == "steps")
        self._caption = self._caption_of(series) if same(values) else ""
        self.said.emit(self._caption, "muted")
        self._arrange()

    def _arrange(self) -> None:
        values = self.target.values(self.field)
        single = bool(values) and same(values) and values[0] is not None
        form = forms.form_of(values[0]) if single else "constant"
        unfolded = self.unfold.isChecked() and single
        self.unfold.setEnabled(single)
        self.plot.setVisible(form != "constant")
        self.form.setVisible(unfolded)
        self.anchor.setVisible(unfolded and form == "growth")
        if not self.anchor.is_typing():
            self.anchor.render_value()
        self.growth.setVisible(unfolded and form == "growth")
        self.table.setVisible(unfolded and form == "list")
        for widget in (self.steps, self.buttons):
            widget.setVisible(unfolded and form == "steps")
        currency = self.target.document.plan.settings.currency
        if unfolded and form == "list":
            self.table.show_values(values[0], self.time, self.unit or "", currency)
        if unfolded and form == "steps":
            self.steps.show_steps(values[0], self.time, self.unit or "", currency)
            self._arrange_buttons()
        self.below.setVisible(unfolded or form != "constant")

    def _arrange_buttons(self) -> None:
        self.remove.setEnabled(self.steps.can_remove)

    def _take(self, series: Series) -> None:
        self._answer(self.put_all(series))

    def _draft(self, series: Series | None) -> None:
        self.target.document.type(None if series is None else lambda: self.put_all(series))

    def _choose_step(self, position: int) -> None:
        """Has the field and the line show the period in which a step of the table begins."""
        series = self._shown_series()
        if isinstance(series, Steps) and position < len(series.steps):
            month = month_number(series.steps[position][0]) - self.time.first_month
            period = max(0, -(-month // self.time.months))
            if period < self.time.periods:
                self._choose(period)

    def _answer(self, refusal: str) -> None:
        """Says why what the table gave was not taken, and puts the values back; nothing to say where it was."""
        self.said.emit(refusal, "error" if refusal else "muted")
        if refusal:
            self._arrange()

    def _caption_of(self, series: Series | None) -> str:
        labels = self.time.labels
        if isinstance(series, Growth):
            sign = "+" if series.annual_growth >= 0 else ""
            return f"{series.from_ or labels[0]}, {sign}{show(series.annual_growth, 'fraction', QLocale())} a year"
        if isinstance(series, Steps):
            at = forms.step_at(series, self._at(), self.time)
            return f"from {series.steps[at][0]}, step {at + 1} of {len(series.steps)}"
        if isinstance(series, tuple) and series:
            at = min(self._at(), len(series) - 1)
            period = labels[at] if at < len(labels) else f"period {at + 1}"
            return f"in {period}"
        return ""

    def _relay(self, text: str, role: str) -> None:
        self.said.emit(*((text, role) if text else (self._caption, "muted")))

    def settle(self) -> None:
        for line in (self.edit, self.growth, self.anchor):
            line.finish()

    def _commit(self, value: Typed) -> str:
        values = self.target.values(self.field)
        if isinstance(value, Formula):
            return self.put_formula(value)
        if isinstance(value, Relative):
            with self.target.document.scaling(value.factor):
                return self.target.put(self.field, [forms.scaled(v, value.factor) for v in values])
        if value is None:
            return self.put_all(None)
        if same(values):
            return self.put_all(forms.with_number(values[0], value, self._at(), self.time))
        # Of rows that differ, one that grows keeps its growth; a list has no single value, and becomes constant.
        return self.target.put(
            self.field,
            [value if isinstance(v, tuple | Steps) else forms.with_number(v, value, 0, self.time) for v in values],
        )

    def _step(self, steps: float, run: object) -> None:
        values = self.target.values(self.field)
        at = self._at()

        def step(series: Series | None) -> Series | None:
            if not isinstance(series, tuple | Steps) or not same(values):
                return forms.scrubbed(series, steps, self.field, self.time)
            number = forms.number_of(series, at, self.time)
            if number is None:
                return series
            return forms.with_number(series, stepped(number, steps, self.field), at, self.time)

        self.target.put(self.field, [step(v) for v in values], run)
        if all(isinstance(v, float | int | Growth) for v in values):  # else one period's value moved, or one step's
            self.scrubbed.emit()

    def _moved(self, value: Any, steps: float) -> Any:
        return forms.scrubbed(value, steps, self.field, self.time)

    def _commit_growth(self, value: Typed) -> str:
        series = self.target.values(self.field)[0]
        if value is None or isinstance(value, Formula) or not isinstance(series, Growth):
            return "is empty; a growth is needed, 0 % for none"
        growth = value.of(series.annual_growth) if isinstance(value, Relative) else value
        return self.put_all(Growth(series.start, growth, series.from_))

    def _shown_series(self) -> Series | None:
        values = self.target.values(self.field)
        return values[0] if values and same(values) else None

    def _anchor_text(self) -> str:
        series = self._shown_series()
        return series.from_ or "" if isinstance(series, Growth) else ""

    def _commit_anchor(self, text: str) -> str:
        series = self._shown_series()
        found = read_month(text, locale=QLocale()) if text else None
        if isinstance(found, NotRead):
            return found.text
        if not isinstance(series, Growth):
            return ""
        return self.put_all(Growth(series.start, series.annual_growth, found.value if found else None))

    def _step_growth(self, steps: float, run: object) -> None:
        series = self.target.values(self.field)[0]
        if isinstance(series, Growth):
            growth = round(series.annual_growth + steps / 100, 6)
            self.target.put(self.field, [Growth(series.start, growth, series.from_)] * len(self.target.rows), run)

    def _convert(self, index: int) -> None:
        series, lost = forms.converted(
            self.target.values(self.field)[0], list(forms.FORMS)[index], self.time, self.field
        )
        refusal = self.put_all(series)
        self._seen = object()
        self.refresh()
        if refusal or lost:
            self.said.emit(refusal or lost, "error" if refusal else "muted")

    def _plot_moved(self, period: int, value: float, run: object) -> None:
        series = forms.through(self.target.values(self.field)[0], period, value, self.field, self.time)
        self.target.put(self.field, [series] * len(self.target.rows), run)

    def _plot_stepped(self, period: int, steps: float, run: object) -> None:
        self._step(steps, run)

    def _choose(self, period: int) -> None:
        self._selected = period
        self.refresh()

    def _period_moved(self, _period: int) -> None:
        self._selected = -1
        self.refresh()

    def _point(self, period: int) -> None:
        values = self.target.values(self.field)
        if period < 0 or not values:
            self.said.emit(self._caption, "muted")
            return
        points = self.time.of_field(self.field, values[0], missing=math.nan)
        if period < len(points) and not math.isnan(points[period]):
            currency = self.target.document.plan.settings.currency
            value = float(f"{points[period]:.4g}")
            text = with_unit(value, self.unit or "", QLocale(), currency)
            self.said.emit(f"{self.time.labels[period]}: {text}", "muted")

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange:
            self._restyle()

    def _restyle(self) -> None:
        self.unfold.setIcon(theme.icon("chart-line"))
        self.unfold.setCursor(Qt.CursorShape.PointingHandCursor)
