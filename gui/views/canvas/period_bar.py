"""The period that the plan map shows: a slider over the horizon, and a button that plays it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QStyle, QStyleOptionSlider, QToolButton, QWidget

from gigaplan.engine.plan.timeline import Timeline
from gigaplan.gui.document.document import Document
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import veil
from gigaplan.gui.text import number_format
from gigaplan.gui.widgets.texts import Label, literal

STEP_MS = 330


class _Horizon(QSlider):
    """A slider with the chips of each period as a low skyline over it: where there is something to see."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setMouseTracking(True)
        self._chips: Sequence[float] = ()
        self._labels: Sequence[str] = ()

    def take(self, chips: Sequence[float], labels: Sequence[str]) -> None:
        """Shows other figures, one for each label."""
        self._chips, self._labels = (chips, labels) if len(chips) == len(labels) else ((), ())
        self.update()

    def _edges(self) -> list[float]:
        """Where each period begins, px, and the last ends: the handle stands in the middle of its period."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = (
            self.style()
            .subControlRect(QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self)
            .width()
        )
        steps = max(len(self._labels) - 1, 1)
        pitch = (self.width() - handle) / steps
        return [min(max(handle / 2 + (k - 0.5) * pitch, 0.0), float(self.width())) for k in range(steps + 2)]

    def paintEvent(self, event: QPaintEvent) -> None:
        most = max(self._chips, default=0.0)
        if most > 0:
            painter = QPainter(self)
            ink, ground, edges = veil(theme.tokens().accent, 0.22), self.height() / 2, self._edges()
            for chips, left, right in zip(self._chips, edges, edges[1:], strict=False):
                high = chips / most * (ground - 1)
                painter.fillRect(QRectF(left, ground - high, right - left, high), ink)
            painter.end()
        super().paintEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        at = next((k for k, right in enumerate(self._edges()[1:]) if x < right), None)
        if at is not None and at < len(self._chips):
            self.setToolTip(literal(f"{self._labels[at]}: {number_format.short_chips(self._chips[at])} chips run"))
        super().mouseMoveEvent(event)


class PeriodBar(QWidget):
    """Chooses the document's period; Space plays while it has the focus."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._labels: tuple[str, ...] = ()
        self.play_button = QToolButton()
        self.play_button.setIconSize(QSize(16, 16))
        self.slider = _Horizon()
        self.slider.setPageStep(4)
        self.slider.setAccessibleName("Period")
        self.slider.setMinimumHeight(26)
        self.first, self.last = Label(), Label()
        self.current = Label()
        for label in (self.first, self.last):
            label.setProperty("role", "muted")
        self.current.setFont(theme.font(13, QFont.Weight.DemiBold))
        self.current.setStyleSheet("font-weight: 600;")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 14, 8)
        row.setSpacing(10)
        for widget in (self.play_button, self.first):
            row.addWidget(widget)
        row.addWidget(self.slider, 1)
        for widget in (self.last, self.current):
            row.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self._step)
        self.play_button.clicked.connect(self.toggle)
        self.slider.valueChanged.connect(document.show_period)
        self.slider.sliderPressed.connect(self.pause)
        self.slider.installEventFilter(self)
        document.period_changed.connect(self._show)
        document.changed.connect(self._plan_changed)
        document.replaced.connect(self.pause)
        self._plan_changed(None, document.plan)
        self._dress()

    @property
    def is_playing(self) -> bool:
        """Whether it steps by itself."""
        return self._timer.isActive()

    def toggle(self) -> None:
        """Plays, from the start again when at the end; or pauses."""
        if self.is_playing:
            self.pause()
            return
        if len(self._labels) < 2:
            return
        if self._document.period >= len(self._labels) - 1:
            self._document.show_period(0)
        self._timer.start()
        self._dress()

    def pause(self) -> None:
        """Stops playing."""
        self._timer.stop()
        self._dress()

    def _step(self) -> None:
        if self._document.period >= len(self._labels) - 1:
            self.pause()
        else:
            self._document.show_period(self._document.period + 1)

    def show_chips(self, chips: Sequence[float]) -> None:
        """Shows over the slider how many chips run in each period, array [T]; none where that is not known."""
        self.slider.take(chips, self._labels)

    def _plan_changed(self, before: object, after: object) -> None:
        labels = Timeline.of(self._document.plan.settings).labels
        if labels == self._labels:
            return
        self._labels = labels
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(len(labels) - 1, 0))
        self.slider.blockSignals(False)
        self.slider.setEnabled(len(labels) > 1)
        self.play_button.setEnabled(len(labels) > 1)
        self.first.setText(labels[0] if labels else "")
        self.last.setText(labels[-1] if len(labels) > 1 else "")
        widths = (self.current.fontMetrics().horizontalAdvance(label) for label in labels)
        self.current.setMinimumWidth(max(widths, default=0) + 2)
        self._show(self._document.period)

    def _show(self, period: int) -> None:
        if not 0 <= period < len(self._labels):
            return
        self.slider.blockSignals(True)
        self.slider.setValue(period)
        self.slider.blockSignals(False)
        self.current.setText(self._labels[period])
        self.slider.setAccessibleDescription(self._labels[period])

    def _dress(self) -> None:
        self.play_button.setIcon(theme.icon("pause" if self.is_playing else "play"))
        words = "Pause" if self.is_playing else "Play the periods"
        self.play_button.setToolTip(literal(f"{words} (Space on the slider)"))
        self.play_button.setAccessibleName(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.slider and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space:
            if event.type() == QEvent.Type.KeyPress and not event.isAutoRepeat():
                self.toggle()
            return True
        return super().eventFilter(watched, event)

    def hideEvent(self, event: object) -> None:
        self.pause()
        super().hideEvent(event)  # type: ignore[arg-type]

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "play_button"):
            self._dress()
