"""Cells as they are painted and edited: figures to the right, boxes to tick, lists to choose from."""

from __future__ import annotations

import functools
from collections.abc import Callable

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from shiboken6 import isValid

from gigaplan.gui.style import theme
from gigaplan.gui.views.tables.model import LEFT, RIGHT, Index, Role, SheetModel
from gigaplan.gui.widgets.checkbox import SIDE, draw_box
from gigaplan.gui.widgets.combo import ArrowBox

PAD = 8
HEIGHT = 28
MOST_SHOWN = 400
"""Characters of a cell that are looked at for painting: no column is wide enough for more."""
MARK = 15
"""Pixels before the text of a cell of which something is said: a lock, the = of a formula, a comment."""
MOST_KEPT = 5000
"""Texts that are remembered with how much of them fits."""
Commit = Callable[[Index, str, bool], None]
"""(cell, text, whether all selected cells get it)"""
Type = Callable[[Index, str | None], None]
"""(cell, what is typed in it so far, or None where nothing is typed any more)"""


class CellDelegate(QStyledItemDelegate):
    """Paints the cells of a SheetModel, and gives what was typed to `commit`, and what is being typed, or None, to
    `type_`; `step` moves to a cell beside."""

    def __init__(self, commit: Commit, type_: Type, step: Callable[[int, int], None], parent: QObject) -> None:
        super().__init__(parent)
        self._commit, self._type = commit, type_
        self.closeEditor.connect(lambda *_: type_(QModelIndex(), None))
        self._step = step
        self._everywhere = False
        self._texts: dict[tuple[str, int], str] = {}
        self._line: QLineEdit | None = None
        """What was last typed in."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, SheetModel)
        look = model.look(index.row(), index.column())
        t, area = theme.tokens(), option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, _colour(t.accent_soft))
        if look.moved:
            painter.fillRect(area.x(), area.y() + 3, 3, area.height() - 6, _colour(t.accent))
        if look.flag is not None:
            ticked = Qt.CheckState.Checked if look.flag else Qt.CheckState.Unchecked
            painter.save()
            draw_box(painter, area.x() + PAD, area.center().y() - SIDE // 2, ticked)
            painter.restore()
        else:
            painter.setPen(
                _colour(t.error if look.wrong else t.accent if look.moved else t.muted if look.muted else t.text)
            )
            inner = area.adjusted(PAD, 0, -PAD, 0)
            if look.mark:
                self._draw_mark(painter, inner, look.mark)
                inner.adjust(MARK, 0, 0, 0)
            painter.drawText(inner, RIGHT if look.right else LEFT, self._fitted(look.text, inner.width(), option))
        if look.wrong or option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(t.error if look.wrong else t.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(1, 1, -2, -2))

    @staticmethod
    def _draw_mark(painter: QPainter, inner: QRect, mark: str) -> None:
        if mark == "=":
            painter.save()
            painter.setPen(_colour(theme.tokens().accent))
            painter.drawText(inner, LEFT, mark)
            painter.restore()
        else:
            theme.icon(mark).paint(painter, inner.x(), inner.center().y() - 5, 12, 12)

    def _fitted(self, text: str, width: int, option: QStyleOptionViewItem) -> str:
        """As much of a text as fits; kept, since nearly all cells are painted again as they were."""
        known = self._texts.get((text, width))
        if known is None:
            line = text[:MOST_SHOWN].replace("\n", " ")
            metrics = option.fontMetrics
            known = line
            if metrics.horizontalAdvance(line) > width:
                known = metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
            if len(self._texts) > MOST_KEPT:
                self._texts.clear()
            self._texts[text, width] = known
        return known

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        model = index.model()
        assert isinstance(model, SheetModel)
        look = model.look(index.row(), index.column())
        mark = MARK if look.mark else 0
        return QSize(option.fontMetrics.horizontalAdvance(look.text) + 2 * PAD + 2 + mark, HEIGHT)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        model = index.model()
        assert isinstance(model, SheetModel)
        field = model.field_at(index)
        column = model.sheet.columns[index.column()]
        editor: QWidget
        if field is not None and field.kind in ("choice", "reference", "flag"):
            options = model.sheet.options(model.shown[index.row()], index.column())
            editor = _Choice(options, self._take)
        else:
            editor = self._line = QLineEdit(parent)
            editor.setFrame(False)
            editor.setMaxLength(1_000_000)
            place = QPersistentModelIndex(index)
            editor.textEdited.connect(lambda text: self._type(place, text))
            editor.setAlignment(Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft)
            editor.setStyleSheet(
                f"QLineEdit {{ border: 2px solid {theme.tokens().accent}; border-radius: 0; padding: 0 {PAD - 3}px; }}"
            )
        editor.setParent(parent)
        editor.setAccessibleName(f"{column.label} of {model.sheet.name(model.shown[index.row()])}")
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, _Choice):
            editor.show_text(str(index.data(Role.DisplayRole)))
        elif isinstance(editor, QLineEdit):
            text = str(index.data(Role.EditRole))
            editor.setProperty("before", text)
            editor.setText(text)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        everywhere, self._everywhere = self._everywhere, False
        if isinstance(editor, _Choice):
            text = editor.chosen()
        else:
            assert isinstance(editor, QLineEdit)
            text = editor.text()
            if text == editor.property("before") and not everywhere:
                return
        if text is not None:
            self._commit(index, text, everywhere)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        area = QRect(option.rect)
        area.setWidth(max(area.width(), 120))
        editor.setGeometry(area)

    def settle(self) -> None:
        """Commits what is being typed, if anything is."""
        line = self._line
        if line is not None and isValid(line) and not line.isHidden():
            self._take(line)

    def _take(self, editor: QWidget) -> None:
        """Commits what an editor holds, and closes it unless the rows that it led to have done so."""
        self.commitData.emit(editor)
        if isValid(editor):
            self.closeEditor.emit(editor)

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        if not isValid(editor):
            # A view watches an editor again after it committed, even one that its own rows took away: what that says
            # while it is destroyed comes here.
            return False
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and isinstance(editor, QWidget):
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            key = event.key()
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._everywhere = control
                self._finish(editor, 0 if control else -1 if back else 1, 0)
                return True
            if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                self._finish(editor, 0, -1 if key == Qt.Key.Key_Backtab else 1)
                return True
        return super().eventFilter(editor, event)

    def _finish(self, editor: QWidget, down: int, right: int) -> None:
        self._take(editor)
        if down or right:
            self._step(down, right)

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        """A click on a box, or Space, ticks it."""
        assert isinstance(model, SheetModel)
        flag = model.look(index.row(), index.column()).flag
        if flag is None:
            return super().editorEvent(event, model, option, index)
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            on_box = QRect(option.rect.x(), option.rect.y(), SIDE + 2 * PAD, option.rect.height())
            if event.button() == Qt.MouseButton.LeftButton and on_box.contains(event.position().toPoint()):
                self._commit(index, "no" if flag else "yes", False)
                return True
        return False

    def tick(self, index: Index, value: bool) -> None:
        """Ticks a box or not, and with it all that are selected in its column."""
        self._commit(index, "yes" if value else "no", True)


class _Choice(ArrowBox):
    """The list of the values that a cell may have."""

    def __init__(self, options: list[tuple[str, str]], done: Callable[[QWidget], None]) -> None:
        super().__init__()
        self._values = [value for value, _ in options]
        self.addItems([text for _, text in options])
        self._done = done
        self.activated.connect(self._activated)

    def show_text(self, text: str) -> None:
        """Shows the option with this text; none where there is no such."""
        self.setCurrentIndex(self.findText(text))

    def chosen(self) -> str | None:
        """The text to commit; None where nothing is chosen."""
        return self._values[self.currentIndex()] if self.currentIndex() >= 0 else None

    def _activated(self, _index: int) -> None:
        self._done(self)


@functools.lru_cache(64)
def _colour(name: str) -> QColor:
    return QColor(name)
