"""Repaints: thousands of the real window leave nothing behind, and those of a map of 300 cards are quick."""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView

from gui.canvas.placing import LEAST_ZOOM
from gui.canvas.ribbons import curve
from tests.gui.map_window import big_plan, shown

REPAINTS = 10_000
WARM = 2500
"""Enough for every period to be shown once: a ribbon is made when its wire first carries something."""
PERIOD = 100
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
def test_ten_thousand_repaints_leave_nothing_behind(window):
    """Maps, charts, figures and lists are painted again and again, period by period, with a row selected or not."""
    window.resize(1000, 640)
    window.files.new_from_template("startup")
    assert window.wait_until_settled(30)
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
        assert window.wait_until_settled(10)
        gc.collect()

    paint(WARM)
    before, nones, memory = counts(window), sys.getrefcount(None), resident_bytes()
    paint(REPAINTS)
    assert counts(window) == before
    # Where None is counted (Python 3.11) a binding that drops a reference per call ends the program sooner or later.
    assert sys.getrefcount(None) > nones - REPAINTS / 20
    assert resident_bytes() < memory * (1 + GROWTH)


# A map of 300 cards and some 340 ribbons, against a bare QGraphicsView with as many plain rectangles and lines

ROUNDS = 12
FRAMES = 6
"""Frames of each kind in a round; the best round of each counts, which a machine with other work does in peace."""
PART = 0.5
"""Of what the bare view takes for a frame, the map may take this: with all redrawn it takes about as much."""


def bare_view(window):
    """A view with a rectangle for each card and a line for each ribbon, drawn as the map draws them."""
    view = QGraphicsView()
    scene = QGraphicsScene(view)
    view.setScene(scene)
    for box in window.scene.boxes.values():
        card = scene.addRect(QRectF(0, 0, box.width, box.height), QPen(QColor("#888888")), QColor("#FFFFFF"))
        card.setPos(box.x, box.y)
        card.setZValue(1)
    for item in window.scene.ribbons.values():
        ink = QColor("#2861F2")
        ink.setAlphaF(0.4)
        scene.addPath(curve(item.band), QPen(ink, max(item.band.width, 1.0)))
    view.setRenderHint(QPainter.RenderHint.Antialiasing)
    view.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
    view.resize(window.view.size())
    view.setTransform(window.view.transform())
    view.centerOn(window.view.mapToScene(window.view.viewport().rect().center()))
    view.show()
    QApplication.processEvents()
    return view


def frame_time(move):
    """The time that a move takes with what it repaints, in seconds, as the mean of some."""
    began = time.perf_counter()
    for k in range(FRAMES):
        move(k)
        QApplication.processEvents()
    return (time.perf_counter() - began) / FRAMES


@pytest.mark.parametrize("hand", ["drag", "drag of all in sight", "pan"])
def test_a_map_of_300_cards_follows_the_hand(qtbot, hand):
    """Cards and ribbons that stand still are not painted again: a frame takes a part of what a bare view takes."""
    with shown(qtbot, big_plan()) as window:
        assert len(window.scene.cards) == 300
        assert len(window.scene.flows) > 300
        if hand == "drag of all in sight":
            window.view.fit(LEAST_ZOOM)
        button = Qt.MouseButton.MiddleButton if hand == "pan" else Qt.MouseButton.LeftButton
        offers = [key for key in window.scene.cards if key[0] == "offers"]
        here = [key for key in offers if window.view.card_at(window.spot(*key)) == key]
        card = max(here, key=lambda key: sum(key in (w.start_key, w.end_key) for w in window.scene.flows))
        at, bare = window.spot(*card), bare_view(window)
        qtbot.mousePress(window.view.viewport(), button, pos=at)
        window.move(at + QPoint(15, 15))
        assert bool(window.scene.held) == (hand != "pan")
        quick, slow = [], []
        for n in range(ROUNDS):
            spot = at + QPoint(n, n)
            quick.append(frame_time(lambda k, spot=spot: window.move(spot + QPoint(k * 9 % 41, k * 11 % 59))))
            slow.append(frame_time(lambda _: bare.viewport().update()))
        qtbot.mouseRelease(window.view.viewport(), button, pos=at)
        bare.close()
        best, bound = min(quick), PART * min(slow)
        assert best < bound, f"{best * 1000:.1f} ms a frame; a bare view takes {min(slow) * 1000:.1f} ms"
