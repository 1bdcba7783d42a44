"""Tabs of which none is cut: those that have no room stand in a menu at the end of the row."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QTabBar, QToolButton, QWidget

from gigaplan.gui.style import theme

UNDERLINE = 2
"""Below the words of a tab, px: it marks the one that is shown."""


class WholeTabs(QTabBar):
    """A row of tabs; where it is too narrow the last ones stand in the menu `more`, but never the one that is shown."""

    def __init__(self, named: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setAccessibleName(named)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._is_fitting = False
        self.more = QToolButton(self)
        self.more.setText("More")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind the word
        self._dress()
        self.more.setAccessibleName(f"{named}: more")
        self.more.setMenu(QMenu(self.more))
        self.more.menu().aboutToShow.connect(self._list)
        self.more.hide()
        self.currentChanged.connect(lambda _: self._fit())

    def _dress(self) -> None:
        t = theme.tokens()
        self.more.setIcon(theme.icon("chevron-down", t.muted))
        self.more.setIconSize(QSize(12, 12))
        self.more.setStyleSheet(
            f"QToolButton {{ color: {t.muted}; font-size: 12px; padding: 1px 6px; }}"
            f" QToolButton:hover, QToolButton:focus {{ color: {t.text}; }}"
            " QToolButton::menu-indicator { image: none; width: 0; }"
        )

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "more"):
            self._dress()

    def sizeHint(self) -> QSize:
        return QSize(sum(self._widths()), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(max(self._widths(), default=0) + self.more.sizeHint().width(), super().sizeHint().height())

    def _widths(self) -> list[int]:
        return [self.tabSizeHint(k).width() for k in range(self.count())]

    def _fit(self) -> None:
        """Shows as many tabs from the left as have room, and the current one."""
        if self._is_fitting or not self.count():
            return
        self._is_fitting = True
        widths, current = self._widths(), max(self.currentIndex(), 0)
        room, is_whole = self.width(), sum(widths) <= self.width()
        shown = set(range(len(widths)))
        if not is_whole:
            room -= self.more.sizeHint().width() + widths[current]
            shown, is_full = {current}, False
            for k, width in enumerate(widths):
                if k != current and not is_full:
                    room -= width
                    is_full = room < 0
                    shown |= set() if is_full else {k}
        for k in range(len(widths)):
            if self.isTabVisible(k) != (k in shown):
                self.setTabVisible(k, k in shown)
        self.more.setVisible(not is_whole)
        self._place()
        self._is_fitting = False

    def _place(self) -> None:
        size, words = self.more.sizeHint(), self.height() - UNDERLINE
        end = max((self.tabRect(k).right() + 1 for k in range(self.count()) if self.isTabVisible(k)), default=0)
        self.more.setGeometry(end, max(0, (words - size.height()) // 2), size.width(), size.height())

    def _list(self) -> None:
        menu = self.more.menu()
        menu.clear()
        for k in range(self.count()):
            if not self.isTabVisible(k):
                menu.addAction(self.tabText(k), partial(self.setCurrentIndex, k))

    def tabLayoutChange(self) -> None:
        super().tabLayoutChange()
        if hasattr(self, "more"):
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Polish, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._fit()
        return done
