"""Every command of the window: declared once, for menus, shortcuts and the command palette."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gigaplan.gui.style import theme

FULL = "full"
"""The property of an action that the command palette calls it by."""
Shortcut = QKeySequence.StandardKey | str | None
Role = QAction.MenuRole


class Actions:
    """Makes menus out of actions, and keeps all actions in one list for the command palette."""

    def __init__(self, window: QWidget, bar: QMenuBar) -> None:
        self._window = window
        self._bar = bar
        self.all: list[tuple[str, QAction]] = []
        """(menu, action) of each command."""
        self._icons: list[tuple[QAction, str]] = []
        self._conditions: list[tuple[QAction, Callable[[], bool]]] = []

    def menu(self, title: str) -> QMenu:
        """A new menu of the menu bar; what cannot work is grey in it."""
        menu = self._bar.addMenu(title)
        menu.aboutToShow.connect(self._judge)
        menu.aboutToHide.connect(self._allow)
        return menu

    @contextmanager
    def judged(self) -> Iterator[None]:
        """Meanwhile the actions that cannot work are disabled. At other times none is: their keys always answer."""
        self._judge()
        try:
            yield
        finally:
            self._allow()

    def _judge(self) -> None:
        for action, can_work in self._conditions:
            action.setEnabled(can_work())

    def _allow(self) -> None:
        for action, _ in self._conditions:
            action.setEnabled(True)

    def add(
        self,
        menu: QMenu,
        text: str,
        run: Callable[[], object],
        shortcut: Shortcut = None,
        *,
        icon: str = "",
        full: str = "",
        tip: str = "",
        when: Callable[[], bool] | None = None,
        role: Role = Role.NoRole,
    ) -> QAction:
        """An action that calls `run`, in `menu`.

        `full` is what the palette calls it where its text says too little, `tip` a sentence for the foot of the window,
        `when` whether it can work now, and `role` its place in the application menu of macOS.
        """
        action = QAction(text, self._window)
        action.setProperty(FULL, full)
        action.setStatusTip(tip)
        action.setMenuRole(role)
        if when is not None:
            self._conditions.append((action, when))
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

    def toggle(
        self,
        menu: QMenu,
        text: str,
        widget: QWidget,
        shortcut: Shortcut = None,
        when: Callable[[], bool] | None = None,
    ) -> QAction:
        """An action that shows and hides a part of the window."""
        action = self.add(menu, text, lambda: None, shortcut, when=when)
        action.setCheckable(True)
        action.setChecked(not widget.isHidden())
        action.toggled.connect(widget.setVisible)
        return action

    def option(self, menu: QMenu, text: str, chosen: bool, choose: Callable[[bool], object], tip: str = "") -> QAction:
        """An action that is on or off."""
        action = self.add(menu, text, lambda: None, tip=tip)
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
