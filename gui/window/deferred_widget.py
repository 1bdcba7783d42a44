"""What the first picture of a window does without: it is made once that is on the screen, which is so much sooner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

Part = TypeVar("Part", bound=QWidget)

FRAME_MS = 16
"""What the system needs to put on the screen what was painted."""
LONGEST_MS = 500
"""A window that is never painted, as one that opens minimised, waits no longer."""


class FirstPaint(QObject):
    """Tells, once, that a window was painted for the first time."""

    over = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._wait = QTimer(self, singleShot=True, interval=LONGEST_MS)
        self._wait.timeout.connect(self._end)
        self._is_over = False
        # From the first turn of the event loop: to make the window, and to open a large plan in it, may take longer.
        QTimer.singleShot(0, self, self._wait.start)
        window.installEventFilter(self)

    def _end(self) -> None:
        self._is_over = True
        self.over.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and self._wait.isActive():
            self._wait.start()  # what was done before it was shown, such as reading a large plan, does not count
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            if not self._is_over:
                self._wait.start(FRAME_MS)
        return False


class DeferredPlace(QWidget, Generic[Part]):
    """Where a part of the window stands that is made when it is first asked for; till then, the frames of its cards."""

    def __init__(self, make: Callable[[], Part], cards: int, gap: int, above: int) -> None:
        """`above` is the height of what stands over the cards, px."""
        super().__init__()
        self._make = make
        self._part: Part | None = None
        self._stand_in = QWidget()
        row = QHBoxLayout(self._stand_in)
        row.setContentsMargins(0, above, 0, 0)
        row.setSpacing(gap)
        self.frames = [QFrame() for _ in range(cards)]
        for frame in self.frames:
            frame.setProperty("card", True)
            row.addWidget(frame)
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stand_in)

    @property
    def is_filled(self) -> bool:
        """Whether the part was made."""
        return self._part is not None

    def fill(self) -> Part:
        """The part itself, made if need be."""
        if self._part is None:
            self._part = self._make()
            self._stand_in.hide()
            self._stand_in.deleteLater()
            self._layout.addWidget(self._part)
        return self._part
