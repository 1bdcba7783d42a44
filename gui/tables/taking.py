"""Cells into the plan, from the clipboard or from a file: looked at first where some are bad, and one undo step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QWidget

from engine.words import counted
from gui.document import Document
from gui.quantities import Refusal
from gui.tables.clipboard import parsed, transposed
from gui.tables.file_work import Question
from gui.tables.grid import Grid
from gui.tables.paste import Anchor, Paste, header_columns, laid_over
from gui.tables.preview import PreviewPage
from gui.tables.question import QuestionPage
from gui.tables.series_sheet import SeriesSheet
from gui.tables.transfer import Transfer


class Taking(QObject):
    """Takes cells into the grid that `grid` gives; its preview and its questions stand in the place of that."""

    is_shown = Signal(bool)
    """Whether a preview or a question has taken the place of the grid."""

    def __init__(
        self,
        document: Document,
        grid: Callable[[], Grid],
        pages: QStackedWidget,
        say: Callable[[str, str], None],
    ) -> None:
        super().__init__(pages)
        self._document, self._grid, self._pages, self._say = document, grid, pages, say
        self._paste: Paste | None = None
        self.preview = PreviewPage()
        self.preview.accepted.connect(self._accept)
        self.preview.cancelled.connect(self._cancel)
        self.question = QuestionPage()
        self.question.answered.connect(self._answer)
        self.question.cancelled.connect(self._cancel)
        for page in (self.preview, self.question):
            pages.addWidget(page)
        self.transfer = Transfer()
        self.transfer.asked.connect(self._ask)
        self.transfer.read.connect(self._read)
        self.transfer.said.connect(say)

    @property
    def is_open(self) -> bool:
        """Whether a preview or a question stands in the place of the grid."""
        return self._pages.currentWidget() in (self.preview, self.question)

    def drop(self) -> None:
        """Puts the grid back in its place; what was looked at is forgotten."""
        self._paste = None
        if self.is_open:
            self._pages.setCurrentWidget(self._grid())
            self._grid().setFocus()
        self.is_shown.emit(False)

    def paste(self, copied: str, turned: bool = False) -> None:
        """Takes the clipboard, from the current cell on or where its headers say.

        What was `copied` here goes where the person points; `turned`, its rows become columns.
        """
        grid, text = self._grid(), QGuiApplication.clipboard().text()
        model = grid.sheet_model
        sheet = model.sheet
        rows, columns = grid.chosen_rows() or [0], grid.chosen_columns() or [0]
        field = sheet.field(0, columns[0]) if len(sheet.lines) and not isinstance(sheet, SeriesSheet) else None
        lists = field is not None and field.kind in ("series", "references", "texts")
        lines = parsed(text, lambda cells: header_columns(sheet, cells) is not None, lists)
        if isinstance(lines, Refusal):
            self._say(lines.text, "error")
            return
        at = Anchor(model.shown, rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1)
        paste = laid_over(sheet, transposed(lines) if turned else lines, at, by_place=text == copied)
        if isinstance(paste, Refusal):
            self._say(f"Not pasted: {paste.text}.", "error")
        else:
            self._take(paste)

    def _read(self, paste: Paste) -> None:
        """Takes the rows of a file, if they still fit what is shown."""
        if paste.sheet.context.plan is not self._document.plan:
            self._say("The plan changed meanwhile: nothing was read. Read the file again.", "warning")
        elif not isinstance(self._grid().sheet_model.sheet, type(paste.sheet)) or (
            paste.sheet.table != self._grid().sheet_model.sheet.table
        ):
            self._say(f"Nothing was read: turn to {paste.sheet.title} and read the file again.", "warning")
        else:
            self._take(paste)

    def _ask(self, question: Question) -> None:
        self._show(self.question)
        self.question.ask(question)
        self._say("Nothing is read yet.", "warning")

    def _answer(self, value: str) -> None:
        question = self.question.question
        self.drop()
        self._say("", "muted")
        if question is not None:
            self.transfer.answer(question, value)

    def _show(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        self.is_shown.emit(True)

    def _take(self, paste: Paste) -> None:
        """Puts a paste into the plan; one with bad cells is shown first."""
        if not paste.bad:
            self._apply(paste)
            return
        self._paste = paste
        self._show(self.preview)
        self.preview.show_paste(paste)
        self._say("Nothing is pasted yet." if paste.file is None else "Nothing is read yet.", "warning")

    def _accept(self) -> None:
        paste = self._paste
        self.drop()
        if paste is not None:
            self._apply(paste)

    def _cancel(self) -> None:
        of_file = self._paste is None or self._paste.file is not None
        self.drop()
        self._say("Nothing was read." if of_file else "Nothing was pasted.", "muted")

    def _apply(self, paste: Paste) -> None:
        plan = paste.plan
        if isinstance(plan, Refusal):
            self._say(f"Not taken: {plan.text}.", "error")
            return
        cells = counted(paste.cells, "cell")
        from_file = "" if paste.file is None else f" from {paste.file.name}"
        before, old_count = self._document.plan, len(paste.sheet.lines)
        self._document.apply(plan, f"Read {cells}{from_file}" if from_file else f"Paste {cells}")
        grid = self._grid()
        model = grid.sheet_model
        if self._document.plan is before:
            self._say("Nothing to change: the cells hold these values already.", "muted")
            return
        lines = {line.target for line in paste.lines if line.target is not None}
        lines.update(range(old_count, len(model.sheet.lines)))
        rows = [row for row, line in enumerate(model.shown) if line in lines]
        grid.choose_block(rows, [column for column in paste.columns if column is not None])
        added = f", {counted(paste.new_rows, 'new row')}" if paste.new_rows else ""
        hidden = paste.file.hidden_rows if paste.file is not None else 0
        unseen = f", {counted(hidden, 'hidden row')} of it among them" if hidden else ""
        done = f"Read {cells}{from_file}" if from_file else f"Pasted {cells}"
        self._say(f"{done}{added}{unseen}. Ctrl+Z takes it back.", "good")
