"""Words as widgets show them: labels, tooltips, boxes and pages, none of which reads a text of a plan as markup.

Qt takes for rich text whatever looks like it, and then loads the pictures that it names: a name in a plan could make
the window read any file. So a label shows its text as it stands unless it is a `RichLabel`; a tooltip is made by
`literal`, `wrapped` or `composed`; and where markup is wanted, what comes from data goes through `escape` first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, QUrl
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QImage, QPainter, QPaintEvent, QTextDocument
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import QLabel, QMessageBox, QProgressDialog, QSizePolicy, QTextBrowser, QToolTip, QWidget

from gigaplan.gui.style import theme

__all__ = ["ElidedLabel", "Label", "RichLabel", "TextPage", "composed", "escape", "literal", "message", "show_tip",
           "wrapped"]  # fmt: skip
WORDWISE = 0.75
"""A name is cut between its words where that leaves so much of what a cut within one would."""
PICTURE = QTextDocument.ResourceType.ImageResource.value
_OUR_TAGS = re.compile(r"<(?!/?(?:qt|b|br|p|a|table|tr|td)[\s>])", re.IGNORECASE)
"""The beginning of any other tag than those that this program writes: none of these loads anything."""


def literal(text: str) -> str:
    """Plain text as a tooltip that says it as it stands: markup in a name loads no picture, and hides nothing."""
    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>" if GuiQt.mightBeRichText(text) else text


def wrapped(text: str) -> str:
    """Plain text of several lines as a tooltip; the first line is its heading. Only rich text breaks its lines."""
    first, *rest = escape(text).split("\n")
    return f"<qt><b>{first}</b>{''.join(f'<br>{line}' for line in rest)}</qt>"


def composed(markup: str) -> str:
    """Markup whose parts from data went through `escape`, as rich text; where another tag is in it, as plain text."""
    return f"<qt>{escape(markup) if _OUR_TAGS.search(markup) else markup}</qt>"


def show_tip(at: QPoint, tip: str, widget: QWidget) -> None:
    """Shows a tooltip at a point of the screen; `tip` is made by one of the functions above."""
    QToolTip.showText(at, tip, widget)


class Label(QLabel):
    """A label that shows its text as it stands, whatever it looks like. Takes a parent, and properties by name.

    `role` is that of the style sheet: title, muted, group, warning, error.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None, *, role: str = "", **properties: Any) -> None:
        super().__init__(parent, textFormat=Qt.TextFormat.PlainText, **properties)
        if role:
            self.setProperty("role", role)
        self.setText(text)


class RichLabel(QLabel):
    """A label with bold words, tables and links, written by this program."""

    def __init__(self, parent: QWidget | None = None, *, word_wrap: bool = False) -> None:
        super().__init__(parent, wordWrap=word_wrap)
        self.setTextFormat(Qt.TextFormat.RichText)

    def set_markup(self, markup: str) -> None:
        """Shows markup whose parts from data went through `escape`."""
        self.setText(composed(markup))


class ElidedLabel(Label):
    """A title, or a muted note beside it, that ends in an ellipsis where it has too little room."""

    def __init__(self, text: str, role: str) -> None:
        super().__init__(text, role=role)

    def give_way(self) -> None:
        """Takes the room that its neighbours leave: they are whole before it has any."""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_words(self, text: str) -> None:
        """Says something else; all of it in the tooltip."""
        if self.text() != text:
            self.setText(text)
            self.setToolTip(literal(text))

    def minimumSizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(min(hint.width(), 110 if self.property("role") == "title" else 24), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setPen(theme.colour(t.muted if self.property("role") == "muted" else t.text))
        text = elided_words(self.fontMetrics(), self.text(), self.width() + 1)
        if self.property("role") == "muted" and 2 * len(text) < len(self.text()):
            return  # the little that has room would say nothing
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)


