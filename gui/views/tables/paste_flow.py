"""Cells into the plan, from the clipboard or from a file: looked at first where some are bad, and one undo step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QWidget

from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.worker import Tell
from gigaplan.gui.text.clipboard import LONGEST, parsed, transposed
from gigaplan.gui.text.number_format import counted_plain, plain
from gigaplan.gui.text.quantities import NotRead
from gigaplan.gui.views.tables.edits import copied_text
from gigaplan.gui.views.tables.file_io import FileQuestion, Transfer
from gigaplan.gui.views.tables.grid import Grid
from gigaplan.gui.views.tables.import_preview import PreviewPage, QuestionPage
from gigaplan.gui.views.tables.paste import Anchor, Paste, header_columns, laid_over
from gigaplan.gui.views.tables.series_sheet import SeriesSheet
from gigaplan.gui.views.tables.sheets import Sheet

GAPS = "The selected cells are not of the same columns in each row: select a block, or whole rows.", "warning"
AT_ONCE = 20_000
"""Characters of a clipboard; more of them are read beside the window."""
MOST_COPIED_AT_ONCE = 20_000
"""Cells."""


class Taking(QObject):
    """Takes cells into the grid that `grid` gives; its preview and its questions stand in the place of that."""

    is_shown = Signal(bool)
    """Whether a preview or a question has taken the place of the grid."""

    def __init__(
        self, document: Document, grid: Callable[[], Grid], pages: QStackedWidget, say: Callable[[str, str], None]
    ) -> None:
        super().__init__(pages)
        self._document, self._grid, self._pages, self._say = document, grid, pages, say
        self._paste: Paste | None = None
        self._own = ""
        """Cells that were copied here, and go where the person points."""
        self._goes_by_place = False
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
        self.transfer.copied.connect(self._keep)

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

    def copy(self) -> None:
        """Copies the selected cells, all if none is, with their headers."""
        if self._is_busy():
            return
        if self._grid().has_gaps():
            self._say(*GAPS)
            return
        model = self._grid().sheet_model
        rows = self._grid().chosen_rows() or list(range(model.rowCount()))
        columns = self._grid().chosen_columns() or list(range(model.columnCount()))
        # Cells without an id go where the person points, not where their headers say.
        self._goes_by_place = "id" not in {model.sheet.columns[column].key for column in columns}
        cells = len(rows) * len(columns)
        said = f"Copied {plain(cells, 9)} cells with their headers." if cells != 1 else "Copied 1 cell with its header."
        work = partial(copied_text, model.sheet, [model.shown[row] for row in rows], columns)
        if cells > MOST_COPIED_AT_ONCE:
            self.transfer.copy(work, said)
        else:
            self._keep(work(_untold), said)

    def _keep(self, text: str, said: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._own = text if self._goes_by_place else ""
        self._say(said, "muted")

    def paste(self, turned: bool = False) -> None:
        """Takes the clipboard, from the current cell on or where its headers say; `turned`, its rows as columns."""
        if self._is_busy():
            return
        grid, text = self._grid(), QGuiApplication.clipboard().text()
        model = grid.sheet_model
        sheet = model.sheet
        rows, columns = grid.chosen_rows() or [0], grid.chosen_columns() or [0]
        field = sheet.field(0, columns[0]) if len(sheet.lines) and not isinstance(sheet, SeriesSheet) else None
        lists = field is not None and field.kind in ("series", "references", "texts")
        if grid.has_gaps():
            self._say(*GAPS)
            return
        if len(text) > LONGEST:
            held = counted_plain(len(text), "character")
            self._say(f"Not pasted: the clipboard holds {held}: paste it in parts.", "error")
            return
        at = Anchor(tuple(model.shown), tuple(rows), tuple(columns))
        work = partial(_laid, text, sheet, at, lists=lists, turned=turned, by_place=text == self._own)
        if len(text) > AT_ONCE:
            self.transfer.paste(work)
            return
        paste = work(_untold)
        if isinstance(paste, NotRead):
            self._say(f"{paste.text}.", "error")
        else:
            self._take(paste)

    def _is_busy(self) -> bool:
        if self.transfer.task.is_busy:
            self._say("The last copy, paste or import is still running: wait for it, or cancel it.", "warning")
        return self.transfer.task.is_busy

    def _read(self, paste: Paste) -> None:
        """Takes what was read in the background, if it still fits what is shown."""
        if paste.sheet.context.plan is not self._document.plan:
            done, again = ("pasted", "Paste") if paste.file is None else ("read", "Read the file")
            self._say(f"The plan changed meanwhile: nothing was {done}. {again} again.", "warning")
        elif not isinstance(self._grid().sheet_model.sheet, type(paste.sheet)) or (
            paste.sheet.table != self._grid().sheet_model.sheet.table
        ):
            done, again = ("pasted", "paste") if paste.file is None else ("read", "read the file")
            self._say(f"Nothing was {done}: turn to {paste.sheet.title} and {again} again.", "warning")
        else:
            self._take(paste)

    def _ask(self, question: FileQuestion) -> None:
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
        """Puts a paste into the plan. What a person must decide is shown first: bad cells, more in a file than is seen,
        lines that were columns, figures that look like another unit's."""
        if not (paste.bad or paste.turned or paste.doubts or (paste.file and paste.file.remarks)):
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
        if isinstance(plan, NotRead):
            self._say(f"Not taken: {plan.text}.", "error")
            return
        cells = counted_plain(paste.cells, "cell")
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
        added = f", {counted_plain(paste.new_rows, 'new row')}" if paste.new_rows else ""
        hidden = paste.file.hidden_rows if paste.file is not None else 0
        unseen = f", {counted_plain(hidden, 'hidden row')} of it among them" if hidden else ""
        done = f"Read {cells}{from_file}" if from_file else f"Pasted {cells}"
        self._say(f"{done}{added}{unseen}. Ctrl+Z undoes it.", "good")


def _laid(
    text: str, sheet: Sheet, at: Anchor, told: Tell, *, lists: bool, turned: bool, by_place: bool
) -> Paste | NotRead:
    """A clipboard laid over a sheet from the anchor on, or why it cannot be. `told` may raise to stop."""
    lines = parsed(text, lambda cells: header_columns(sheet, cells) is not None, lists)
    if not isinstance(lines, NotRead):
        count = len(lines)

        def laid_so_far(line: int) -> None:
            told(f"{plain(line, 9)} of {plain(count, 9)} lines")

        paste = laid_over(sheet, transposed(lines) if turned else lines, at, by_place=by_place, told=laid_so_far)
        if isinstance(paste, Paste):
            # Here, and not where the window waits for them.
            _ = paste.bad, paste.cells, paste.new_rows, paste.plan, paste.doubts
            return paste
        lines = paste
    return NotRead(f"Not pasted: {lines.text}")


def _untold(_text: str) -> None:
    """Short work says nothing of how far it is."""
