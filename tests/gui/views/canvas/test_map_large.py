"""The plan map of a large plan: all columns in sight, the minimap, and the picture of what stands still."""

from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSettings, Qt
from PySide6.QtGui import QImage

from gigaplan.engine.plan.plan import with_fields
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.views.canvas.placing import LEAST_ZOOM
from gigaplan.gui.views.canvas.plan_map import PlanMap
from tests.gui.map_window import Window, big_plan, differing, on_screen, shown, small_plan

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot) -> Iterator[Window]:
    with shown(qtbot, big_plan(20, 60, 10)) as made:
        made.view.commands.open_all()
        yield made


def seen(window: Window):
    """What of the scene is in sight."""
    return window.view.mapToScene(window.view.viewport().rect()).boundingRect()


def test_every_part_of_a_long_map_shows_all_three_columns(window) -> None:
    """60 offers are longer than the view: workloads and sites spread along them."""
    visible = seen(window)
    there = {key[0] for key, box in window.scene.boxes.items() if visible.contains(QPointF(box.x + 5, box.middle))}
    assert there == {"workloads", "offers", "sites"}
    ends = [[b for k, b in window.scene.boxes.items() if k[0] == table] for table in ("workloads", "offers", "sites")]
    assert {round(column[0].y) for column in ends} == {round(ends[1][0].y)}
    assert {round(c[-1].y + c[-1].height) for c in ends} == {round(ends[1][-1].y + ends[1][-1].height)}


def test_the_minimap_shows_for_what_does_not_fit_and_covers_no_card(window) -> None:
    minimap = window.view.minimap
    assert minimap.isVisible()
    covered = window.view.mapToScene(minimap.geometry()).boundingRect()
    rects = {key: QRectF(box.x, box.y, box.width, box.height) for key, box in window.scene.boxes.items()}
    assert not [key for key, rect in rects.items() if covered.intersects(rect)]
    window.view.fit(LEAST_ZOOM)
    assert not minimap.isVisible()


