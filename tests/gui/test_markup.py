"""A plan's words are shown as they stand, never read as markup: that could load files, and hide what is there."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import QAbstractItemView, QLabel, QWidget

from gigaplan.engine.storage.templates import load_template

MARK = '<b>x</b><img src="/nowhere/x.png">'
INNER = 4
"""Rows below a row of a tree whose tooltips are read: all below one row are worded by the same code."""
TABLES = ("platforms", "sites", "offers", "workloads", "policies", "scenarios", "agreements")


def marked():
    """A whole plan in which every name, note and source is markup."""
    plan = load_template("trainium-rl")
    words = {"name", "notes", "source", "vendor", "provider", "jurisdiction"}
    changes = {
        table: tuple(
            msgspec.structs.replace(row, **dict.fromkeys(words & set(row.__struct_fields__), f"{MARK} {k}"))
            for k, row in enumerate(getattr(plan, table))
        )
        for table in TABLES
    }
    changes["workloads"] = tuple(msgspec.structs.replace(row, jurisdictions=()) for row in changes["workloads"])
    settings = msgspec.structs.replace(plan.settings, name=MARK, notes=MARK, currency=MARK)  # no file can hold this
    return msgspec.structs.replace(plan, settings=settings, **changes)


def is_read_as_markup(text: object) -> bool:
    """Whether Qt would find the mark's picture in a text."""
    return isinstance(text, str) and "<img" in text and GuiQt.mightBeRichText(text)


def columns(model: QAbstractItemModel, parent: QModelIndex) -> int:
    return 1 if isinstance(model, QAbstractListModel) else min(model.columnCount(parent), 40)


def cells(model: QAbstractItemModel, above: QModelIndex | None = None) -> Iterator[QModelIndex]:
    parent = QModelIndex() if above is None else above
    for row in range(min(model.rowCount(parent), 12 if above is None else INNER)):
        for column in range(columns(model, parent)):
            index = model.index(row, column, parent)
            yield index
            if (
                column == 0
                and not isinstance(model, QAbstractListModel | QAbstractTableModel)
                and model.hasChildren(index)
            ):
                yield from cells(model, index)


def offences(window: QWidget) -> set[str]:
    """Every place in the window where the mark would be read as markup."""
    found = set()
    for widget in window.findChildren(QWidget):
        where = f"{type(widget).__module__}.{type(widget).__name__} in {type(widget.parent()).__name__}"
        is_rich = isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText
        if is_rich and is_read_as_markup(widget.text()):
            found.add(f"text of {where}")
        if is_read_as_markup(widget.toolTip()):
            found.add(f"tooltip of {where}")
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            for index in cells(model):
                if is_read_as_markup(index.data(Qt.ItemDataRole.ToolTipRole)):
                    found.add(f"tooltip of a cell of {where}")
            for k in range(columns(model, QModelIndex())):
                if is_read_as_markup(model.headerData(k, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)):
                    found.add(f"tooltip of a head of {where}")
    for action in window.findChildren(QAction):
        found |= {f"tooltip of the action {action.text()}"} if is_read_as_markup(action.toolTip()) else set()
    return found


def test_no_name_note_or_source_is_read_as_markup(window, qtbot):
    window.document.start(marked())
    window.show_workspace()
    qtbot.waitUntil(window.is_settled)
    found = set()
    for table in ("plan", *TABLES, "uncertainties"):
        rows = getattr(window.document.plan, table, ())
        every = [row.id for row in rows]
        for ids in (every[:1], every) if table in ("offers", "workloads") else (every[:1],):
            window.document.select(table, ids)
            found |= offences(window.inspector)
    window.explain.explain_kpi("tco_usd")
    found |= offences(window)
    for view in ("tables", "compare", "risk", "history"):
        window.show_view(view)
        qtbot.waitUntil(window.is_settled)
        found |= offences(window)
    assert found == set()
