"""Repaints: thousands of the real window leave nothing behind, and those of a map of 300 cards are quick."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QApplication, QGraphicsView

from gigaplan.gui.views.canvas.cards import CardItem
from gigaplan.gui.views.canvas.placing import LEAST_ZOOM
from gigaplan.gui.views.canvas.ribbons import RibbonItem
from tests.gui.map_window import big_plan, shown, take_hold

REPAINTS = 240
WARM = 240
"""Enough for every period to be shown once: a ribbon is made when its wire first carries something."""
PERIOD = 20
"""Repaints of one period."""
GROWTH = 0.05


def resident_bytes():
    """The memory of this process, bytes."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096


def counts(window):
    """How many objects and pictures there are: QObjects, and items of each scene."""
    scenes = [len(view.scene().items()) for view in window.findChildren(QGraphicsView) if view.scene() is not None]
    return len(window.findChildren(QObject)), scenes


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc, which is Linux's")
def test_thousands_of_repaints_leave_nothing_behind(window):
    """Maps, charts, figures and lists are painted again and again, period by period, with a row selected or not."""
    window.resize(1000, 640)
    window.files.new_from_template("startup")
    assert window.wait_until_solved(300)
    views = [view.viewport() for view in window.findChildren(QGraphicsView) if view.isVisible()]
    assert len(views) >= 4, "the map and three charts"
    painted = [*views, *window.kpis.cells, window.catalogue.list.viewport(), window.status, window.inspector]
    workload = window.document.plan.workloads[0].id
    done = 0

    def paint(times):
        nonlocal done
        until = done + times
        while done < until:
            if done % PERIOD == 0:
                window.document.show_period(done // PERIOD % window.document.plan.settings.periods)
                window.document.select("workloads", [workload] if done // PERIOD % 2 else [])
                QApplication.processEvents()
            painted[done % len(painted)].repaint()
            done += 1
        # Both measurements are taken in the same state of the window.
        window.document.show_period(0)
        window.document.select("plan")
        window.plan_map.view.map_scene.finish_motion()
        assert window.wait_until_settled(300)  # what explains has its rows for all that is worked out
        gc.collect()

    paint(WARM)
    before, nones, memory = counts(window), sys.getrefcount(None), resident_bytes()
    paint(REPAINTS)
    assert counts(window) == before
    # Where None is counted (Python 3.11) a binding that drops a reference per call ends the program sooner or later.
    assert sys.getrefcount(None) > nones - REPAINTS / 20
    assert resident_bytes() < memory * (1 + GROWTH)


# A map of 300 cards and some 340 ribbons under a hand: what is painted anew. How long that takes is in the benchmarks.

FRAMES = 15


@pytest.fixture
def painted(monkeypatch):
    """The cards and ribbons that were painted, each as often as it was."""
    seen = []
    for kind in (CardItem, RibbonItem):

        def paint(item, *how, real=kind.paint):
            seen.append(item)
            real(item, *how)

        monkeypatch.setattr(kind, "paint", paint)
    return seen


@pytest.mark.parametrize("hand", ["drag", "drag of all in sight", "pan"])
def test_what_stands_still_on_a_map_of_300_cards_is_not_painted_again(qtbot, painted, hand):
    """A frame paints what is in the hand; of a map that is moved as a whole, what comes into sight."""
    with shown(qtbot, big_plan(), with_worths=False) as window:
        window.view.commands.open_all()
        assert len(window.scene.cards) == 300
        assert len(window.scene.flows) > 300
        if hand == "drag of all in sight":
            window.view.fit(LEAST_ZOOM)
        at, button = take_hold(window, pans=hand == "pan")
        QApplication.processEvents()
        in_sight = window.view.items(window.view.viewport().rect())
        there = [item for item in in_sight if isinstance(item, CardItem | RibbonItem)]
        painted.clear()
        for k in range(FRAMES):
            window.move(at + QPoint(k * 9 % 41, k * 11 % 59))
            QApplication.processEvents()
        moved, now = set(painted), len(painted)
        held = set(window.scene.held)
        qtbot.mouseRelease(window.view.viewport(), button, pos=at)
        assert moved
        if hand == "pan":
            assert now / FRAMES < len(there) / 4
        else:
            assert moved <= held
            assert len(held) < len(there) / 5
