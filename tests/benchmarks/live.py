"""From an edit to the painted charts, in the real window, for values that a person scrubs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from msgspec import structs
from PySide6.QtCore import QEvent, QEventLoop, QObject, QSettings, QStandardPaths
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.results.result import Result
from gigaplan.engine.storage.save import save_plan
from gigaplan.gui.app.app import make_application
from gigaplan.gui.window.main_window import MainWindow
from tests.benchmarks.bare import BareSolver
from tests.benchmarks.plans import sized

SECONDS = 240
"""A step that takes longer than this has failed."""
REST = 10
"""How long it is waited for what is found of a result, as what limits are worth: an edit ends what goes on."""
Edit = Callable[[float], Plan]


def live(size: str, steps: int) -> dict[str, object]:
    """Milliseconds per step, beside HiGHS alone on the same programs and a bare repaint of as many points.

    Each kind of value gets `steps` of them. The three are taken in turn, step by step, so that what slows the
    machine slows all of them.
    """
    plan = sized(size)
    app = make_application()
    with tempfile.TemporaryDirectory() as folder:
        keep_apart(folder)
        window = window_on(plan, Path(folder))
        result = window.planner.result
        assert result is not None
        assert result.status == "optimal", result.problems
        painted = Painted(window)
        bare_paint = BarePaint(window, app)
        program = build(inputs_of(plan))
        assert result.solution is not None
        held = np.round(result.solution.values[program.integer]) if program.integer.any() else None
        bare_solve = BareSolver.of(program, held)
        found: dict[str, object] = {}
        together: list[tuple[float, float, float, float]] = []
        for name, table, row, edit in edits(plan, result):
            window.document.select(table, [row])
            window.wait_until_settled(REST)
            times = []
            for factor in scrub(steps):
                moved = edit(factor)
                ours, whole = painted.apply(moved, name)
                solving = bare_solve.step(build(inputs_of(moved)))
                times.append((ours, solving, bare_paint.step(), whole))
            found[name] = _figures(times)
            together += times
        window.document.undo_stack.setClean()
        window.close()
        bare_paint.window.close()
    return {**_figures(together), "by_value": found}


def _figures(times: list[tuple[float, float, float, float]]) -> dict[str, float | int]:
    ms = np.array(times) * 1000
    ours, bare = ms[:, 0], ms[:, 1] + ms[:, 2]
    p50, p95 = np.percentile(ours, [50, 95])
    bare_50, bare_95 = np.percentile(bare, [50, 95])
    return {
        "steps": len(ms),
        "p50_ms": float(p50),
        "p95_ms": float(p95),
        "whole_window_p50_ms": float(np.percentile(ms[:, 3], 50)),
        "whole_window_p95_ms": float(np.percentile(ms[:, 3], 95)),
        "bare_solve_p50_ms": float(np.percentile(ms[:, 1], 50)),
        "bare_solve_p95_ms": float(np.percentile(ms[:, 1], 95)),
        "bare_paint_p50_ms": float(np.percentile(ms[:, 2], 50)),
        "bare_paint_p95_ms": float(np.percentile(ms[:, 2], 95)),
        "ratio_p50": float(p50 / bare_50),
        "ratio": float(p95 / bare_95),
    }


def keep_apart(folder: str) -> None:
    """Nothing of the person's settings is read or written."""
    QStandardPaths.setTestModeEnabled(True)
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)


def window_on(plan: Plan, folder: Path) -> MainWindow:
    path = folder / "benchmark.gigaplan"
    save_plan(plan, path, expected=None, uuid=None, revision=1)
    data = folder / "data"
    data.mkdir()
    window = MainWindow(data)
    window.resize(1600, 1000)
    if not window.files.open_path(path):
        raise RuntimeError("the plan was not opened")
    window.show()
    began = time.perf_counter()
    while window.planner.result is None or window.planner.is_stale:
        if time.perf_counter() - began > SECONDS:
            raise RuntimeError("the plan was not solved in time")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    window.wait_until_settled(REST)
    return window


