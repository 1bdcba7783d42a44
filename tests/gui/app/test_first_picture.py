"""What is imported before the window is painted for the first time: nothing that only a result needs."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LATER = [
    "highspy",
    "pyqtgraph",
    "openpyxl",
    "sqlite_utils",
    "scipy",
    "PySide6.QtSql",
    "gigaplan.engine.optimization.solver",
    "gigaplan.engine.results.allocation",
    "gigaplan.engine.analysis.shadow_prices",
    "gigaplan.gui.present.chart_data",
    "gigaplan.gui.views.charts.deck",
    "gigaplan.gui.views.risk.tradeoffs",
]
PROGRAM = f"""
import json, os, sys
from PySide6.QtCore import QTimer
from gigaplan.gui.app import app
dress = app.make_application

def say_and_end():
    print(json.dumps([name for name in {LATER!r} if name in sys.modules]), flush=True)
    os._exit(0)

def dress_and_watch():
    from gigaplan.gui.window.main_window import MainWindow
    MainWindow.paintEvent = lambda _window, _event: QTimer.singleShot(0, say_and_end)
    return dress()

app.make_application = dress_and_watch
app.run({str(ROOT / "projects" / "startup.gigaplan")!r})
"""


def test_the_first_picture_needs_neither_the_solver_nor_the_charts(tmp_path: Path) -> None:
    homes = dict.fromkeys(("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HOME"), str(tmp_path))
    environment = {**os.environ, **homes, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert all(importlib.util.find_spec(name) for name in LATER if name.startswith("gigaplan"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
