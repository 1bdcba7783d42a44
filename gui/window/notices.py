"""Bars over the window: something to know or to decide, without stopping the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, QTimer, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gigaplan.gui.style.theme import tokens
from gigaplan.gui.widgets.texts import Label

DONE_MS = 8_000
"""How long it is said that something is done."""
INSET, FOOT = 24, 40
"""Pixels beside what is said to be done, and below it."""
Choice = tuple[str, Callable[[], object]]
"""The text of a button, and what it does."""


def file_choices(path: Path) -> list[Choice]:
    """Buttons that have the system open a file, where it is no plan, and its folder."""

    def shows(what: Path) -> Callable[[], object]:
        return lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(what.absolute())))

    opens: list[Choice] = [("Open", shows(path))] if path.suffix != ".gigaplan" else []
    return [*opens, ("Show in folder", shows(path.absolute().parent))]


WARNING, MODE, DONE = "warning_soft", "accent_soft", "panel"
"""The grounds of bars: something to decide; something that holds until it is left; something done."""


class NoticeBar(QFrame):
    """One message with its buttons."""

    def __init__(
        self, text: str, choices: Sequence[Choice], parent: QWidget | None = None, ground: str = WARNING
    ) -> None:
        super().__init__(parent)
        self.ground = ground
        self.label = Label(text)
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAccessibleName(text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 5, 14, 5)
        layout.setSpacing(8)
        layout.addWidget(self.label, 1)
        self.buttons: dict[str, QPushButton] = {}
        for name, run in choices:
            button = QPushButton(name)
            button.clicked.connect(lambda _=False, run=run: run())
            layout.addWidget(button)
            self.buttons[name] = button

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.ground == DONE:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QColor(tokens().line))
            painter.setBrush(QColor(tokens().panel))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
            return
        painter.fillRect(self.rect(), QColor(getattr(tokens(), self.ground)))
        painter.setPen(QColor(tokens().line))
        painter.drawLine(self.rect().bottomLeft(), self.rect().bottomRight())


class Bars(QWidget):
    """The bars, newest last, over a page; each has a key, and a key has one bar."""

    def __init__(self, page: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: dict[str, NoticeBar] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._place = QVBoxLayout()
        self._place.setSpacing(0)
        layout.addLayout(self._place)
        layout.addWidget(page, 1)

    def tell(self, key: str, text: str, choices: Sequence[Choice] = (), ground: str = WARNING) -> NoticeBar:
        """Shows a bar in the place of the one with the same key."""
        old = self._bars.get(key)
        if old is not None and old.label.text() == text:
            return old
        self.drop(key)
        bar = self._bars[key] = NoticeBar(text, choices, self, ground)
        self._place.addWidget(bar)
        return bar

    def tell_done(self, key: str, text: str, choices: Sequence[Choice]) -> NoticeBar:
        """Says quietly that something is done, in the place of what was said so before; it goes by itself.

        It lies over the foot of the page: nothing moves for it.
        """
        for other in [k for k, bar in self._bars.items() if bar.ground == DONE or k == key]:
            self.drop(other)
        close: Choice = ("Close", lambda: self.drop(key))
        bar = self._bars[key] = NoticeBar(text, [*choices, close], self, DONE)
        bar.label.setWordWrap(False)
        self._lay(bar)
        bar.show()
        bar.raise_()
        QTimer.singleShot(DONE_MS, bar, lambda: self.drop(key) if self._bars.get(key) is bar else None)
        return bar

    def _lay(self, bar: NoticeBar) -> None:
        """Puts a bar of what is done over the foot of the page."""
        wanted = bar.sizeHint()
        bar.label.setWordWrap(wanted.width() > self.width() - 2 * INSET)
        width = min(wanted.width(), self.width() - 2 * INSET)
        height = max(wanted.height(), bar.heightForWidth(width))
        bar.setGeometry((self.width() - width) // 2, self.height() - height - FOOT, width, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for bar in self._bars.values():
            if bar.ground == DONE:
                self._lay(bar)

    def drop(self, key: str) -> None:
        """Takes a bar away, where there is one."""
        bar = self._bars.pop(key, None)
        if bar is not None:
            bar.hide()
            bar.deleteLater()

    def get(self, key: str) -> NoticeBar | None:
        """The bar with a key."""
        return self._bars.get(key)
