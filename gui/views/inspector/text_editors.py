"""Editors of texts: a line, a month, a source, and notes of several lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QLocale, QMimeData, QStringListModel, Qt, Signal
from PySide6.QtGui import QClipboard, QContextMenuEvent, QFocusEvent, QGuiApplication, QMouseEvent, QTextOption
from PySide6.QtWidgets import QMenu, QPlainTextEdit

from gigaplan.engine.plan.fields import LONGEST_TEXT, Field
from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.present.cell_text import placeholder
from gigaplan.gui.text.months import read_month
from gigaplan.gui.text.number_format import plain
from gigaplan.gui.text.quantities import NotRead
from gigaplan.gui.views.inspector.editors import Editor, same
from gigaplan.gui.views.inspector.quantity_edit import MIXED, LineEdit
from gigaplan.gui.views.inspector.target import Editable
from gigaplan.gui.widgets.texts import Label, literal

SHORT_SOURCE = 18
"""Characters of a source that a line shows."""
MAY_BREAK = "\u200b"
"""A character without width, at which a line may end."""
_JOINT = re.compile(r"(?<=[/@:_])(?=\w)|(?<=\.)(?=[a-z])")
_UNBROKEN = re.compile(rf"[^\s{MAY_BREAK}]{{20}}(?=[^\s{MAY_BREAK}])")
"""As much of a word as stands in the narrowest column."""
NOTE_LINES = 4
"""How many lines of a note are seen at once."""
LONG_WORD = 2000
"""Characters of a word that stands for many lines."""
NOTE_EDGES = 10
"""Pixels of its border and padding, above and below together."""
NOT_HERE = "This text has characters that cannot be edited here, such as the ends of lines. Tables take it whole."


class _Line(LineEdit):
    def __init__(self, editor: TextEditor) -> None:
        super().__init__()
        self._editor = editor
        self.textEdited.connect(editor.type)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.isModified():
            self._editor.focus_moved()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self.isModified():
            self._editor.focus_moved()

    def commit_text(self, text: str) -> None:
        self._editor.commit(text)

    def revert(self) -> None:
        self._editor.target.document.type(None)
        super().revert()

    def render_value(self) -> None:
        self.setModified(False)
        if values := self._editor.target.values(self._editor.field):
            self._editor.show_values(values)


class TextEditor(Editor):
    """A line of text, an identifier to read, or a month."""

    def __init__(self, target: Editable, field: Field, known: Callable[[Plan], Iterable[str]] | None = None) -> None:
        super().__init__(target, field)
        self.line = _Line(self)
        self.line.said.connect(self.said)
        self.line.setMaxLength(field.longest if field.kind == "text" else LONGEST_TEXT)
        self.line.setStyleSheet("font-weight: 500;")
        self._known = known
        self._words = QStringListModel(self)
        if known is not None:
            self.line.complete_from(self._words)
        self._fill(self.line)

    def context(self) -> object:
        return () if self._known is None else tuple(sorted(set(self._known(self.target.document.plan)) - {""}))

    def refresh(self) -> None:
        super().refresh()
        words = list(self.context())  # type: ignore[call-overload]
        if self._known is not None and words != self._words.stringList():
            self._words.setStringList(words)

    def show_values(self, values: tuple[Any, ...]) -> None:
        if self.line.is_typing():
            return
        mixed = not same(values)
        self.line.setPlaceholderText(MIXED if mixed else placeholder(self.field))
        text = "" if mixed else self._text(values[0])
        self.line.set_text(text)
        # What a line cannot show, as a line's end, it would change unseen.
        is_whole = self.line.text() == text
        self.line.setReadOnly(self.field.kind == "identifier" or not is_whole)
        self.line.setToolTip(literal(text if is_whole else f"{NOT_HERE}\n{text}"))
        self.said.emit("", "")

    def _text(self, value: Any) -> str:
        return value or ""

    def focus_moved(self) -> None:
        """The line got the focus, or lost it."""

    def settle(self) -> None:
        self.line.finish()

    def type(self, text: str) -> None:
        """Tells the document what is being typed."""
        text = text.strip()
        value, _, refusal = self._read(text)
        is_nothing = bool(refusal) or (not text and not same(self.target.values(self.field)))
        self.target.document.type(None if is_nothing else lambda: self.put_all(value))

    def commit(self, text: str) -> None:
        """Takes a text, or says why not."""
        if not text and not same(self.target.values(self.field)):
            self.line.revert()
            return
        value, understood, refusal = self._read(text)
        self.line.setModified(False)
        refusal = refusal or self.put_all(value)
        if refusal:
            self.line.refuse(refusal)
            return
        self.line.render_value()
        self.said.emit(understood, "muted")

    def _read(self, text: str) -> tuple[Any, str, str]:
        if self.field.kind == "month":
            if not text and self.field.optional:
                return None, "", ""
            found = read_month(text, locale=QLocale())
            return (None, "", found.text) if isinstance(found, NotRead) else (found.value, found.text, "")
        return (None if self.field.optional and not text else text), "", ""


class SourceEditor(TextEditor):
    """A line with a source, which is often longer than the line: beneath it stands all of it, a part to a line."""

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self.below = _SourceLabel()
        self.below.hide()

    def show_values(self, values: tuple[Any, ...]) -> None:
        super().show_values(values)
        text = values[0] if same(values) else ""
        self.below.setText("\n".join(map(breakable, source_parts(text))))
        self.below.setVisible(len(text) > SHORT_SOURCE)


def source_parts(text: str) -> list[str]:
    """A source by what it is of: Electricity: ..., then Carbon, PUE, water: ...; whole where it does not say."""
    return re.split(r"(?<=[.;)\d])\s+(?=[A-Z][A-Za-z, ]{2,40}: )", text)


def breakable(text: str) -> str:
    """A text whose addresses and other long words may go over several lines, by means of characters not seen."""
    return _UNBROKEN.sub(rf"\g<0>{MAY_BREAK}", _JOINT.sub(MAY_BREAK, text))


class _SourceLabel(Label):
    """A source over several lines, to read and to copy from; what is copied is without the marks of `breakable`."""

    def __init__(self) -> None:
        super().__init__(wordWrap=True, role="muted")
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def copy(self, mode: QClipboard.Mode = QClipboard.Mode.Clipboard) -> None:
        """Copies what is selected, else all of it."""
        QGuiApplication.clipboard().setText((self.selectedText() or self.text()).replace(MAY_BREAK, ""), mode)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self.hasSelectedText() and QGuiApplication.clipboard().supportsSelection():
            self.copy(QClipboard.Mode.Selection)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addAction("Copy").triggered.connect(lambda: self.copy())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())


class NotesEditor(Editor):
    """A text of several lines."""

    wide = True

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self.box = _Notes(self.settle, field.longest)
        self.box.refused.connect(lambda text: self.said.emit(text, "error"))
        self._end = "\n"
        """How the lines of the text end."""
        # Whole lines: below the last one there is no room for the top of another.
        lines = NOTE_LINES * self.box.fontMetrics().lineSpacing()
        self.box.setFixedHeight(lines + int(self.box.document().documentMargin()) + NOTE_EDGES)
        self.box.setStyleSheet(
            "QPlainTextEdit { border: 1px solid palette(mid); }"
            "QPlainTextEdit:focus { border-color: palette(highlight); }"
        )
        self.box.setTabChangesFocus(True)
        self.box.textChanged.connect(self._type)
        self._fill(self.box)

    def show_values(self, values: tuple[Any, ...]) -> None:
        document = self.box.document()
        if not (self.box.hasFocus() and document.isModified()):
            self.box.setPlaceholderText("" if same(values) else MIXED)
            text = values[0] if same(values) else ""
            if self._text() != text:  # else the cursor stays where a person who goes on typing has it
                self.box.blockSignals(True)  # what is shown is not typed
                self.box.wrap_for(text)
                self.box.setPlainText(text)
                self.box.blockSignals(False)
            self._end = "\r\n" if "\r\n" in text else "\n"
            is_whole = self._text() == text
            self.box.setReadOnly(not is_whole)
            self.box.setToolTip("" if is_whole else literal(NOT_HERE))
            document.setModified(False)

    def _text(self) -> str:
        # toPlainText would make plain spaces of those that break no line.
        return self.box.document().toRawText().replace("\u2029", self._end)

    def _type(self) -> None:
        """Tells the document what is being typed; what is only shown is not."""
        if self.box.document().isModified():
            refusal = self.field.text_refusal(self._text()) or ""
            self.target.document.type(None if refusal else lambda: self.put_all(self._text()))
            self.said.emit(refusal, "error" if refusal else "")

    def settle(self) -> None:
        if self.box.document().isModified():
            self.target.document.type(None)
            refusal = self.put_all(self._text())
            self.box.document().setModified(bool(refusal))
            if refusal:
                self.said.emit(refusal, "error")


class _Notes(QPlainTextEdit):
    refused = Signal(str)
    """Why what was pasted or dropped is not taken."""

    def __init__(self, settle: Callable[[], None], longest: int) -> None:
        super().__init__()
        self._settle, self._longest = settle, longest

    def wrap_for(self, text: str) -> None:
        """Lets lines end anywhere where a text has a word over many lines: looking for its ends would take the square
        of its length."""
        mode = QTextOption.WrapMode
        is_long = any(len(word) > LONG_WORD for word in text.split())
        self.setWordWrapMode(mode.WrapAnywhere if is_long else mode.WrapAtWordBoundaryOrAnywhere)

    def insertFromMimeData(self, source: QMimeData) -> None:
        text, cursor = source.text(), self.textCursor()
        room = self._longest - self.document().characterCount() + 1 + cursor.selectionEnd() - cursor.selectionStart()
        if len(text) > room:
            told = f"has {plain(len(text), 9)} characters, and there is room for {plain(room, 9)}"
            self.refused.emit(f"What was pasted {told}. Nothing was taken.")
            return
        if any(len(word) > LONG_WORD for word in text.split()):
            self.wrap_for(text)
        super().insertFromMimeData(source)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._settle()
