"""A frame of a plan map of 300 cards under a hand, over one of a bare view that draws as much."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView

from gigaplan.gui.app.app import make_application
from gigaplan.gui.views.canvas.placing import LEAST_ZOOM
from gigaplan.gui.views.canvas.ribbons import curve
from tests.gui.map_window import Window, big_plan, take_hold

HANDS = {"drag": False, "drag_of_all": False, "pan": True}
"""Each way, and whether it moves the map as a whole: one card, one with the whole map in sight, the map."""


def hand(frames: int) -> dict[str, dict[str, float]]:
    """For each way: milliseconds of a frame, those of the bare view, taken in turn, and their ratio (medians)."""
    return {way: _measure(way, frames) for way in HANDS}


def _measure(way: str, frames: int) -> dict[str, float]:
    window = Window(big_plan())
    window.view.commands.open_all()
    QApplication.processEvents()
    window.solve()
    if way == "drag_of_all":
        window.view.fit(LEAST_ZOOM)
    bare = _bare_view(window)
    at, _ = take_hold(window, pans=HANDS[way])
    ours, theirs = [], []
    for k in range(frames):
        spot = at + QPoint(k * 9 % 41, k * 11 % 59)
        ours.append(_seconds(lambda spot=spot: window.move(spot)))
        theirs.append(_seconds(bare.viewport().update))
    bare.close()
    window.close()
    frame, plain = statistics.median(ours), statistics.median(theirs)
    return {"frame_ms": frame * 1000, "bare_ms": plain * 1000, "ratio": frame / plain}


def _seconds(move: Callable[[], object]) -> float:
    """How long a move takes with what it repaints."""
    began = time.perf_counter()
    move()
    QApplication.processEvents()
    return time.perf_counter() - began


def _bare_view(window: Window) -> QGraphicsView:
    """A view with a rectangle for each card and a line for each ribbon, all drawn anew in each frame."""
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


if __name__ == "__main__":
    application = make_application()
    print(json.dumps(hand(300)))
