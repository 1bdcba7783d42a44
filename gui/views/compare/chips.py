"""The row of chips by which a person chooses what stands side by side."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton, QWidget

from gigaplan.gui.style import theme
from gigaplan.gui.text.number_format import plain
from gigaplan.gui.widgets.texts import literal

MOST = 4
MOST_SEEN = 100
"""Chips, besides those that are chosen, that any window has room for."""
MOST_LISTED = 1000
"""Entries of the menu."""
CHIP_PX = 28
WIDEST = 190
GAP = 6


class ScenarioChips(QWidget):
    """One chip per entry, in the order of the plan; what has no room is in a menu, what is chosen comes first."""

    toggled = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: dict[str, str] = {}
        self.chosen: list[str] = []
        self.buttons: dict[str, QPushButton] = {}
        self.more = QToolButton(self)
        self.more.setAccessibleName("More scenarios")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        self.more.setMenu(self.menu)
        self._left_out: list[str] = []
        self._dressed = ""
        self._style()

    def show_names(self, names: dict[str, str], chosen: list[str]) -> None:
        """Shows these entries, by id, and which of them are chosen."""
        seen = [id for k, id in enumerate(names) if k < MOST_SEEN or id in chosen]
        if seen != list(self.buttons):
            for button in self.buttons.values():
                button.hide()
                button.deleteLater()
            self.buttons = {id: self._button(id) for id in seen}
        self._names, self.chosen = dict(names), list(chosen)
        full = len(chosen) >= MOST
        for id, button in self.buttons.items():
            name = " ".join(names[id].split())
            button.setText(name[:60].replace("&", "&&"))
            button.setAccessibleName(f"Compare {name[:100]}")
            button.setChecked(id in chosen)
            button.setEnabled(id in chosen or not full)
            button.setToolTip(literal(name[:300] if id in chosen or not full else f"{MOST} at most: remove one first."))
        self._place()

    def _button(self, id: str) -> QPushButton:
        button = QPushButton(self)
        button.setCheckable(True)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setProperty("scenario", id)
        button.clicked.connect(self._clicked)
        return button

    def _clicked(self) -> None:
        self.toggled.emit(str(self.sender().property("scenario")))

    def _fill(self) -> None:
        self.menu.clear()
        full = len(self.chosen) >= MOST
        for id in self._left_out[:MOST_LISTED]:
            action = self.menu.addAction(self._names[id][:80].replace("&", "&&"))
            action.setToolTip(literal(self._names[id][:300]))
            action.setCheckable(True)
            action.setChecked(id in self.chosen)
            action.setEnabled(id in self.chosen or not full)
            action.triggered.connect(lambda _=False, id=id: self.toggled.emit(id))
        if len(self._left_out) > MOST_LISTED:
            self.menu.addAction(f"{plain(len(self._left_out) - MOST_LISTED, 9)} more are not listed").setEnabled(False)
        if full and self._left_out:
            self.menu.addSeparator()
            self.menu.addAction(f"{MOST} at most: remove one first").setEnabled(False)

    def _place(self) -> None:
        widths = {}
        for id, button in self.buttons.items():
            face = QFont(button.font())
            face.setBold(True)  # room for being chosen
            widths[id] = min(WIDEST, QFontMetrics(face).horizontalAdvance(self._names[id][:60]) + 30)
        room = self.width()
        first = [id for id in self.buttons if id in self.chosen]
        # What is chosen is always seen: it gives way in width, the widest first.
        more_px = QFontMetrics(self.more.font()).horizontalAdvance(f"+{plain(len(self._names), 9)} more") + 22
        more = more_px + GAP if len(first) < len(self._names) else 0
        most = widest([widths[id] for id in first], room - more - GAP * (len(first) - 1))
        widths |= {id: min(widths[id], max(most, 44)) for id in first}
        wanted = [*first, *(id for id in self.buttons if id not in self.chosen)]
        fits, used = set(), 0
        needs_more = len(self.buttons) < len(self._names) or sum(widths[id] + GAP for id in wanted) > room + GAP
        limit = room - (more_px if needs_more else 0)
        for id in wanted:
            if used + widths[id] > limit and id not in first:
                break
            fits.add(id)
            used += widths[id] + GAP
        x = 0
        for id, button in self.buttons.items():
            button.setVisible(id in fits)
            if id in fits:
                button.setGeometry(x, (self.height() - CHIP_PX) // 2, widths[id], CHIP_PX)
                name = " ".join(self._names[id].split())
                face = QFont(button.font())
                face.setBold(id in self.chosen)
                words = QFontMetrics(face).elidedText(name, Qt.TextElideMode.ElideRight, widths[id] - 28)
                button.setText(words.replace("&", "&&"))
                x += widths[id] + GAP
        self._left_out = [id for id in self._names if id not in fits]
        self.more.setVisible(bool(self._left_out))
        self.more.setText(f"+{plain(len(self._left_out), 9)} more")
        self.more.setToolTip(literal(f"{plain(len(self._left_out), 9)} more to choose from"))
        self.more.setGeometry(x, (self.height() - CHIP_PX) // 2, more_px, CHIP_PX)

    def _style(self) -> None:
        t = theme.tokens()
        if self._dressed == t.name:
            return
        self._dressed = t.name
        self.setStyleSheet(
            f"QPushButton {{ background: {t.panel}; color: {t.muted}; border: 1px solid {t.line}; border-radius: 14px;"
            f" padding: 0 12px; min-height: 0; }}"
            f"QPushButton:hover {{ border-color: {t.muted}; }}"
            f"QPushButton:checked {{ background: {t.accent_soft}; color: {t.accent}; border-color: {t.accent_soft};"
            f" font-weight: 600; }}"
            f"QPushButton:focus {{ border-color: {t.accent}; }}"
            f"QPushButton:disabled {{ color: {t.muted}; background: {t.window}; }}"
            "QToolButton::menu-indicator { image: none; }"
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(300, CHIP_PX + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, CHIP_PX + 4)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "menu"):
            self._style()
        super().changeEvent(event)


def widest(wanted: list[int], room: int) -> int:
    """How wide each of several may be at most, so that all have room together."""
    left = room
    for k, width in enumerate(sorted(wanted)):
        share = left // (len(wanted) - k)
        if width > share:
            return share
        left -= width
    return max(wanted, default=0)
