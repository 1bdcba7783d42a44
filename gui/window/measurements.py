"""Taking measurements of serving into the plan, from a file or from the clipboard."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.text import counted
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.save_dialog import home
from gigaplan.gui.window.notices import Bars

KEY = "measurements"


def import_measurements(window: QWidget, document: Document, bars: Bars) -> None:
    """Asks for a file of measurements, and takes them into the plan."""
    name, _ = QFileDialog.getOpenFileName(window, "Import measurements", home(), "Tables (*.csv *.tsv *.txt)")
    if name:
        take_file(document, bars, Path(name))


def take_file(document: Document, bars: Bars, path: Path) -> None:
    """Takes the measurements of a file into the plan, or says why not."""
    from gigaplan.engine.exchange.measurements_in import MOST_BYTES

    try:
        if path.stat().st_size > MOST_BYTES:
            _say(bars, f"{path.name} is larger than {MOST_BYTES // 10**6} MB.")
            return
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        _say(bars, f"{path.name} cannot be read as text in UTF-8: {error}.")
        return
    take_text(document, bars, text)


def paste_measurements(document: Document, bars: Bars) -> None:
    """Takes the measurements on the clipboard into the plan, or says why not."""
    take_text(document, bars, QGuiApplication.clipboard().text())


def take_text(document: Document, bars: Bars, text: str) -> None:
    """Takes measurements into the plan as one step, and says how many, or why none."""
    from gigaplan.engine.exchange.measurements_in import read_measurements, told, with_measurements

    try:
        read = read_measurements(text, document.plan)
    except PlanError as error:
        first = error.problems[0]
        _say(bars, f"Nothing was imported: {first.path} {first.text}.")
        return
    document.apply(with_measurements(document.plan, read.rows), f"Import {counted(len(read.rows), 'measurement')}")
    _say(bars, told(read, document.plan))


def _say(bars: Bars, text: str) -> None:
    bars.tell(KEY, text, [("OK", lambda: bars.drop(KEY))])