def edits(plan: Plan, result: Result) -> Iterator[tuple[str, str, str, Edit]]:
    """The price that is paid most often, the largest workload and the fullest site, each as a function of a factor."""
    chips = {key: values.sum() for key, values in result.series("deliveries", "offer").items()}
    work = {key: values.sum() for key, values in result.series("chips", "workload").items() if not key.startswith("(")}
    room = {key: values.sum() for key, values in result.series("power_headroom", "site").items()}
    for name, table, row, field in (
        ("price", "offers", max(chips, key=chips.__getitem__), "price_usd"),
        ("demand", "workloads", max(work, key=work.__getitem__), "demand"),
        ("power", "sites", min(room, key=room.__getitem__), "power_mw"),
    ):
        value = getattr(find(plan, table, row), field)
        yield name, table, row, _edit(plan, table, row, field, value)


def _edit(plan: Plan, table: str, row: str, field: str, value: object) -> Edit:
    def edit(factor: float) -> Plan:
        if isinstance(value, Growth):
            moved: object = structs.replace(value, start=value.start * factor)
        else:
            assert isinstance(value, tuple)
            moved = tuple(v * factor for v in value)
        return with_fields(plan, table, row, **{field: moved})

    return edit


def scrub(steps: int) -> list[float]:
    """Up by a fifth, down by a fifth, and back, as a hand moves; no value is the same as the one before it."""
    turn = 2 * np.pi * (np.arange(steps) + 0.3) / steps
    return (1 + 0.2 * np.sin(turn)).tolist()


class Painted(QObject):
    """Knows when every chart that is shown has been painted with the result of the newest plan."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._viewports = [card.plot.viewport() for card in window.charts.cards]
        self._left: set[QObject] = set()
        self._there = 0.0
        for viewport in self._viewports:
            viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._is_drawn():
            self._left.discard(watched)
            # Heard once all that is painted together with it is painted, and before any timer.
            QApplication.postEvent(self, QEvent(QEvent.Type.User))
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User and not self._left and not self._there:
            self._there = time.perf_counter()
        return super().event(event)

    def _is_drawn(self) -> bool:
        drawn = self._window.charts.drawn
        return drawn is not None and drawn.plan is self._window.document.plan

    def apply(self, plan: Plan, name: str) -> tuple[float, float]:
        """Seconds from the edit until the charts that answer it are on the screen, and until the whole window is; each
        time it is a new value."""
        window, process = self._window, QApplication.processEvents
        wait = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
        self._left, self._there = set(self._viewports), 0.0
        began = time.perf_counter()
        window.document.apply(plan, f"Scrub the {name}", name)
        while not self._there:
            process(wait)
            if time.perf_counter() - began > SECONDS:
                raise RuntimeError("a step took too long")
        seconds = self._there - began
        # What else the edit set off is not the next step's.
        while window.planner.is_stale:
            process(wait)
        process(QEventLoop.ProcessEventsFlag.AllEvents)
        return seconds, time.perf_counter() - began


class BarePaint:
    """A window of plain pyqtgraph plots, as large as the charts, with as many curves of as many points."""

    def __init__(self, window: MainWindow, app: QApplication) -> None:
        self._app = app
        self.window = QWidget()
        self.window.resize(1600, 1000)
        row = QHBoxLayout(self.window)
        self._plots: list[pg.PlotWidget] = []
        self._curves: list[tuple[pg.PlotDataItem, np.ndarray, np.ndarray]] = []
        self._shade = 1.0
        for card in window.charts.cards:
            plot = pg.PlotWidget()
            plot.setFixedSize(card.plot.size())
            row.addWidget(plot)
            self._plots.append(plot)
            for line in card.picture.lines:
                x = np.arange(len(line.values), dtype=float)
                self._curves.append((plot.plot(x, line.values), x, np.array(line.values)))
        self.window.show()
        app.processEvents()

    def step(self) -> float:
        """Seconds to set every curve and paint."""
        self._shade = 1.01 if self._shade == 1.0 else 1.0
        values = [y * self._shade for _, _, y in self._curves]
        began = time.perf_counter()
        for (curve, x, _), y in zip(self._curves, values, strict=True):
            curve.setData(x, y)
        for plot in self._plots:
            plot.viewport().update()
        self._app.sendPostedEvents()
        self._app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        return time.perf_counter() - began


if __name__ == "__main__":
    import json
    import sys

    print(json.dumps(live(sys.argv[1], int(sys.argv[2]))))
