"""Where there is no display: the plan is solved all the same, its figures printed, and the window drawn."""

from __future__ import annotations

import os
from pathlib import Path

from gigaplan.engine.cli import main
from gigaplan.engine.cli.commands.common import BAD_INPUT, DONE, CommandRefused, said, tell, write_output

SIZE = (1600, 1000)
SECONDS = 60
"""How long the window may take to have every figure."""
FOLDER = "gigaplan-results"


def run(file: str | None) -> int:
    """Prints the key figures of `file` and writes a picture and a results file; gives the exit status."""
    tell("There is no display, so the window cannot be shown.")
    if file is None:
        tell("Name a plan to solve it: gigaplan PLAN.gigaplan, or see gigaplan --help.")
        return BAD_INPUT
    folder = _folder()
    answer = folder / f"{Path(file).stem}.json"
    status = main.main(["solve", file])
    if status != DONE:
        return status
    status = main.main(["solve", file, "--format", "json", "--force", "-o", str(answer)])
    if status != DONE:
        return status
    tell(f"\nEvery figure:                {said(answer)}")
    picture = folder / f"{Path(file).stem}.png"
    data, is_settled = picture_of(Path(file))
    write_output(picture, data)
    tell(f"The window as it would look: {said(picture)}")
    if not is_settled:
        tell(f"It was drawn after {SECONDS} seconds, before every scenario was solved.")
    return status


def _folder() -> Path:
    """A folder for what is written: here, or where temporary files go if nothing may be written here."""
    import tempfile

    for folder in (Path.cwd() / FOLDER, Path(tempfile.gettempdir()) / FOLDER):
        try:
            folder.mkdir(exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix=FOLDER))


def picture_of(file: Path) -> tuple[bytes, bool]:
    """A picture of the window on the plan in `file`, as PNG, and whether every figure in it is solved.

    Raises Refused where there is none.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QBuffer, QIODevice

    from gigaplan.gui.app import app
    from gigaplan.gui.window.main_window import MainWindow

    _application = app.make_application()
    window = MainWindow()
    if not window.files.open_path(file):
        raise CommandRefused(f"{said(file)} could not be opened in the window")
    window.resize(*SIZE)
    window.show()
    is_settled = window.wait_until_settled(SECONDS)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    is_drawn = window.grab().save(buffer, "PNG")
    window.document.undo_stack.setClean()
    window.close()
    window.deleteLater()
    if not is_drawn:
        raise CommandRefused("the window could not be drawn")
    return bytes(buffer.data().data()), is_settled
