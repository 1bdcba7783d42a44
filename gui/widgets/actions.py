"""The commands of the window, each declared once: menus, keys, buttons and the command palette derive from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QKeyCombination, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gigaplan.gui.style import theme

Shortcut = QKeySequence.StandardKey | str
Role = QAction.MenuRole
RowMenu = Callable[[QMenu, str, str], None]
"""Adds to a menu what can be done with the figure of a row: (menu, table, id)."""


def always() -> bool:
    """For a command that always works."""
    return True


@dataclass(frozen=True)
class Command:
    """What a person can do: what it is called, what it does, and how it is reached."""

    id: str
    """By which the program knows it, as `file.save`; its words may change."""
    text: str
    """In a menu, with & before the letter that chooses it there."""
    run: Callable[..., object]
    """Of an option that is on or off, with which of both it is now."""
    keys: tuple[Shortcut, ...] = ()
    """Anywhere in the window."""
    local: tuple[str, ...] = ()
    """Only where its view has the cursor, so that other views may use the same."""
    when: Callable[[], bool] = always
    """Whether it can work now."""
    name: str | Callable[[], str] = ""
    """In the palette, where its text says too little there."""
    synonyms: str = ""
    """What else people call it when they look for it."""
    tip: str = ""
    """A sentence for the foot of the window."""
    icon: str = ""
    role: Role = Role.NoRole
    """Its place in the application menu of macOS."""
    is_on: bool | None = None
    """Whether an option is on at first; None for a command that is no option."""
    group: QActionGroup | None = None
    """Of which one is on at a time."""

    @property
    def label(self) -> str:
        """What the palette calls it."""
        name = self.name() if callable(self.name) else self.name
        return name or self.text.replace("&", "")

    @property
    def hint(self) -> str:
        """Its tip, and the key that does it in its view."""
        return f"{self.tip} Key there: {self.local[0]}.".lstrip() if self.local else self.tip

    def answers(self, event: QKeyEvent) -> bool:
        """Whether one of its local keys was pressed."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        pressed = QKeySequence(QKeyCombination(modifiers, Qt.Key(event.key())))
        return any(QKeySequence(key) == pressed for key in self.local)


class Actions:
    """The commands of a window, and the actions made of them."""

    def __init__(self, window: QWidget, bar: QMenuBar) -> None:
        self._window = window
        self._bar = bar
        self.commands: dict[str, Command] = {}
        """By id, in the order of the menus."""
        self._actions: dict[str, QAction] = {}
        self._menus: dict[str, str] = {}

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    @property
    def all(self) -> list[tuple[str, Command, QAction]]:
        """(title of its menu, command, action) of each command."""
        return [(self._menus[id], command, self._actions[id]) for id, command in self.commands.items()]

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
        for id, command in self.commands.items():
            if command.when is not always:
                self._actions[id].setEnabled(command.when())

    def _allow(self) -> None:
        for id, command in self.commands.items():
            if command.when is not always:
                self._actions[id].setEnabled(True)

    def fill(self, menu: QMenu, commands: Iterable[Command | None]) -> None:
        """Adds commands to a menu of the window, with lines between them for None."""
        for command in commands:
            if command is None:
                menu.addSeparator()
            else:
                self.add(menu, command)

    def add(self, menu: QMenu, command: Command, action: QAction | None = None) -> QAction:
        """Takes up a command, in `menu`; `action` is given where one changes by itself, as undo does."""
        if command.id in self.commands:
            raise ValueError(f"there are two commands {command.id}")
        action = action or QAction(command.text, self._window)
        action.setStatusTip(command.hint)
        action.setMenuRole(command.role)
        # A key that an action has twice is ambiguous, and then does nothing.
        action.setShortcuts(list(dict.fromkeys(QKeySequence(key) for key in command.keys)))
        _connect(action, command)
        if command.icon:
            action.setIcon(theme.icon(command.icon))
        menu.addAction(action)
        self._window.addAction(action)
        self.commands[command.id] = command
        self._actions[command.id] = action
        self._menus[command.id] = menu.title().replace("&", "")
        return action

    def retint(self) -> None:
        """Draws the icons anew in the colours of the appearance."""
        for id, command in self.commands.items():
            if command.icon:
                self._actions[id].setIcon(theme.icon(command.icon))


def _connect(action: QAction, command: Command) -> None:
    if command.is_on is not None:
        action.setCheckable(True)
        action.setChecked(command.is_on)
    if command.group is not None:
        command.group.addAction(action)
    if command.is_on is not None and command.group is None:
        action.toggled.connect(command.run)
    else:
        action.triggered.connect(lambda _checked=False: command.run())


def add_to(menu: QMenu, command: Command) -> QAction:
    """A command in a context menu, grey where it cannot work, with the local keys that its view answers to."""
    action = menu.addAction(command.text)
    _connect(action, command)
    action.setEnabled(command.when())
    if command.icon:
        action.setIcon(theme.icon(command.icon))
    if command.local:
        action.setShortcut(QKeySequence(command.local[0]))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    return action


def fill(menu: QMenu, commands: Iterable[Command | None]) -> QMenu:
    """Adds commands to a context menu, with lines between them for None."""
    for command in commands:
        if command is None:
            menu.addSeparator()
        else:
            add_to(menu, command)
    return menu


def take_key(event: QEvent, commands: Iterable[Command | None]) -> bool:
    """Runs the command whose local key an event brings, and says whether there is one.

    A ShortcutOverride that is accepted keeps the key from the shortcuts of the window.
    """
    press, override = QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride
    if not isinstance(event, QKeyEvent) or event.type() not in (press, override):
        return False
    command = next((c for c in commands if c is not None and c.answers(event)), None)
    if command is None:
        return False
    event.accept()
    if event.type() == press and command.when():
        command.run()
    return True


def row_commands(
    place: str,
    rename: Callable[[], object],
    duplicate: Callable[[], object],
    delete: Callable[[], object],
    when: Callable[[], bool] = always,
    one: Callable[[], bool] = always,
) -> tuple[Command, Command, Command]:
    """What can be done with the rows selected in a view: `when` any is, and `one` for what needs exactly one."""
    return (
        Command(f"{place}.rename", "Re&name", rename, local=("F2",), when=one),
        Command(f"{place}.duplicate", "&Duplicate", duplicate, local=("Ctrl+D",), when=when),
        Command(f"{place}.delete", "De&lete", delete, local=("Del", "Backspace"), when=when),
    )
