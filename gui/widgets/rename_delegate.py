"""Names that are changed in place, in a list or a tree."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget


class NamingDelegate(QStyledItemDelegate):
    """Edits the name of a line; how the line is painted is up to those that inherit."""

    editor_name = "Name"
    """What the editor is called to those who cannot see it."""

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        editor = QLineEdit(parent)
        editor.setStyleSheet("padding: 0 4px; min-height: 0;")
        editor.setAccessibleName(self.editor_name)
        return editor

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        # A result that arrives while a person types must not put the old name back.
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)
