"""A tour of the window: five steps over the living plan, each beside the part that it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSettings, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gigaplan.gui.style.theme import tokens
from gigaplan.gui.widgets.texts import Label

SEEN = "tour_seen"
"""The setting that says that it does not begin by itself any more."""
TEXTS = (
    ("What it comes to", "These figures follow every edit. Click one to see where it comes from. Right click it to "
     "copy it, or to find the price, demand or power at which it is what you want."),
    ("The plan", "Work at the left, chips in the middle, sites at the right. Ribbons are the chips and megawatts of "
     "the period chosen below. Drag more from the catalogue; draw a wire to allow, delete one to forbid."),
    ("Every input", "Click a card: its inputs stand here. Type 1.2 GW, 45k or =demand(chat)*0.3, drag a label, or "
     "right click it, as to lock what must not move."),
    ("The charts", "Chips, a day, cost, power, commitments. Drag to zoom, click a bar for its reasons. Each chart is "
     "also a table, a picture and a file."),
    ("Why", "What binds, and what one more would save; why an offer is not chosen; what to change where a plan cannot "
     "be met. Ctrl+Shift+P finds any command, row, field, figure or word."),
)  # fmt: skip
"""Title and text of each step."""
WIDTH, GAP, EDGE = 330, 14, 10
SHADE = 110
"""How dark everything else is, of 255."""


@dataclass(frozen=True)
class TourStep:
    """One step: the part of the window that it is about, a title, and what can be done there."""

    part: QWidget
    title: str
    text: str


def is_seen() -> bool:
    """Whether a person has had the tour."""
    return bool(QSettings().value(SEEN, False, bool))


class Tour(QWidget):
    """Lies over a window until its last step, Escape or Skip; `ended` is called then."""

    def __init__(self, window: QWidget, steps: Sequence[TourStep], ended: Callable[[], object]) -> None:
        super().__init__(window)
        self._over = window
        self._steps = [step for step in steps if step.part.isVisible()]
        self._ended = ended
        self._at = 0
        self.setAccessibleName("Tour")
        self.card = QFrame(self)
        self.card.setProperty("card", True)
        self.title = Label(role="title")
        self.text = Label(wordWrap=True)
        self.count = Label(role="muted")
        self.skip = QPushButton("Skip")
        self.back = QPushButton("Back")
        self.on = QPushButton("Next")
        self.on.setDefault(True)
        for button, run in ((self.skip, self.end), (self.back, self.go_back), (self.on, self.go_on)):
            button.clicked.connect(lambda _=False, run=run: run())
        foot = QHBoxLayout()
        foot.addWidget(self.count, 1)
        for button in (self.skip, self.back, self.on):
            foot.addWidget(button)
        layout = self._lines = QVBoxLayout(self.card)
        layout.setContentsMargins(16, 14, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addLayout(foot)
        self.card.setFixedWidth(WIDTH)
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        self._show()

    @property
    def step(self) -> int:
        """Which step is shown, from 0 on."""
        return self._at

    def go_on(self) -> None:
        """The next step; after the last one it ends."""
        if self._at + 1 >= len(self._steps):
            self.end()
        else:
            self._at += 1
            self._show()

    def go_back(self) -> None:
        """The step before."""
        self._at = max(0, self._at - 1)
        self._show()

    def end(self) -> None:
        """Goes, and does not come again by itself."""
        QSettings().setValue(SEEN, True)
        self._over.removeEventFilter(self)
        self._ended()  # takes the cursor: a part that is hidden with it would pass it on to itself
        self.hide()
        self.deleteLater()

    def _show(self) -> None:
        if not self._steps:
            self.end()
            return
        step, last = self._steps[self._at], self._at + 1 == len(self._steps)
        self.title.setText(step.title)
        self.text.setText(step.text)
        self.count.setText(f"{self._at + 1} of {len(self._steps)}")
        self.back.setEnabled(self._at > 0)
        self.skip.setVisible(not last)
        self.on.setText("Done" if last else "Next")
        self.card.setAccessibleName(f"{step.title}. {step.text}")
        self._place()
        self.on.setFocus()

    def _hole(self) -> QRect:
        """Where the part of the step is."""
        part = self._steps[self._at].part
        return QRect(part.mapTo(self.window(), QPoint(0, 0)), part.size()).intersected(self.rect())

    def _place(self) -> None:
        """Puts the card beside the part: below, above, left or right of it, or within it where it fills the window."""
        self._lines.activate()
        height = self.card.heightForWidth(WIDTH) if self.card.hasHeightForWidth() else self.card.sizeHint().height()
        self.card.setFixedHeight(height)
        hole, room = self._hole(), self.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        middle = hole.center()
        places = (
            QPoint(middle.x() - WIDTH // 2, hole.bottom() + GAP),
            QPoint(middle.x() - WIDTH // 2, hole.top() - GAP - height),
            QPoint(hole.left() - GAP - WIDTH, middle.y() - height // 2),
            QPoint(hole.right() + GAP, middle.y() - height // 2),
        )
        fits = [p for p in places if room.top() <= p.y() <= room.bottom() - height
                and room.left() - WIDTH // 2 <= p.x() <= room.right() - WIDTH // 2]  # fmt: skip
        at = fits[0] if fits else QPoint(middle.x() - WIDTH // 2, middle.y() - height // 2)
        x = min(max(at.x(), room.left()), room.right() - WIDTH)
        y = min(max(at.y(), room.top()), room.bottom() - height)
        self.card.move(x, y)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade, hole = QPainterPath(), QPainterPath()
        shade.addRect(QRectF(self.rect()))
        hole.addRoundedRect(QRectF(self._hole()), 8, 8)
        painter.fillPath(shade - hole, QColor(0, 0, 0, SHADE))
        painter.setPen(QPen(QColor(tokens().accent), 2))
        painter.drawPath(hole)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {Qt.Key.Key_Escape: self.end, Qt.Key.Key_Right: self.go_on, Qt.Key.Key_Left: self.go_back}
        if (run := keys.get(Qt.Key(event.key()))) is not None:
            run()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            next((button for button in (self.skip, self.back) if button.hasFocus()), self.on).click()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round among the buttons of the card."""
        if not self.isAncestorOf(self.window().focusWidget() or self):
            return False
        buttons = [b for b in (self.skip, self.back, self.on) if b.isVisible() and b.isEnabled()]
        at = next((k for k, button in enumerate(buttons) if button.hasFocus()), -1)
        buttons[(at + (1 if forward else -1)) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._over:
            self.setGeometry(self._over.rect())
            self._place()
        return super().eventFilter(watched, event)
