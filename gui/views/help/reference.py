"""The planning model and the list of inputs, as pages to read inside the program."""

from __future__ import annotations

import re
from importlib.resources import files

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QImage, QPainter, QTextBlockFormat, QTextCursor, QTextDocument
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QDialog, QLineEdit, QTabWidget, QVBoxLayout, QWidget

from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.gui.style.theme import tokens
from gigaplan.gui.text.number_format import percent, plain
from gigaplan.gui.widgets.texts import TextPage, escape

MARGIN = 18
PICTURE_WIDTH = 820
WIDTHS = (19, 20, 15, 18, 28)
"""Of the columns, in percent."""
WRITTEN = {"fraction": "%", "fraction/year": "% a year", "/year": "% a year", "ratio": "\u00d7"}
"""Units as fields show them."""


def show_reference(
    parent: QWidget, table: str = "", field: str = "", *, validation: bool = False, word: str = ""
) -> None:
    """Opens the reference over the window, at a field if one is named, at how good its numbers are, or at a word."""
    dialog = ReferencePage(parent, table, field)
    if validation:
        dialog.tabs.setCurrentIndex(2)
    if word:
        dialog.tabs.setCurrentIndex(3)
        dialog.search.setText(word)
        dialog.find_next()
    dialog.exec()
    dialog.deleteLater()


class ReferencePage(QDialog):
    """The pages; with a table and a field, the line of that field stands marked in the middle."""

    def __init__(self, parent: QWidget, table: str = "", field: str = "") -> None:
        super().__init__(parent)
        self.setWindowTitle("How figures are computed")
        self.resize(900, 720)
        self.search = QLineEdit(placeholderText="Find in this page (Enter: next)", clearButtonEnabled=True)
        self.search.setAccessibleName("Find in this page")
        self.search.setFixedWidth(250)
        self.search.returnPressed.connect(self.find_next)
        self.search.textEdited.connect(self._find_first)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.inputs, model, self.validation, glossary = TextPage(), TextPage(), TextPage(), TextPage()
        titles = ("Inputs", "Planning model", "How good are these numbers?", "Words")
        for page, title in zip((self.inputs, model, self.validation, glossary), titles, strict=True):
            page.setOpenLinks(False)
            page.setAccessibleName(title)
            page.document().setDocumentMargin(MARGIN)
            self.tabs.addTab(page, title)
        self.inputs.set_markup(inputs_html(), _sheet())
        model.setMarkdown(files("gigaplan.resources").joinpath("docs").joinpath("model.md").read_text(encoding="utf-8"))
        _space_headings(model.document())
        _show_validation(self.validation)
        glossary.setMarkdown(_glossary())
        _space_headings(glossary.document())
        layout = QVBoxLayout(self)
        layout.setSpacing(2)
        layout.addWidget(self.search, 0, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.tabs, 1)
        self.inputs.setFocus()
        if field:
            _mark(self.inputs, table, field)
            # A page knows where its lines are once it has been shown.
            QTimer.singleShot(0, self.inputs, lambda: _centre(self.inputs))

    @property
    def page(self) -> TextPage:
        """The page that is shown."""
        page = self.tabs.currentWidget()
        assert isinstance(page, TextPage)
        return page

    def find_next(self) -> None:
        """Goes to the next place of what is sought, from the end on to the beginning."""
        text, page = self.search.text(), self.page
        if text and not page.find(text):
            page.moveCursor(QTextCursor.MoveOperation.Start)
            page.find(text)

    def _find_first(self, text: str) -> None:
        cursor = self.page.textCursor()
        cursor.setPosition(cursor.selectionStart())  # what was found goes on being found while more is typed
        self.page.setTextCursor(cursor)
        if text:
            self.find_next()


def _glossary() -> str:
    return files("gigaplan.resources").joinpath("docs").joinpath("glossary.md").read_text(encoding="utf-8")


def words() -> list[tuple[str, str]]:
    """Every term of the glossary with its meaning."""
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", _glossary(), flags=re.MULTILINE)
    return [(term, meaning.replace("`", "")) for term, meaning in rows if term != "term"]


