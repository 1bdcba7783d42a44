"""A window that opens is on the screen before its charts and its solver are; nothing moves when they come."""

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gigaplan.gui.window.deferred_widget import LONGEST_MS
from gigaplan.gui.window.main_window import MainWindow

EXAMPLE = Path(__file__).parents[3] / "projects" / "startup.gigaplan"


class AtFirstPaint(QObject):
    """What there was, and where, when the window was first painted."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.places: dict[str, tuple[int, ...]] | None = None
        self.had_charts = self.had_result = False
        self._window = window
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self.places is None:
            self.places = places(self._window)
            self.had_charts = self._window.charts_place.is_filled
            self.had_result = self._window.planner.result is not None
        return False


def places(window: MainWindow) -> dict[str, tuple[int, ...]]:
    parts = ("kpis", "lists", "scenarios", "views", "plan_map", "charts_place", "right", "status")
    found = {}
    for name in parts:
        part = getattr(window, name)
        at = part.mapTo(window, QPoint(0, 0))
        found[name] = (at.x(), at.y(), part.width(), part.height())
    return found


@pytest.fixture
def opened(qtbot: QtBot, no_thread_left: None):  # type: ignore[no-untyped-def]
    """Makes windows on the example as the program does, and closes them."""
    made: list[MainWindow] = []

    def open_window(size: tuple[int, int] = (1600, 1000)) -> MainWindow:
        window = MainWindow()
        made.append(window)
        window.resize(*size)
        assert window.files.open_path(EXAMPLE)
        return window

    yield open_window
    for window in made:
        window.document.undo_stack.setClean()
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.mark.parametrize("size", [(1600, 1000), (1280, 800), (1000, 640)])
def test_the_window_is_painted_before_what_takes_long_and_nothing_moves_when_that_comes(opened, size) -> None:
    window = opened(size)
    first = AtFirstPaint(window)
    window.show()
    assert window.wait_until_solved(300)
    assert (first.had_charts, first.had_result) == (False, False)
    assert places(window) == first.places
    assert window.charts_place.is_filled
    assert [card.isVisible() for card in window.charts.cards] == [True] * 3
    assert all(any(line.values.any() for line in card.picture.lines) for card in window.charts.cards)


def test_a_window_that_took_long_to_make_is_painted_first_all_the_same(opened) -> None:
    window = opened()
    time.sleep(LONGEST_MS / 1000 + 0.1)  # a large plan is opened
    first = AtFirstPaint(window)
    window.show()
    assert window.wait_until_solved(300)
    assert not first.had_charts
    assert window.charts_place.is_filled


def test_the_frames_that_stand_in_for_the_charts_lie_where_these_will(opened) -> None:
    window = opened()
    window.show()
    frames = [frame.mapTo(window, QPoint()) for frame in window.charts_place.frames]
    sizes = [frame.size() for frame in window.charts_place.frames]
    assert len(frames) == 3
    cards = window.charts.cards
    QApplication.processEvents()
    assert [card.mapTo(window, QPoint()) for card in cards] == frames
    assert [card.size() for card in cards] == sizes


def test_a_window_opens_as_it_was_left(opened) -> None:
    left = opened()
    left.show()
    assert left.wait_until_solved(300)
    centre = left.splitters["centre"]
    centre.setSizes([400, 470, 0])
    QApplication.processEvents()
    wanted = places(left)
    assert wanted["charts_place"][3] > 400
    left.document.undo_stack.setClean()
    left.close()
    again = opened()
    first = AtFirstPaint(again)
    again.show()
    assert again.wait_until_solved(300)
    assert first.places == wanted
    assert places(again) == wanted


def test_charts_that_are_asked_for_before_the_first_paint_are_there(opened) -> None:
    window = opened()
    assert len(window.charts.cards) == 3
    window.show()
    assert window.wait_until_solved(300)
    assert len(window.charts_place.findChildren(type(window.charts))) == 1


def test_a_window_that_is_not_shown_solves_all_the_same(opened, qtbot: QtBot) -> None:
    window = opened()
    qtbot.waitUntil(lambda: not window.planner.is_stale, timeout=LONGEST_MS + 60_000)
    assert window.charts_place.is_filled
