"""The commands about catalogues: a folder of one's own, and taking over what a catalogue has otherwise."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from gigaplan.engine.plan.problems import PlanError
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.own_catalogues import folder, set_folder
from gigaplan.gui.files.save_dialog import home
from gigaplan.gui.views.catalogue.panel import CataloguePanel
from gigaplan.gui.window.notices import DONE, Bars, Choice

KEY = "catalogue"


def choose_folder(window: QWidget, panel: CataloguePanel, bars: Bars) -> None:
    """Asks for the folder with a catalogue of one's own, and shows it beside ours."""
    named = folder()
    name = QFileDialog.getExistingDirectory(window, "Folder with your catalogue", str(named or home()))
    if name:
        take_folder(Path(name), panel, bars)


def take_folder(path: Path, panel: CataloguePanel, bars: Bars) -> None:
    """Shows the catalogue of a folder from now on, and says what it holds; or says why not."""
    from gigaplan.engine.catalogue.own import contents, load_own, read_own

    try:
        load_own(path)
        held = contents(read_own(path))
    except PlanError as error:
        first = error.problems[0]
        more = (
            f" And {len(error.problems) - 1} more: gigaplan catalogue validate lists them."
            if error.problems[1:]
            else ""
        )
        bars.tell(KEY, f"It is not shown: {first.path} {first.text}. {first.remedy}{more}", [_close(bars)])
        return
    set_folder(path)
    panel.reload()

    def stop() -> None:
        set_folder(None)
        panel.reload()
        bars.drop(KEY)

    bars.tell(KEY, f"{path.name} stands beside our catalogue: {held}.", [("Do not show it", stop), _close(bars)], DONE)


def update_from_catalogue(window: QWidget, document: Document, bars: Bars) -> None:
    """Shows what the catalogues have otherwise than the selected rows, or the plan; or says that nothing differs."""
    from gigaplan.gui.views.catalogue.updating import UpdateDialog, found_updates, rows_from_catalogue

    rows = rows_from_catalogue(document)
    found = found_updates(document, rows)
    if not found:
        of = "The selected rows have" if rows is not None else "The plan has"
        bars.tell(KEY, f"{of} nothing otherwise than the catalogue.", [_close(bars)], DONE)
        return
    UpdateDialog(document, found, window).exec()


def _close(bars: Bars) -> Choice:
    return "OK", lambda: bars.drop(KEY)
