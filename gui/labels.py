"""Words that give way where there is little room."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from gui import theme
from gui.tooltips import literal


class ElidedLabel(QLabel):
    """A title, or a muted note beside it, that ends in an ellipsis where it has too little room."""

    def __init__(self, text: str, role: str) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)

    def set_words(self, text: str) -> None:
        """Says something else; all of it in the tooltip."""
        if self.text() != text:
            self.setText(text)
            self.setToolTip(literal(text))

    def minimumSizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(min(hint.width(), 110 if self.property("role") == "title" else 24), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setPen(theme.colour(t.muted if self.property("role") == "muted" else t.text))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() + 1)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)
