"""Every command of the window: declared once, for menus, shortcuts and the command palette."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gui import theme

FULL = "full"
"""The property of an action that the command palette calls it by."""
Shortcut = QKeySequence.StandardKey | str | None


class Actions:
    """Makes menus out of actions, and keeps all actions in one list for the command palette."""

    def __init__(self, window: QWidget, bar: QMenuBar) -> None:
        self._window = window
        self._bar = bar
        self.all: list[tuple[str, QAction]] = []
        """(menu, action) of each command."""
        self._icons: list[tuple[QAction, str]] = []

    def menu(self, title: str) -> QMenu:
        """A new menu of the menu bar."""
        return self._bar.addMenu(title)

    def add(
        self,
        menu: QMenu,
        text: str,
        run: Callable[[], object],
        shortcut: Shortcut = None,
        *,
        icon: str = "",
        full: str = "",
    ) -> QAction:
        """An action that calls `run`, in `menu`; `full` is what the palette calls it where its text says too little."""
        action = QAction(text, self._window)
        action.setProperty(FULL, full)
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
        action.triggered.connect(lambda _checked=False: run())
        return self.adopt(menu, action, icon)

    def adopt(self, menu: QMenu, action: QAction, icon: str = "") -> QAction:
        """Puts an action that exists already (undo, redo) in a menu."""
        if icon:
            action.setIcon(theme.icon(icon))
            self._icons.append((action, icon))
        menu.addAction(action)
        self._window.addAction(action)
        self.all.append((menu.title().replace("&", ""), action))
        return action

    def toggle(self, menu: QMenu, text: str, widget: QWidget, shortcut: Shortcut = None) -> QAction:
        """An action that shows and hides a part of the window."""
        action = self.add(menu, text, lambda: None, shortcut)
        action.setCheckable(True)
        action.setChecked(not widget.isHidden())
        action.toggled.connect(widget.setVisible)
        return action

    def option(self, menu: QMenu, text: str, chosen: bool, choose: Callable[[bool], object]) -> QAction:
        """An action that is on or off."""
        action = self.add(menu, text, lambda: None)
        action.setCheckable(True)
        action.setChecked(chosen)
        action.toggled.connect(choose)
        return action

    def choice(self, menu: QMenu, options: dict[str, str], chosen: str, choose: Callable[[str], object]) -> None:
        """A group of actions of which one is chosen: {value: text}."""
        group = QActionGroup(menu)
        for value, text in options.items():
            full = f"{menu.title()}: {text}".replace("&", "")
            action = self.add(menu, text, lambda value=value: choose(value), full=full)
            action.setCheckable(True)
            action.setChecked(value == chosen)
            group.addAction(action)

    def retint(self) -> None:
        """Draws the icons anew in the colours of the appearance."""
        for action, name in self._icons:
            action.setIcon(theme.icon(name))