def elided_words(metrics: QFontMetrics, text: str, room: int) -> str:
    """A text with an ellipsis where it has too little room, which never stands within a figure: $5… may be $51.4 M."""
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
    if shown == text:
        return text
    whole, _, part = shown.removesuffix("…").rpartition(" ")
    if not any(c.isdigit() for c in f"{part}{text[len(shown) - 1 :].partition(' ')[0]}"):
        return shown
    return f"{whole.rstrip(' ·,')}…" if whole else ""


def elided_middle(metrics: QFontMetricsF, text: str, room: float, differs: int = 0) -> str:
    """A name without its middle where it has too little room.

    Whole words are left out where that leaves nearly as much. The character at `differs`, from which on it is another
    name than its twins, is seen in any case.
    """
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
    if shown == text:
        return text
    words = text.split(" ")
    best, first, last = "", 1, 1
    while first + last < len(words):
        made = f"{' '.join(words[:first]).rstrip(' ·,')}…{' '.join(words[-last:])}"
        if metrics.horizontalAdvance(made) > room:
            break
        best = made
        first, last = (first + 1, last) if last > first else (first, last + 1)
    found = [best, shown] if len(best) >= WORDWISE * len(shown) else [shown]
    for cut in found:
        head, _, tail = cut.partition("…")
        if differs < len(head) or differs >= len(text) - len(tail):
            return cut
    end = text[text.rfind(" ", 0, differs + 1) + 1 :]
    heads = (text[:k].rstrip(" ·,") for k in range(len(text) - len(end), -1, -1))
    longest_first = (f"{head}…{end}" for head in heads)
    whole = next((cut for cut in longest_first if metrics.horizontalAdvance(cut) <= room), "")
    return whole or metrics.elidedText(f"…{end}", Qt.TextElideMode.ElideRight, room)


def where_twins_differ(names: Iterable[str]) -> dict[str, int]:
    """For each name the place of the first character by which it is another than all the others."""
    ordered, found = sorted(set(names)), dict[str, int]()
    for before, name in pairwise(["", *ordered]):
        least = min(len(before), len(name))
        alike = next((k for k in range(least) if before[k] != name[k]), least)
        found[name] = alike
        if before:
            found[before] = max(found[before], alike)
    return found


class TextPage(QTextBrowser):
    """A page of rich text to read. It loads nothing: no picture, no style sheet, no other page."""

    def set_markup(self, markup: str, sheet: str = "") -> None:
        """Shows markup whose parts from data went through `escape`, in a style sheet of this program."""
        self.document().setDefaultStyleSheet(sheet)
        self.setHtml(markup)

    def loadResource(self, kind: int, url: QUrl | str) -> Any:
        # A picture that is no picture makes Qt look for the file itself.
        return QImage(1, 1, QImage.Format.Format_ARGB32) if kind == PICTURE else b" "


def message(
    window: QWidget, icon: QMessageBox.Icon, text: str, more: str = "", markup: str = "", title: str = "Gigaplan"
) -> QMessageBox:
    """A box with a sentence and what more there is to say, as they stand; in the place of that, `markup`."""
    box = QMessageBox(window)
    box.setTextFormat(Qt.TextFormat.PlainText)  # before there is any text
    box.setIcon(icon)
    box.setWindowTitle(title)
    box.setText(text)
    box.setInformativeText(composed(markup) if markup else more)
    box.setStyleSheet("#qt_msgbox_label { font-weight: 600; } #qt_msgbox_informativelabel { min-width: 340px; }")
    for name in ("qt_msgbox_label", "qt_msgbox_informativelabel"):
        label = box.findChild(QLabel, name)
        assert label is not None
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        if markup and name == "qt_msgbox_informativelabel":
            label.setTextFormat(Qt.TextFormat.RichText)
    return box


def progress(window: QWidget, text: str) -> tuple[QProgressDialog, Label]:
    """A box that says what is being done, in a label that can say other things, and can cancel it."""
    box, label = QProgressDialog(window), Label(text)
    box.setWindowTitle("Gigaplan")
    box.setLabel(label)
    box.setCancelButtonText("Cancel")
    box.setRange(0, 0)
    box.setWindowModality(Qt.WindowModality.ApplicationModal)
    box.setMinimumWidth(360)
    return box, label
