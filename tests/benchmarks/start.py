"""From the start of the process to the first painted window, beside a bare script with an empty plot.

    python -m tests.benchmarks.start program FILE      the program's own way in, ended by its first paint
    python -m tests.benchmarks.start bare              the bare window

Each prints the time at which it had painted, on the clock that all processes of the machine share.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "projects" / "frontier-1gw.gigaplan"


def start(repeats: int) -> dict[str, float]:
    """Median seconds of both, taken in turn, and their ratio; the first of each only warms the disk's cache."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / EXAMPLE.name
        file.write_bytes(EXAMPLE.read_bytes())
        homes = dict.fromkeys(("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), folder)
        # As an installed program has it, what Python compiles is kept, though the place may forbid it.
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled")}
        settings = {**os.environ, **homes, **compiled, "QT_QPA_PLATFORM": "offscreen"}
        program, bare = [], []
        for _ in range(repeats + 1):
            program.append(_seconds(settings, "program", str(file)))
            bare.append(_seconds(settings, "bare"))
    ours, theirs = statistics.median(program[1:]), statistics.median(bare[1:])
    return {"program_s": ours, "bare_s": theirs, "ratio": ours / theirs}


def _seconds(settings: dict[str, str], *arguments: str) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.start", *arguments]
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout.split()[-1]) - began


def _say_and_end() -> None:
    print(time.monotonic(), flush=True)
    os._exit(0)


def _program(file: str) -> None:
    """Runs `gigaplan FILE` and ends once the paint that the main window begins has reached its last child."""
    from PySide6.QtCore import QTimer

    from gigaplan.gui.__main__ import main
    from gigaplan.gui.app import app

    dress = app.make_application

    def dress_and_watch():  # type: ignore[no-untyped-def]
        from gigaplan.gui.window.main_window import MainWindow

        MainWindow.paintEvent = lambda _window, _event: QTimer.singleShot(0, _say_and_end)
        return dress()

    app.make_application = dress_and_watch
    app.has_display = lambda: True
    sys.exit(main([file]))


def _bare() -> None:
    import numpy as np
    import pyqtgraph as pg
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QMainWindow

    class Plot(pg.PlotWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            QTimer.singleShot(0, _say_and_end)

    application = QApplication(["bare"])
    window = QMainWindow()
    window.setCentralWidget(Plot())
    window.resize(1600, 1000)
    np.zeros(1)
    window.show()
    application.exec()


if __name__ == "__main__":
    if sys.argv[1] == "program":
        _program(sys.argv[2])
    else:
        _bare()
