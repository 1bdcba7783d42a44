"""Two cards of drawn cases: the fan of a series over time, and how likely it is that a key figure is exceeded."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from gigaplan.engine.analysis.fans import STRANDED, WHOLE, Fan, fan, names_in
from gigaplan.engine.analysis.uncertainty import spread
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.gui.charting.fan import Curves, CurvesPlot
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.charting.risk_pictures import (
    BANDS,
    exceedance_curves,
    exceedance_words,
    fan_curves,
    series_label,
    stranded_words,
)
from gigaplan.gui.jobs.risk_job import Outcomes
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.text.explain_request import Asked, Drawn, Key
from gigaplan.gui.views.risk.cards import Pointed, RiskCard, asked_of
from gigaplan.gui.widgets.combo import Combo

NONE_DRAWN = "Draw samples to see it."


class _CurvesCard(RiskCard):
    """A plot of drawn cases with a choice, words, and the figure as a file."""

    def __init__(self, title: str, name: Callable[[], str], plot_name: str) -> None:
        self._name = name
        super().__init__(title, lambda: f"{name()}-{title.lower()}")
        self.plot = CurvesPlot(plot_name)

    def _lay_out(self, *tools: QWidget) -> None:
        for widget in (*tools, self.save):
            self.head.addWidget(widget)
        self.body.addWidget(self.plot, 1)
        self.body.addWidget(self.words)
        self.body.addWidget(self.said)
        self.body.addStretch(0)

    def _show(self, picture: Curves | None, stale: bool, words: str) -> None:
        self.plot.show_curves(picture, stale)
        self.plot.setVisible(picture is not None)
        self.words.setText(words if picture is not None else NONE_DRAWN)

    def pointed(self, at: QPoint | None) -> Pointed | None:
        picture = self.plot.picture
        place = self.plot.place_at(0 if at is None else self.plot.mapFrom(self, at).x())
        if picture is None or place is None or self.plot.isHidden():
            return None
        return Pointed(picture.readings[place].replace("\n", ", "), self._asked(place))

    def _asked(self, place: int) -> tuple[Asked, ...]:
        """The figure of the plan whose range is drawn at a place."""
        raise NotImplementedError

    def figure(self) -> Figure | None:
        picture = self.plot.picture
        if picture is None or self.plot.isHidden():
            return None
        stale = "; out of date" if self.plot.dimmed else ""
        foot = f"{self._name()}{stale}. {self.words.text()}"
        return Figure(picture.title, "", self.plot.size(), self.plot.paint, (), foot, self.text(","))


class FanCard(_CurvesCard):
    """A series over time, as it lies in the samples."""

    def __init__(self, name: Callable[[], str]) -> None:
        super().__init__("Range over time", name, "Range of a series over time")
        self.series = Combo("Series", 12)
        self.series.activated.connect(self._again)
        self._fan: Fan | None = None
        self._plan: Plan | None = None
        self._found: Outcomes | None = None
        self._lay_out(self.series)

    def show_drawn(self, plan: Plan, found: Outcomes) -> None:
        """Draws the series that is chosen."""
        self._plan, self._found = plan, found
        items = [(series_label(plan, each), each) for each in names_in(found.drawn)]
        if items and items != [(self.series.itemText(k), self.series.itemData(k)) for k in range(self.series.count())]:
            chosen = self.series.currentData()
            self.series.clear()
            for text, data in items:
                self.series.addItem(text, data)
            self.series.setCurrentIndex(max(self.series.findData(chosen), 0))
        self.series.setVisible(bool(items))
        self._again()

    def _again(self, *_: object) -> None:
        plan, found = self._plan, self._found
        if plan is None or found is None:
            return
        name = self.series.currentData()
        self._fan = fan(found.drawn, name) if name in names_in(found.drawn) else None
        stale = bool(found.drawn) and not found.are_drawn_fresh
        self._show(None if self._fan is None else fan_curves(plan, self._fan), stale, self._sentence(plan, found))

    def _sentence(self, plan: Plan, found: Outcomes) -> str:
        is_of_them = self._fan is not None and self._fan.name == STRANDED
        return f"{stranded_words(plan, found.drawn) if is_of_them else ''} {BANDS}".lstrip()

    def _asked(self, place: int) -> tuple[Asked, ...]:
        name = "" if self._fan is None else self._fan.name
        return (asked_of(Drawn(name, "total", "total", place, place + 1)),) if name in WHOLE else ()

    def text(self, separator: str = "\t") -> str:
        plan, found = self._plan, self._fan
        if plan is None or found is None:
            return ""
        unit = found.unit.replace("USD", plan.settings.currency)
        rows: list[list[object]] = [["period", *(f"{p} [{unit}]" for p in ("P5", "P10", "P50", "P90", "P95"))]]
        columns = (found.p05, found.p10, found.p50, found.p90, found.p95)
        for date, *values in zip(Timeline.of(plan.settings).dates, *columns, strict=True):
            rows.append([date, *("" if value is None else value for value in values)])
        return sheet_text(rows, separator)


class ExceedanceCard(_CurvesCard):
    """How likely it is that the key figure of the page is so high or higher."""

    def __init__(self, name: Callable[[], str]) -> None:
        super().__init__("Chance of exceeding", name, "Chance that the key figure is exceeded")
        self._rows: list[list[object]] = []
        self._kpi = ""
        self._lay_out()

    def show_drawn(self, plan: Plan, found: Outcomes, kpi: str) -> None:
        """Draws the curve of a key figure."""
        about = spread(found.drawn, kpi)
        currency = plan.settings.currency
        stale = bool(found.drawn) and not found.are_drawn_fresh
        self._rows, self._kpi = [], kpi
        if about is None:
            self._show(None, stale, "")
            return
        self._rows = [[KPIS[kpi].unit_in(currency), "chance of so much or more"]]
        for level, chance in about.exceedance:
            self._rows.append([level, chance])
        self._show(exceedance_curves(about, kpi, currency), stale, exceedance_words(about, kpi, currency))

    def _asked(self, place: int) -> tuple[Asked, ...]:
        return (asked_of(Key(self._kpi)),)

    def text(self, separator: str = "\t") -> str:
        return sheet_text(self._rows, separator) if self._rows else ""