def test_a_small_plan_has_no_minimap_until_it_is_zoomed(qtbot) -> None:
    with shown(qtbot, small_plan()) as window:
        assert not window.view.minimap.isVisible()
        window.view.zoom(3)
        assert window.view.minimap.isVisible()
        qtbot.keyClick(window.view, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
        assert not window.view.minimap.isVisible()


def test_a_click_on_the_minimap_goes_there_and_a_drag_takes_the_view_along(qtbot, window) -> None:
    minimap = window.view.minimap
    corner = minimap.geometry()
    bottom = QPoint(minimap.width() // 2, minimap.height() - 8)
    qtbot.mousePress(minimap, LEFT, pos=bottom)
    last = window.scene.boxes[("offers", "o59")]
    assert seen(window).contains(QPointF(last.x, last.middle))
    qtbot.mouseMove(minimap, QPoint(bottom.x(), minimap.height() // 2))
    qtbot.mouseRelease(minimap, LEFT, pos=QPoint(bottom.x(), minimap.height() // 2))
    assert seen(window).center().y() == pytest.approx(0, abs=40)
    assert minimap.geometry() == corner, "it stays in its corner while the map scrolls"
    assert window.document.undo_stack.count() == 0


def test_a_press_in_the_frame_of_the_minimap_moves_nothing_by_itself(qtbot, window) -> None:
    window.view.leave_fit()
    window.view.centerOn(0, 0)
    before = seen(window).center()
    inside = window.view.minimap._frame.center().toPoint() + QPoint(3, 2)
    qtbot.mousePress(window.view.minimap, LEFT, pos=inside)
    after = seen(window).center()
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=2)
    qtbot.mouseRelease(window.view.minimap, LEFT, pos=inside)


def test_the_minimap_can_be_switched_off_and_that_is_remembered(qtbot, window) -> None:
    window.view.minimap.toggle()
    assert not window.view.minimap.isVisible()
    again = PlanMap(window.document, window.planner, Lateness(window.planner))
    qtbot.addWidget(again)
    assert not again.view.minimap.is_wanted
    window.view.minimap.toggle()
    assert window.view.minimap.isVisible()
    assert QSettings().value("minimap", False, bool)


# What stands still is shown from a picture: it must look like the map itself


def painted_anew(window: Window) -> QImage:
    """The map with all of it painted from the items, as at first sight."""
    held, window.scene.held = window.scene.held, frozenset()
    window.scene.touch()
    window.view._scrolled = False
    window.view.viewport().update()
    fresh = on_screen(window)
    window.scene.held = held
    window.scene.touch()
    return fresh


def test_a_map_under_a_hand_looks_like_the_map(qtbot, window) -> None:
    window.document.select("offers", ["o1", "o5"])
    start = window.spot("offers", "o1")
    qtbot.mousePress(window.view.viewport(), LEFT, pos=start)
    window.move(start + QPoint(60, 40))
    window.move(start + QPoint(90, 70))
    assert len(window.scene.held) > 2, "cards and their ribbons"
    dragged = on_screen(window)
    assert differing(dragged, painted_anew(window)) < 0.001
    qtbot.mouseRelease(window.view.viewport(), LEFT, pos=start + QPoint(90, 70))
    assert not window.scene.held
    assert differing(on_screen(window), painted_anew(window)) < 0.001


def test_a_scrolled_map_looks_like_the_map(qtbot, window) -> None:
    port = window.view.viewport()
    qtbot.mousePress(port, Qt.MouseButton.MiddleButton, pos=QPoint(400, 300))
    for step in (QPoint(390, 250), QPoint(420, 120), QPoint(350, 180)):
        window.move(step)
        scrolled = on_screen(window)
    assert differing(scrolled, painted_anew(window)) < 0.001
    qtbot.mouseRelease(port, Qt.MouseButton.MiddleButton, pos=QPoint(350, 180))
    # What changes after the map was scrolled leaves nothing where it was.
    start = window.spot("offers", "o20")
    window.drag(qtbot, start, start + QPoint(60, 60))
    on_screen(window)
    window.document.undo_stack.undo()
    qtbot.waitUntil(lambda: window.planner.state == "solved" and not window.planner.is_stale)
    window.scene.finish_motion()
    assert differing(on_screen(window), painted_anew(window)) < 0.001


def test_a_result_that_comes_while_a_hand_drags_is_shown_at_once(qtbot, window) -> None:
    start = window.spot("offers", "o3")
    qtbot.mousePress(window.view.viewport(), LEFT, pos=start)
    window.move(start + QPoint(50, 30))
    on_screen(window)
    richer = with_fields(window.document.plan, "workloads", "w0", demand=6000.0)
    window.document.apply(richer, "More")
    window.solve()
    window.move(start + QPoint(60, 40))
    box = window.scene.boxes[("offers", "o3")]
    for wire, item in window.scene.ribbons.items():
        if wire.end_key == ("offers", "o3") and item.band.width > 0:
            assert item.band.x1 == box.x
        assert item.band == window.scene._layer.targets.get(wire, item.band), "nothing glides under a hand"
    qtbot.mouseRelease(window.view.viewport(), LEFT, pos=start + QPoint(60, 40))


def test_a_card_that_goes_while_it_is_dragged_leaves_nothing(qtbot, window) -> None:
    start = window.spot("offers", "o3")
    qtbot.mousePress(window.view.viewport(), LEFT, pos=start)
    window.move(start + QPoint(50, 30))
    plan = window.document.plan
    window.document.apply(msgspec.structs.replace(plan, offers=plan.offers[:3] + plan.offers[4:]), "Delete")
    window.move(start + QPoint(60, 40))
    on_screen(window)
    qtbot.mouseRelease(window.view.viewport(), LEFT, pos=start + QPoint(60, 40))
    assert ("offers", "o3") not in window.scene.cards
    assert window.document.plan.layout == ()
