"""The style sheet of the whole application, in the colours of its palette; what a view needs beyond it, it paints.

It is the same in every appearance: Qt takes many times longer to change one sheet for another than to change a palette.
"""

from __future__ import annotations

from string import Template

RADIUS = 8
ROLES = {
    "window": "window",
    "panel": "base",
    "line": "mid",
    "track": "midlight",
    "text": "text",
    "muted": "placeholder-text",
    "accent": "highlight",
    "on_accent": "highlighted-text",
    "error": "bright-text",
    "accent_soft": "tooltip-base",
    "good": "tooltip-text",
    "warning": "link-visited",
}
"""The role of the palette that holds each colour of `gigaplan.gui.style.theme.Tokens`, as style sheets name it.

Nothing else draws with the last three: tool tips are dressed by the sheet, and no link is visited.
"""

_SHEET = """
QToolTip { background: $panel; color: $text; border: 1px solid $line; padding: 6px; }
QMainWindow, QMenuBar { background: $window; }
QMenuBar { background: $panel; color: $text; border: 0; padding: 2px 6px; }
QMenuBar::item { padding: 6px 9px; background: transparent; border-radius: 6px; }
QMenuBar::item:selected { background: $accent_soft; }
QMenu { background: $panel; color: $text; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 12px; border-radius: 6px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QFrame[card="true"] { background: $panel; border: 1px solid $line; border-radius: ${radius}px; }
QLabel { color: $text; background: transparent; }
QLabel[role="title"] { font-weight: 600; font-size: 14px; }
QLabel[role="group"] { color: $muted; font-weight: 600; font-size: 12px; }
QLabel[role="muted"] { color: $muted; font-size: 12px; }
QLabel[role="warning"] { color: $warning; font-size: 12px; }
QLabel[role="error"] { color: $error; font-size: 12px; }
QLabel[role="good"] { color: $good; font-size: 12px; }
QLabel[role="pill"] { color: $accent; background: $accent_soft; border-radius: 8px; padding: 1px 7px;
    font-size: 12px; }
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QComboBox { background: $panel; color: $text;
    border: 1px solid $line; border-radius: 6px; padding: 4px 7px; min-height: 18px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:hover, QComboBox:hover { border-color: $muted; }
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QSpinBox:focus { border: 1px solid $accent; }
QLineEdit[invalid="true"] { border: 1px solid $error; }
QLineEdit:read-only { background: $window; color: $muted; }
QSpinBox QLineEdit { border: 0; padding: 0; min-height: 0; background: transparent; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; border: 0; }
QComboBox::drop-down { border: 0; width: 20px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $line;
    selection-background-color: $accent_soft; selection-color: $text; outline: 0; }
QPushButton { background: $panel; color: $text; border: 1px solid $line; border-radius: 6px;
    padding: 5px 12px; }
QPushButton:hover { border-color: $muted; }
QPushButton:focus { border-color: $accent; }
QPushButton:default { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton:disabled { color: $muted; }
QPushButton:default:disabled { background: $track; border-color: $line; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 4px;
    color: $text; }
QToolButton:hover { background: $accent_soft; }
QToolButton:focus { border-color: $accent; }
QToolButton:checked { background: $accent_soft; color: $accent; }
QToolButton[popupMode="1"] { padding-right: 16px; }
QToolButton::menu-button { border: 0; width: 14px; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: 0; }
QAbstractScrollArea { border: 0; }
QAbstractScrollArea::corner { background: transparent; border: 0; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: $line; border-radius: 3px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: transparent;
    width: 0; height: 0; }
QTreeView, QListView, QTableView { background: transparent; color: $text; outline: 0; border: 0;
    selection-background-color: $accent_soft; selection-color: $text; alternate-background-color: $window;
    gridline-color: $line; }
QTreeView::item, QListView::item { padding: 4px 6px; border-radius: 6px; }
QTreeView::item:selected, QListView::item:selected { background: $accent_soft; color: $text; }
QHeaderView::section { background: $panel; color: $muted; border: 0; border-bottom: 1px solid $line;
    padding: 4px 6px; font-size: 12px; font-weight: 500; }
QTabBar::tab { background: transparent; color: $muted; padding: 6px 10px; border: 0;
    border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:selected:focus { background: $accent_soft; }
QTabWidget::pane { border: 0; }
QDockWidget { color: $text; font-weight: 600; titlebar-close-icon: none; titlebar-normal-icon: none; }
QDockWidget::title { background: transparent; padding: 6px 10px; }
QStatusBar { background: $panel; color: $muted; border-top: 1px solid $line; }
QStatusBar::item { border: 0; }
QSplitter::handle { background: transparent; }
QMainWindow::separator { background: transparent; width: 8px; height: 8px; }
QSlider::groove:horizontal { height: 4px; background: $track; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -7px 0; border-radius: 9px; background: $panel;
    border: 2px solid $accent; }
QSlider::handle:horizontal:focus { background: $accent_soft; }
QProgressBar { border: 0; background: $track; border-radius: 2px; max-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
"""
SHEET = Template(_SHEET).substitute(radius=RADIUS, **{name: f"palette({role})" for name, role in ROLES.items()})
