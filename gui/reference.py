"""The planning model and the list of inputs, as pages to read inside the program."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QTimer
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtWidgets import QDialog, QTabWidget, QTextBrowser, QVBoxLayout, QWidget

from engine.fields import Field, fields
from engine.schema import ROW_TYPES, Settings


def show_reference(parent: QWidget, table: str = "", field: str = "") -> None:
    """Opens the reference over the window, at a field if one is named, until it is closed."""
    dialog = make_reference(parent, table, field)
    dialog.exec()
    dialog.deleteLater()


def make_reference(parent: QWidget, table: str = "", field: str = "") -> QDialog:
    """The reference; with a table and a field, the line of that field stands marked in the middle."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("How figures are computed")
    dialog.resize(860, 700)
    tabs = QTabWidget()
    tabs.setDocumentMode(True)
    inputs = _page(inputs_text())
    tabs.addTab(inputs, "Inputs")
    model = files("resources").joinpath("docs").joinpath("model.md").read_text(encoding="utf-8")
    tabs.addTab(_page(model), "Planning model")
    layout = QVBoxLayout(dialog)
    layout.addWidget(tabs)
    if field:
        _mark(inputs, table, field)
        # A page knows where its lines are once it has been shown.
        QTimer.singleShot(0, inputs, lambda: _centre(inputs))
    return dialog


def _mark(page: QTextBrowser, table: str, field: str) -> None:
    """Selects the name of a field in the section of its table."""
    whole = QTextDocument.FindFlag.FindWholeWords | QTextDocument.FindFlag.FindCaseSensitively
    block = page.document().begin()
    while block.isValid() and not (block.blockFormat().headingLevel() == 2 and block.text() == table):
        block = block.next()
    found = page.document().find(field, QTextCursor(block), whole) if block.isValid() else QTextCursor()
    # Another field may speak of it in its help: the name stands alone in its cell.
    while not found.isNull() and found.block().text() != field:
        found = page.document().find(field, found, whole)
    if not found.isNull():
        page.setTextCursor(found)


def _centre(page: QTextBrowser) -> None:
    """Scrolls so that the cursor stands in the middle."""
    bar = page.verticalScrollBar()
    bar.setValue(bar.value() + page.cursorRect().center().y() - page.viewport().height() // 2)


def _page(markdown: str) -> QTextBrowser:
    page = QTextBrowser()
    page.setMarkdown(markdown)
    page.setOpenLinks(False)
    return page


def inputs_text() -> str:
    """Every input of a plan, from its declaration: table, field, unit, bounds, help; in Markdown."""
    parts = []
    for table, row_type in {"plan": Settings, **ROW_TYPES}.items():
        parts.append(f"## {table}\n\n{(row_type.__doc__ or '').strip()}\n")
        parts.append("| input | field | unit | bounds | meaning |\n|---|---|---|---|---|")
        parts += [f"| {f.label} | `{f.name}` | {_unit(f)} | {_bounds(f)} | {f.help or ''} |" for f in fields(row_type)]
        parts.append("")
    return "\n".join(parts)


def _unit(field: Field) -> str:
    return field.unit if isinstance(field.unit, str) else " or ".join(dict.fromkeys(field.unit.values()))


def _bounds(field: Field) -> str:
    if field.choices:
        return ", ".join(map(str, field.choices))
    signs = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
    bounds = [f"{sign} {getattr(field, name):g}" for name, sign in signs if getattr(field, name) is not None]
    return ", ".join(bounds + (["may be empty"] if field.optional else []))
