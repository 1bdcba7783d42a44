"""The two kinds of button on the first page: a template with its picture, and a file that was open before."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.text import counted
from gigaplan.engine.storage.templates import Template
from gigaplan.gui.files.save_dialog import home
from gigaplan.gui.style.theme import RADIUS, colour, font, icon, tokens
from gigaplan.gui.views.welcome.preview import PlanPreview
from gigaplan.gui.widgets.texts import Label, literal


class _Pressable(QAbstractButton):
    """A button that is painted by hand, and that Enter presses as Space does."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class TemplateCard(_Pressable):
    """A template: its picture, title, one line of description, and how large it is."""

    def __init__(self, template: Template, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = template.name
        self.setAccessibleName(f"Start from {template.title}")
        self.setAccessibleDescription(template.description)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._preview = PlanPreview()
        self._preview.setFixedHeight(120)
        title = Label(template.title, role="title")
        about = Label(template.description, wordWrap=True)
        self._size = Label(" ", role="muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(4)
        layout.addWidget(self._preview)
        layout.addSpacing(6)
        for label in (title, about, self._size):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            layout.addWidget(label)
        layout.addStretch(1)
        self.setMinimumHeight(232)

    def show_plan(self, plan: Plan) -> None:
        """Draws the plan, and says how large it is."""
        self._preview.show_plan(plan)
        parts = (
            counted(len(plan.workloads), "workload"),
            counted(len(plan.offers), "offer"),
            counted(len(plan.sites), "site"),
            counted(plan.settings.periods, "period"),
        )
        self._size.setText(" · ".join(parts))

    def refuse(self, reason: str) -> None:
        """Says why the template cannot be used."""
        self.setEnabled(False)
        self._size.setText("It cannot be read.")
        self.setToolTip(literal(reason))

    def sizeHint(self) -> QSize:
        return QSize(320, 232)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong = self.hasFocus() or self.underMouse()
        painter.setPen(QPen(colour(t.accent if strong else t.line), 2 if self.hasFocus() else 1))
        painter.setBrush(colour(t.accent_soft if self.isDown() else t.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)


class RecentLine(_Pressable):
    """A file: its name, folder and date; greyed where it no longer exists."""

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self._when = _when(path)
        self.setText(path.stem)
        self.setEnabled(bool(self._when))
        self.setToolTip(literal(str(path) if self._when else f"{path}\nThis file no longer exists."))
        self.setAccessibleName(f"Open {path.name}" if self._when else f"{path.name}, missing")
        self.setAccessibleDescription(str(path))
        self.setFixedHeight(34)

    def sizeHint(self) -> QSize:
        return QSize(300, 34)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.isEnabled() and self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(t.accent_soft))
            painter.drawRoundedRect(area, 6, 6)
        if self.hasFocus():
            painter.setPen(colour(t.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, 6, 6)
        sign = icon("file-text" if self.isEnabled() else "file-x")
        sign.paint(painter, int(area.left()) + 6, int(area.center().y()) - 8, 16, 16)
        name, small = font(13, QFont.Weight.Medium), font(12)
        text = area.adjusted(32, 0, -8, 0)
        when = self._when or "missing"
        painter.setFont(small)
        painter.setPen(colour(t.muted))
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, when)
        text.setRight(text.right() - QFontMetrics(small).horizontalAdvance(when) - 16)
        painter.setFont(name)
        painter.setPen(colour(t.text if self.isEnabled() else t.muted))
        shown = QFontMetrics(name).elidedText(self.text(), Qt.TextElideMode.ElideRight, int(text.width() * 0.6))
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        text.setLeft(text.left() + QFontMetrics(name).horizontalAdvance(shown) + 12)
        painter.setFont(small)
        painter.setPen(colour(t.muted))
        folder = QFontMetrics(small).elidedText(_folder(self.path), Qt.TextElideMode.ElideMiddle, int(text.width()))
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, folder)


def _when(path: Path) -> str:
    """The day when a file was saved last; "" where it cannot be read."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
    except OSError:
        return ""


def _folder(path: Path) -> str:
    """The folder of a file, from the person's home on."""
    try:
        return f"~/{path.parent.relative_to(home()).as_posix()}".removesuffix("/.")
    except (ValueError, RuntimeError):
        return str(path.parent)
