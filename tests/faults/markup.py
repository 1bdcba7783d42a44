"""A plan each of whose texts would load a file if Qt read it as markup; the whole window is walked, under strace."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gigaplan.engine.plan.fields import fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import ROW_TYPES
from tests.engine.storage_samples import full_plan
from tests.faults.children import PATIENCE, ROOT
from tests.faults.fault import Tally, check
from tests.faults.windows import a_window, close, wait

KEPT = {"scope"}
"""Texts that other rows are found by."""
SHARED = {"jurisdiction": "jurisdictions"}
"""Texts that must be the same in two tables, for the plan to have an answer."""
PAGES = ("map", "tables", "compare", "risk", "history")
CONTROL = "canary-control"
COLUMNS = 30
ROWS = 8
"""Of a table whose tooltips are shown: each column is worded by code of its own, and its rows by the same."""
INNER = 4
"""Rows below a row of a tree whose tooltips are shown: all below one row are worded by the same code."""


def mark(path: str) -> str:
    """A picture whose file tells, when it is looked for, which text was read as markup. No path is longer."""
    return f'<img src="canary-{path}">'


def marked(row: Any, path: str) -> Any:
    """A row with the mark of its field in each of its texts, those of rows inside it too."""
    changes: dict[str, Any] = {}
    for field in fields(type(row)):
        value = getattr(row, field.name)
        place = f"{path}.{SHARED.get(field.name, field.name)}".replace("sites.jurisdictions", "workloads.jurisdictions")
        if field.kind == "text" and field.name not in KEPT and not field.refers:
            changes[field.name] = mark(place)
        elif field.kind == "texts":
            changes[field.name] = (mark(place),) if value else value
        elif field.kind == "row" and value is not None:
            changes[field.name] = marked(value, place)
        elif field.kind == "rows" and value:
            changes[field.name] = tuple(marked(inner, place) for inner in value)
    return msgspec.structs.replace(row, **changes)


def marked_plan(plan: Plan) -> Plan:
    """A plan with a mark in every text, the currency too, which no file can hold."""
    tables = {table: tuple(marked(row, table) for row in getattr(plan, table)) for table in ROW_TYPES}
    return msgspec.structs.replace(plan, settings=marked(plan.settings, "plan"), **tables)


def marks_in(obj: Any) -> set[str]:
    """The names of the files that the texts of a plan would load."""
    return set(re.findall(r'src=\\"(canary-[\w.]+)\\"', msgspec.json.encode(obj).decode()))


# The walk, in a process of its own


def _tips(part: Any) -> Iterator[str]:
    """Every tooltip that a part of the window has now."""
    from PySide6.QtCore import QAbstractListModel, QAbstractTableModel, QModelIndex, Qt
    from PySide6.QtWidgets import QAbstractItemView, QMenu, QWidget

    def cells(model: Any, parent: Any) -> Iterator[Any]:
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
        for row in range(min(model.rowCount(parent), INNER if parent.isValid() else ROWS)):
            for column in range(min(columns, COLUMNS)):
                yield model.index(row, column, parent)
            first = model.index(row, 0, parent)
            if not isinstance(model, QAbstractListModel | QAbstractTableModel) and model.hasChildren(first):
                yield from cells(model, first)

    for widget in (part, *part.findChildren(QWidget)):
        yield widget.toolTip()
        yield widget.whatsThis()
        model = widget.model() if isinstance(widget, QAbstractItemView) else None
        if model is None:
            continue
        for index in cells(model, QModelIndex()):
            yield index.data(Qt.ItemDataRole.ToolTipRole)
        for k in range(min(COLUMNS, 0 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex()))):
            yield model.headerData(k, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    for menu in part.findChildren(QMenu):  # Qt makes an action's tooltip of its text, and few menus show it
        if menu.toolTipsVisible():
            yield from (action.toolTip() for action in menu.actions())


def _look(part: Any, application: Any, seen: set[str]) -> None:
    """Paints a part of the window, and every tooltip of it that was not yet shown."""
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QToolTip

    application.processEvents()
    part.grab()
    for tip in set(filter(None, _tips(part))) - seen:
        seen.add(tip)
        if "canary" in tip:
            QToolTip.showText(QPoint(9, 9), tip, part)
            application.processEvents()
            QToolTip.hideText()


def _select_each(window: Any, application: Any, plan: Plan, seen: set[str], whole: bool) -> None:
    """Selects a row of each table, on the first page also all its rows, and asks for the reasons of a figure."""
    for table in ("plan", *ROW_TYPES):
        rows = [row.id for row in getattr(plan, table, ()) if hasattr(row, "id")]
        for ids in [rows[:1], rows] if whole else [rows[:1]]:
            window.document.select(table, ids)
            if whole:
                _look(window.inspector, application, seen)
    for name in ("tco_usd", "power_mw"):
        window.explain.explain_kpi(name)
        _look(window.explain if whole else window, application, seen)


def _walk(folder: Path, which: str) -> None:
    from PySide6.QtWidgets import QComboBox, QLabel, QMenu, QMessageBox, QTabWidget

    from gigaplan.engine.storage.templates import load_template

    window, application, _, _ = a_window(folder / "data")
    QMessageBox.exec = lambda box: box.grab() and 0  # type: ignore
    plan = marked_plan(load_template("trainium-rl") if which == "control" else full_plan())
    print("fields", *sorted(marks_in(plan)), flush=True)
    window.document.start(plan)
    window.files.opened.emit()
    window.resize(1500, 950)
    wait(application, window.is_settled, PATIENCE)
    seen: set[str] = set()
    for page in PAGES:
        view = window.show_view(page)
        wait(application, window.is_settled, PATIENCE)
        if page == "compare":
            window.compare_all()
        _look(view, application, seen)
        for tabs in view.findChildren(QTabWidget):
            for k in range(tabs.count()):
                tabs.setCurrentIndex(k)
                _look(tabs.currentWidget(), application, seen)
        for box in view.findChildren(QComboBox):
            for k in range(min(box.count(), 8)):
                box.setCurrentIndex(k)
            _look(view, application, seen)
        _select_each(window, application, plan, seen, whole=page == PAGES[0])
        print("page", page, flush=True)
    for name in ("left", "problems", "charts"):
        if name in window.menus.parts:
            window.show_part(name)
        for k in range(window.charts.tabs.count()):
            window.charts.tabs.setCurrentIndex(k)
            _look(window.charts, application, seen)
    for menu in window.findChildren(QMenu):
        menu.aboutToShow.emit()
        menu.grab()
    _look(window, application, seen)
    print("page parts and menus", flush=True)
    said = f"{plan.settings.notes}\n{plan.settings.currency}"
    window.files._refuse(f"“{plan.settings.name}” cannot be opened.", said)
    window.bars.tell("canary", plan.settings.name, [])
    window.plan_map.view.say(plan.settings.name, window.rect().center())
    window.status.show_tip(plan.settings.name)
    _look(window, application, seen)
    print("page boxes and bars", flush=True)
    _report(plan, window)
    print("page report", flush=True)
    if which == "control":
        QLabel(mark("control")).grab()
    close(window, application)


def _report(plan: Plan, window: Any) -> None:
    from tests.gui.reports import material, pdf

    result = window.planner.result
    if result is not None and result.status == "optimal":
        pdf(material(plan, result=result))


# What came of it


def _traced(tally: Tally, which: str) -> tuple[set[str], list[str], set[str]]:
    """The files that the texts name, the pages that were walked, and the files that were looked for."""
    folder = tally.new_folder()
    log, home = folder / "strace.log", str(folder / "home")
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": home,
                                "XDG_CONFIG_HOME": home}  # fmt: skip
    command = ["strace", "-f", "--seccomp-bpf", "-e", "trace=%file", "-o", str(log)]
    command += [sys.executable, "-m", "tests.faults.markup", str(folder), which]
    run = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=8 * PATIENCE, check=False
    )
    check(run.returncode == 0, f"exit status {run.returncode}: {run.stderr[-1500:]}")
    lines = run.stdout.splitlines()
    named = set(next(line for line in lines if line.startswith("fields")).split()[1:])
    pages = [line.removeprefix("page ") for line in lines if line.startswith("page ")]
    looked_for = set(re.findall(r'canary-[\w.]+(?=")', log.read_text(encoding="utf-8", errors="replace")))
    return named, pages, looked_for


def texts(tally: Tally, count: int) -> None:
    """The window with a plan that is solved, and, from the second round on, with one that has every field."""
    for which in ("control", "whole")[:count]:
        named, pages, looked_for = _traced(tally, which)
        check(len(named) > 20 and len(pages) == len(PAGES) + 3, f"walked {pages}")
        if which == "control":
            check(CONTROL in looked_for, "a label with markup was not noticed")
        for name in sorted(named):
            for page in pages:
                with tally.trial(f"{name.removeprefix('canary-')} on {page}"):
                    check(name not in looked_for, f"{name} was looked for")
        tally.note(f"{len(named)} texts on {len(pages)} pages, tooltips and boxes")


if __name__ == "__main__":
    _walk(Path(sys.argv[1]), sys.argv[2])
