"""Where there is no display: the plan is solved all the same, its figures printed, and the window drawn."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from engine import cli
from engine.commands.base import BAD_INPUT, OPTIMAL

SIZE = (1600, 1000)
FOLDER = "gigaplan-results"


def run(file: str | None) -> int:
    """Prints the key figures of `file` and writes a picture and a results file; gives the exit status."""
    print("There is no display here, so the window cannot be shown.")
    if file is None:
        print("Name a plan to solve it: gigaplan PLAN.gigaplan, or see gigaplan --help.")
        return BAD_INPUT
    folder = _folder()
    answer = folder / f"{Path(file).stem}.json"
    status = cli.main(["solve", file])
    if status != OPTIMAL:
        return status
    cli.main(["solve", file, "--format", "json", "--force", "-o", str(answer)])
    picture = folder / f"{Path(file).stem}.png"
    draw(Path(file), picture)
    print(f"\nThe window as it would look: {picture}\nEvery figure:                {answer}")
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


def draw(file: Path, picture: Path, size: tuple[int, int] = SIZE, appearance: str | None = None) -> None:
    """Writes a picture of the window on the solved plan in `file`."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from gui import app, theme
    from gui.main_window import MainWindow

    application = app.make_application()
    if appearance is not None:
        theme.apply(application, appearance)
    window = MainWindow()
    if not window.files.open_path(file):
        sys.exit(BAD_INPUT)
    window.resize(*size)
    window.show()
    window.wait_until_settled(60)
    window.grab().save(str(picture))
    window.document.undo_stack.setClean()
    window.close()
    window.deleteLater()