def _show_validation(page: TextPage) -> None:
    """Predicted against measured, and published against ours, with its pictures: they are ours, and drawn here."""
    docs = files("gigaplan.resources").joinpath("docs")
    text = docs.joinpath("validation.md").read_text(encoding="utf-8")
    for name in re.findall(r"!\[[^]]*\]\(([\w-]+\.svg)\)", text):
        drawing = QSvgRenderer(docs.joinpath(name).read_bytes())
        size = drawing.defaultSize()
        size.scale(PICTURE_WIDTH, 10_000, Qt.AspectRatioMode.KeepAspectRatio)
        image = QImage(size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        drawing.render(painter)
        painter.end()
        page.document().addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), image)
    page.setMarkdown(text)
    _space_headings(page.document())


def _mark(page: TextPage, table: str, field: str) -> None:
    """Selects the name of a field in the section of its table."""
    whole = QTextDocument.FindFlag.FindWholeWords | QTextDocument.FindFlag.FindCaseSensitively
    block = page.document().begin()
    while block.isValid() and not (block.blockFormat().headingLevel() == 2 and block.text() == _title(table)):
        block = block.next()
    found = page.document().find(field, QTextCursor(block), whole) if block.isValid() else QTextCursor()
    # Another field may speak of it in its help: the name stands alone in its cell.
    while not found.isNull() and found.block().text() != field:
        found = page.document().find(field, found, whole)
    if not found.isNull():
        page.setTextCursor(found)


def _centre(page: TextPage) -> None:
    """Scrolls so that the cursor stands in the middle."""
    bar = page.verticalScrollBar()
    bar.setValue(bar.value() + page.cursorRect().center().y() - page.viewport().height() // 2)


def _space_headings(document: QTextDocument) -> None:
    """Gives headings room above them, which Markdown leaves out."""
    block = document.begin()
    while block.isValid():
        if level := block.blockFormat().headingLevel():
            form = QTextBlockFormat(block.blockFormat())
            form.setTopMargin(0 if block.blockNumber() == 0 else 30 - 5 * level)
            form.setBottomMargin(6)
            QTextCursor(block).setBlockFormat(form)
        block = block.next()


def _sheet() -> str:
    t = tokens()
    return (
        f"h2 {{ margin-top: 26px; margin-bottom: 2px; }} p {{ color: {t.muted}; margin-top: 0; }}"
        f"th {{ color: {t.muted}; font-weight: 500; text-align: left; }}"
        f"th, td {{ padding: 5px 10px 5px 0; border-bottom: 1px solid {t.line}; }} code {{ color: {t.muted}; }}"
    )


def _title(table: str) -> str:
    return "The plan" if table == "plan" else table.capitalize()


def inputs_html() -> str:
    """Every input of a plan, from its declaration: table, field, unit, bounds, help; as HTML."""
    heads = "".join(
        f"<th width='{w}%'>{h}</th>"
        for h, w in zip(("Input", "Field", "Unit", "Bounds", "Meaning"), WIDTHS, strict=True)
    )
    parts = []
    for table, row_type in {"plan": Settings, **ROW_TYPES}.items():
        about = escape((row_type.__doc__ or "").strip())
        rows = "".join(f"<tr>{_cells(field)}</tr>" for field in fields(row_type))
        parts.append(f"<h2>{_title(table)}</h2><p>{about}</p>")
        parts.append(f"<table width='100%' cellspacing='0'><tr>{heads}</tr>{rows}</table>")
    return "".join(parts)


def _cells(field: Field) -> str:
    cells = (
        escape(field.label),
        f"<code>{field.name}</code>",
        escape(_unit(field)),
        escape(_bounds(field)),
        escape(field.full_help),
    )
    return "".join(f"<td>{cell or '&nbsp;'}</td>" for cell in cells)


def _unit(field: Field) -> str:
    units = [field.unit] if isinstance(field.unit, str) else dict.fromkeys(field.unit.values())
    return " or ".join(WRITTEN.get(unit, unit) for unit in units)


def _bounds(field: Field) -> str:
    if field.choices:
        return ", ".join(str(choice).replace("_", " ") for choice in field.choices)
    part = isinstance(field.unit, str) and "%" in WRITTEN.get(field.unit, "")
    signs = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
    ends = [(sign, getattr(field, name)) for name, sign in signs]
    bounds = [f"{sign} {percent(end)}" if part else f"{sign} {plain(end, 6)}" for sign, end in ends if end is not None]
    return ", ".join(bounds + (["may be empty"] if field.optional else []))
