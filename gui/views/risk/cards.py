"""The two cards of the risk page: what moves a figure most, and how it may come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSpinBox, QVBoxLayout, QWidget

from gigaplan.engine.analysis.uncertainty import Case, CaseOutcome
from gigaplan.engine.analysis.uncertainty import figure as value_in
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.charting.histogram import HistogramPlot
from gigaplan.gui.charting.risk_pictures import (
    ALONE,
    ENDS,
    MOST_ROWS,
    TOGETHER,
    count_words,
    drawn_figure,
    drawn_of,
    drawn_words,
    tornado_figure,
    tornado_of,
)
from gigaplan.gui.charting.save_button import SaveButton
from gigaplan.gui.charting.tornado import Tornado, TornadoPlot
from gigaplan.gui.jobs.risk_job import Outcomes, left_words
from gigaplan.gui.present.risk_figures import drawn_text, swings_text
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import shown
from gigaplan.gui.text.explain_request import Asked, Drawn, Key
from gigaplan.gui.text.kpi_text import kpi_text
from gigaplan.gui.widgets import cards
from gigaplan.gui.widgets.checkbox import CheckBox
from gigaplan.gui.widgets.combo import Combo
from gigaplan.gui.widgets.texts import Label

COUNTS = (100, 300, 1000)


@dataclass(frozen=True)
class Pointed:
    """A figure of a card as a menu is asked for it: what it says, and what can be done with it."""

    spoken: str
    """In words, with its unit."""
    asked: tuple[Asked, ...] = ()
    """The figures of the plan whose reasons are its own."""
    actions: tuple[tuple[str, Callable[[], object]], ...] = ()
    """What the card does with it: (words, what runs)."""
    fields: tuple[tuple[str, str, str], ...] = ()
    """(table, id, field): the inputs that it is of."""


class RiskCard(cards.CopiedCard):
    """A title, a body, words below, and the figure as a file; Ctrl+C copies its values."""

    menu_requested = Signal(object, QPoint)
    """(Pointed, place): a person asks what can be done with a figure."""

    def __init__(self, title: str, save_as: Callable[[], str]) -> None:
        super().__init__(title)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.save = SaveButton(title, self.figure, save_as)
        self.save.failed.connect(self._say)
        self.words, self.said = cards.note("muted"), cards.note("error", visible=False)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(cards.title(title))
        self.head.addStretch(1)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(14, 10, 14, 12)
        self.body.setSpacing(6)
        self.body.addLayout(self.head)

    def add_tools(self, *widgets: QWidget) -> None:
        """A row below the title: beside it they would be wider than a small window has room for."""
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget)
        row.addStretch(1)
        self.body.addLayout(row)

    def figure(self) -> Figure | None:
        """The figure as it stands, to be copied or saved; None while there is none."""
        raise NotImplementedError

    def pointed(self, at: QPoint | None) -> Pointed | None:
        """The figure at a place of the card, or for None the one that the keys are at; None where there is none."""
        return None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        found = self.pointed(None if by_key else event.pos())
        if found is not None:
            self.menu_requested.emit(found, event.globalPos())

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)


def asked_of(figure: Key | Drawn, world: str = "", name: str = "Base") -> Asked:
    """A figure of the base, or of a world."""
    return Asked(world, name, figure)


class _Legend(QWidget):
    """Which bar is which end."""

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(sum(metrics.horizontalAdvance(words) + 30 for _, words in ENDS), 20)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, x = QPainter(self), 0
        painter.setFont(theme.font(12))
        for colour, words in ENDS:
            painter.fillRect(QRectF(x, self.height() / 2 - 5, 10, 10), theme.colour(shown(colour)))
            painter.setPen(theme.colour(theme.tokens().muted))
            painter.drawText(QRectF(x + 15, 0, 200, self.height()), Qt.AlignmentFlag.AlignVCenter, words)
            x += painter.fontMetrics().horizontalAdvance(words) + 30


class TornadoCard(RiskCard):
    """Each input alone."""

    def __init__(self, name: Callable[[], str]) -> None:
        self._name = name
        super().__init__("Sensitivity", lambda: f"{name()}-sensitivity")
        self.plot = TornadoPlot()
        self.legend = _Legend()
        self.head.addWidget(self.legend)
        self.head.addWidget(self.save)
        self._shown: tuple[Tornado, bool] | None = None
        self.every = CheckBox()
        self.every.hide()
        self.every.toggled.connect(self._draw)
        for widget in (self.plot, self.every, self.words, self.said):
            self.body.addWidget(widget)
        self.body.addStretch(1)

    def show_swings(self, plan: Plan, found: Outcomes, base: float | None, kpi: str) -> None:
        """Draws what was found of each input, and says how far the work is, or why it is not done."""
        picture = tornado_of(plan, found.swings, base, kpi)
        self._shown = None if picture is None else (picture, not found.are_swings_fresh)
        count = 0 if picture is None else len(picture.swings)
        self.every.setText(f"Show all {count} inputs")
        self.every.setVisible(count > MOST_ROWS)
        self._draw()
        self.words.setText(self._about(plan, found))

    def _about(self, plan: Plan, found: Outcomes) -> str:
        if found.is_trying:
            said = f"Trying each input alone: {len(found.swings)} of {len(plan.uncertainties)}"
            left = left_words(found.seconds_left("ends"))
            return f"{said}, {left} …" if left else f"{said} …"
        return found.failure or ("" if found.are_swings_fresh else found.hindrance) or ALONE

    def _draw(self) -> None:
        if self._shown is None:
            self.plot.show_picture(None, False)
        else:
            whole, stale = self._shown
            most = len(whole.swings) if self.every.isChecked() else MOST_ROWS
            self.plot.show_picture(replace(whole, swings=whole.swings[:most]), stale)
        self.plot.setVisible(self._shown is not None)
        self.legend.setVisible(self._shown is not None)

    def text(self, separator: str = "\t") -> str:
        if self._shown is None:
            return ""
        whole = self._shown[0]
        return swings_text(whole.swings, whole.base, whole.kpi, separator)

    def figure(self) -> Figure | None:
        if self.plot.picture is None or self.plot.isHidden():
            return None
        stale = "; out of date" if self.plot.dimmed else ""
        return tornado_figure(self.plot, f"{self._name()}{stale}. {ALONE}", self.text(","))


class DrawnCard(RiskCard):
    """All inputs together."""

    draw_requested = Signal(int)
    stop_requested = Signal()
    open_requested = Signal(int)
    """The place of a sample that is to become a scenario."""

    def __init__(self, name: Callable[[], str]) -> None:
        self._name = name
        self._rows: tuple[Plan, Sequence[Case], Sequence[CaseOutcome]] | None = None
        self._kpi = "tco_usd"
        super().__init__("Range of outcomes", lambda: f"{name()}-outcomes")
        self.count = Combo("Number of samples", 9)
        for n in COUNTS:
            self.count.addItem(f"{n} samples", n)
        self.button = QPushButton("Draw")
        self.button.clicked.connect(self._press)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.progress.setFixedHeight(4)
        self.progress.setAccessibleName("Samples drawn")
        self.state = Label(wordWrap=True, visible=False)
        self.plot = HistogramPlot()
        for widget in (self.count, self.button, self.save):
            self.head.addWidget(widget)
        self.sample = QSpinBox()
        self.sample.setAccessibleName("Sample")
        self.sample.setPrefix("Sample ")
        self.sample.setFixedWidth(110)
        self.sample.lineEdit().setTextMargins(5, 0, 5, 0)  # which the style sheet does not reach in a spin box
        self.sample.valueChanged.connect(self._tell_sample)
        self.open = QPushButton("Open as a scenario")
        self.open.clicked.connect(lambda: self.open_requested.emit(self.sample.value() - 1))
        self.told = Label(role="muted")
        self.opening = QWidget()
        line = QHBoxLayout(self.opening)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.sample)
        line.addWidget(self.open)
        line.addWidget(self.told)
        line.addStretch(1)
        for part in (self.progress, self.state, self.plot, self.opening, self.words, self.said):
            self.body.addWidget(part, 1 if part is self.plot else 0)
        self.body.addStretch(0)
        self._drawing = False

    def _tell_sample(self, *_: object) -> None:
        """Says what the plan comes to in the sample that is chosen."""
        if self._rows is None or not self._rows[2]:
            return
        plan, drawn = self._rows[0], self._rows[2]
        one = drawn[min(self.sample.value(), len(drawn)) - 1]
        value = value_in(one, self._kpi)
        said = STATUS[one.status].short if one.status in STATUS else one.text
        self.told.setText(said if value is None else kpi_text(value, self._kpi, plan.settings.currency))

    def _press(self) -> None:
        if self._drawing:
            self.stop_requested.emit()
        else:
            self.draw_requested.emit(self.count.currentData())

    def show_drawn(self, plan: Plan, found: Outcomes, base: float | None, kpi: str) -> None:
        """Draws the cases there are."""
        self._drawing = found.is_drawing
        self._rows = (plan, found.cases, found.drawn)
        stale = bool(found.drawn) and not found.are_drawn_fresh
        begun = found.can_go_on and self.count.currentData() == len(found.cases)
        self.button.setText(
            "Stop" if self._drawing else "Sample the rest" if begun else "Sample again" if found.drawn else "Draw"
        )
        self.button.setEnabled(self._drawing or not found.hindrance)
        self.count.setEnabled(not self._drawing)
        self.progress.setVisible(self._drawing)
        self.progress.setRange(0, len(found.cases))
        self.progress.setValue(len(found.drawn))
        picture = drawn_of(plan, found.drawn, None if stale else base, kpi)
        self.plot.show_picture(picture, stale)
        self.plot.setVisible(picture is not None)
        self.opening.setVisible(bool(found.drawn) and not stale)
        self.sample.setRange(1, max(len(found.drawn), 1))
        self._kpi = kpi
        self._tell_sample()
        self.state.setText(" ".join(self._state(found, stale)))
        self.state.setVisible(bool(self.state.text()))
        about = drawn_words(plan, picture, found.drawn, found.seed) if found.drawn else ""
        self.words.setText(about or found.hindrance or TOGETHER)

    def _state(self, found: Outcomes, stale: bool) -> list[str]:
        """How far the drawing is, and why it went no further."""
        done = count_words(found.drawn, len(found.cases))
        if self._drawing:
            left = left_words(found.seconds_left("draws"))
            return [f"{done}{f', {left}' if left else ''}. Stop keeps the samples so far."]
        said = [f"{done}."] if len(found.drawn) < len(found.cases) else []
        if stale:
            said += ["Sampled before the last edit.", found.hindrance or "Sample again."]
        return [*said, found.failure] if found.failure else said

    def pointed(self, at: QPoint | None) -> Pointed | None:
        if self._rows is None or self.plot.picture is None:
            return None
        spoken = self.plot.spoken(None if at is None else self.plot.mapFrom(self, at).x())
        if self.opening.isHidden():
            return Pointed(spoken, (asked_of(Key(self._kpi)),))
        sample = self.sample.value()
        opens = (f"Open sample {sample} as a scenario", lambda: self.open_requested.emit(sample - 1))
        return Pointed(spoken, (asked_of(Key(self._kpi)),), (opens,))

    def text(self, separator: str = "\t") -> str:
        return "" if self._rows is None else drawn_text(*self._rows, separator)

    def figure(self) -> Figure | None:
        if self.plot.picture is None or self.plot.isHidden():
            return None
        stale = "; out of date" if self.plot.dimmed else ""
        return drawn_figure(self.plot, f"{self._name()}{stale}. {TOGETHER}", self.text(","))
