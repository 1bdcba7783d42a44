"""Lines of lists and trees: names that are changed in place, and the ground of what is chosen or pointed at."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gigaplan.engine.plan.fields import LONGEST_NAME
from gigaplan.gui.style import theme


def paint_ground(painter: QPainter, area: QRectF, option: QStyleOptionViewItem, *, takes_pointer: bool = True) -> None:
    """Paints what lies under a line that is chosen, pointed at, or where the keys are."""
    t, flags = theme.tokens(), QStyle.StateFlag
    pointed = takes_pointer and bool(option.state & flags.State_MouseOver)
    painter.setPen(Qt.PenStyle.NoPen)
    if option.state & flags.State_Selected or pointed:
        painter.setBrush(theme.colour(t.accent_soft))
        painter.drawRoundedRect(area, 6, 6)
    if option.state & flags.State_HasFocus:
        painter.setPen(theme.colour(t.accent))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)


class NamingDelegate(QStyledItemDelegate):
    """Edits the name of a line; how the line is painted is up to those that inherit."""

    editor_name = "Name"
    """What the editor is called to those who cannot see it."""

    def __init__(self, parent: QObject, typed: Callable[[Callable[[], object] | None], None]) -> None:
        """`typed` is told what would give the line the name typed so far, and None once nothing is: Document.type."""
        super().__init__(parent)
        self._typed = typed
        self.closeEditor.connect(lambda *_: typed(None))

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        editor = QLineEdit(parent)
        editor.setStyleSheet("padding: 0 4px; min-height: 0;")
        editor.setMaxLength(LONGEST_NAME)
        editor.setAccessibleName(self.editor_name)
        place = QPersistentModelIndex(index)
        editor.textEdited.connect(lambda name: self._typed(lambda: _rename(place, name)))
        return editor

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        # A result that arrives while a person types must not put the old name back.
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)


def _rename(place: QPersistentModelIndex, name: str) -> None:
    if place.isValid():  # its line may have gone meanwhile
        place.model().setData(QModelIndex(place), name)  # type: ignore[call-overload]
