"""The two cards of the risk page: what moves a figure most, and how it may come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from engine.kpis import KPI_UNITS
from engine.plan import Plan
from engine.uncertainty import Case, Outcome, figure, spread
from engine.words import counted
from gui import theme
from gui.combo import Combo
from gui.kpi_text import kpi_text
from gui.measures import MEASURES
from gui.numbers import percent
from gui.plots.colours import shown
from gui.plots.figure import Figure
from gui.risk.figures import WHY_NOT, drawn_text, misses, swings, swings_text
from gui.risk.histogram import Drawn, HistogramPlot
from gui.risk.tornado import HIGH_COLOUR, LOW_COLOUR, Tornado, TornadoPlot
from gui.save_button import SaveButton

COUNTS = (100, 300, 1000)
MOST_ROWS = 10
"""Inputs that are drawn unless all are asked for."""
ALONE = "Each input alone, all others as planned; the plan is made anew each time."
TOGETHER = (
    "Every input drawn by its own spread, independently; the plan is made anew each time, as if known beforehand."
)


class _Card(QFrame):
    """A title, a body, words below, and the figure as a file; Ctrl+C copies its values."""

    def __init__(self, title: str, save_as: Callable[[], str]) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._title = QLabel(title)
        self._title.setProperty("role", "title")
        self.save = SaveButton(title, self.figure, save_as)
        self.save.failed.connect(self._say)
        self.words = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.words.setProperty("role", "muted")
        self.said = QLabel(wordWrap=True, visible=False, textFormat=Qt.TextFormat.PlainText)
        self.said.setProperty("role", "error")
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(self._title)
        self.head.addStretch(1)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(14, 10, 14, 12)
        self.body.setSpacing(6)
        self.body.addLayout(self.head)

    def text(self, separator: str = "\t") -> str:
        """The values with headers, in full precision."""
        raise NotImplementedError

    def figure(self) -> Figure | None:
        """The figure as it stands, to be copied or saved; None while there is none."""
        raise NotImplementedError

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.text())
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)


class _Legend(QWidget):
    """Which bar is which end."""

    KEYS = ((LOW_COLOUR, "input at its P10"), (HIGH_COLOUR, "at its P90"))

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(sum(metrics.horizontalAdvance(words) + 30 for _, words in self.KEYS), 20)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, x = QPainter(self), 0
        painter.setFont(theme.font(12))
        for colour, words in self.KEYS:
            painter.fillRect(QRectF(x, self.height() / 2 - 5, 10, 10), theme.colour(shown(colour)))
            painter.setPen(theme.colour(theme.tokens().muted))
            painter.drawText(QRectF(x + 15, 0, 200, self.height()), Qt.AlignmentFlag.AlignVCenter, words)
            x += painter.fontMetrics().horizontalAdvance(words) + 30


class TornadoCard(_Card):
    """Each input alone."""

    def __init__(self, name: Callable[[], str]) -> None:
        self._name = name
        super().__init__("What moves it most", lambda: f"{name()}-sensitivity")
        self.plot = TornadoPlot()
        self.legend = _Legend()
        self.head.addWidget(self.legend)
        self.head.addWidget(self.save)
        self._shown: tuple[Tornado, bool] | None = None
        self.every = QCheckBox(visible=False)
        self.every.toggled.connect(self._draw)
        for widget in (self.plot, self.every, self.words, self.said):
            self.body.addWidget(widget)
        self.body.addStretch(1)

    def show_swings(
        self,
        plan: Plan,
        found: dict[str, tuple[Outcome, Outcome]],
        base: float | None,
        kpi: str,
        stale: bool,
        words: str,
    ) -> None:
        """Draws what was found of each input; `words` say how far the work is, or why it is not done."""
        made = () if base is None else tuple(swings(plan, found, base, kpi))
        self._shown = None
        if base is not None and made:
            self._shown = Tornado(kpi, KPI_UNITS[kpi], plan.settings.currency, base, made), stale
        self.every.setText(f"Show all {len(made)} inputs")
        self.every.setVisible(len(made) > MOST_ROWS)
        self._draw()
        self.words.setText(words or ALONE)

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
        p = self.plot.picture
        if p is None or self.plot.isHidden():
            return None
        return Figure(
            title=f"{MEASURES[p.kpi].label}: what moves it most",
            caption="each input at its P10 and P90",
            body=self.plot.size(),
            paint=self.plot.paint,
            keys=tuple((shown(colour), words) for colour, words in _Legend.KEYS),
            foot=f"{self._name()}{'; out of date' if self.plot.dimmed else ''}. {ALONE}",
            csv=self.text(","),
        )


class DrawnCard(_Card):
    """All inputs together."""

    draw_requested = Signal(int)
    stop_requested = Signal()

    def __init__(self, name: Callable[[], str]) -> None:
        self._name = name
        self._rows: tuple[Plan, Sequence[Case], Sequence[Outcome]] | None = None
        super().__init__("How it may come out", lambda: f"{name()}-outcomes")
        self.count = Combo("How many cases are drawn", 9)
        for n in COUNTS:
            self.count.addItem(f"{n} cases", n)
        self.button = QPushButton("Draw")
        self.button.clicked.connect(self._press)
        self.progress = QProgressBar(textVisible=False, visible=False)
        self.progress.setFixedHeight(4)
        self.progress.setAccessibleName("Cases drawn")
        self.plot = HistogramPlot()
        for widget in (self.count, self.button, self.save):
            self.head.addWidget(widget)
        for widget in (self.progress, self.plot, self.words, self.said):
            self.body.addWidget(widget, 1 if widget is self.plot else 0)
        self.body.addStretch(0)
        self._drawing = False

    def _press(self) -> None:
        if self._drawing:
            self.stop_requested.emit()
        else:
            self.draw_requested.emit(self.count.currentData())

    def show_drawn(
        self,
        plan: Plan,
        cases: Sequence[Case],
        found: Sequence[Outcome],
        base: float | None,
        kpi: str,
        *,
        drawing: bool,
        stale: bool,
        hindrance: str,
    ) -> None:
        """Draws the cases there are."""
        self._drawing = drawing
        self._rows = (plan, cases, found)
        self.button.setText("Stop" if drawing else "Draw anew" if found else "Draw")
        self.button.setEnabled(drawing or not hindrance)
        self.count.setEnabled(not drawing)
        self.progress.setVisible(drawing)
        self.progress.setRange(0, len(cases))
        self.progress.setValue(len(found))
        values = np.array([v for o in found if (v := figure(o, kpi)) is not None])
        about = spread(found, kpi)
        picture = None
        if about is not None:
            picture = Drawn(kpi, KPI_UNITS[kpi], plan.settings.currency, values, about, None if stale else base)
        self.plot.show_picture(picture, stale)
        self.plot.setVisible(picture is not None)
        self.words.setText(self._about(plan, picture, cases, found, kpi, drawing, stale) or hindrance or TOGETHER)

    def _about(
        self,
        plan: Plan,
        p: Drawn | None,
        cases: Sequence[Case],
        found: Sequence[Outcome],
        kpi: str,
        drawing: bool,
        stale: bool,
    ) -> str:
        if not found:
            return f"Drawing {counted(len(cases), 'case')} …" if drawing else ""
        said = []
        if drawing or len(found) < len(cases):
            said.append(f"{len(found)} of {counted(len(cases), 'case')} drawn.")
        if p is not None and p.base is not None:
            words = kpi_text(p.base, kpi, plan.settings.currency)
            said.append(
                f"As planned, dashed: {words}; {percent(p.part_below(p.base))} of the cases lie at or below it."
            )
        for status, number in misses(found).items():
            why = {"infeasible": "no plan meets every limit", "refused": "an input gets a value that it cannot have"}
            part = percent(number / len(found))
            said.append(f"In {number} of {len(found)} ({part}) {why.get(status, WHY_NOT.get(status, status))}.")
        if any(o.status != "optimal" for o in found):
            said.append("The quantiles are of the others.")
        if stale:
            said.append("Drawn before the last edit: draw anew.")
        return " ".join([*said, TOGETHER])

    def text(self, separator: str = "\t") -> str:
        return "" if self._rows is None else drawn_text(*self._rows, separator)

    def figure(self) -> Figure | None:
        p = self.plot.picture
        if p is None or self.plot.isHidden():
            return None
        return Figure(
            title=f"{MEASURES[p.kpi].label} over {counted(p.spread.count, 'case')}",
            caption="P10, P50, P90",
            body=self.plot.size(),
            paint=self.plot.paint,
            keys=(),
            foot=f"{self._name()}{'; out of date' if self.plot.dimmed else ''}. {TOGETHER}",
            csv=self.text(","),
        )
