"""What a window remembers: its parts, its page, its zoom, and a place that is on a screen."""

import json
import subprocess
import sys

import msgspec
import pytest
from PySide6.QtCore import QByteArray, QPoint, QRect, QSettings, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow

from gigaplan.engine.plan.plan import with_row
from gigaplan.engine.plan.schema import Offer
from tests.gui.map_window import big_plan, small_plan
from tests.gui.plan_windows import ENVIRONMENT


@pytest.fixture
def windows(qtbot, own_settings, no_thread_left):
    """Opens the window on a plan, one after another."""
    from gigaplan.gui.window.main_window import MainWindow

    made = []

    def open_window(plan=None):
        window = MainWindow()
        made.append(window)
        window.resize(1400, 900)
        if plan is not None:
            window.document.start(plan)
            window.show_workspace()
        window.show()
        return window

    yield open_window
    for window in made:
        window.document.undo_stack.setClean()
        window.close()
        window.deleteLater()


def test_parts_that_were_closed_stay_closed_and_come_back_in_their_size(qtbot, windows) -> None:
    first = windows(small_plan())
    assert first.wait_until_solved(300)
    height = first.charts_place.height()
    for part in ("left", "charts", "inspector", "explain"):
        first.menus.parts[part].trigger()
    first.lists.setCurrentIndex(1)
    first.show_view("tables")
    first.close()
    second = windows(small_plan())
    assert not any(w.isVisible() for w in (second.left, second.charts_place, second.inspector, second.explain))
    assert not second.menus.parts["charts"].isChecked()
    assert second.lists.currentIndex() == 1
    assert second.views.currentWidget().objectName() == "tables"
    for part in ("left", "charts", "inspector", "explain"):
        second.menus.parts[part].trigger()
    assert all(w.isVisible() for w in (second.left, second.charts_place, second.inspector, second.explain))
    qtbot.waitUntil(lambda: abs(second.charts_place.height() - height) <= 30)


def test_the_page_is_not_made_before_a_plan_is_looked_at(windows) -> None:
    first = windows(small_plan())
    first.show_view("tables")
    first.close()
    second = windows()
    assert not second.views.is_made("tables")
    second.close()
    third = windows(small_plan())
    assert third.views.is_made("tables"), "who looked at no plan meanwhile has forgotten nothing"


def test_the_column_at_the_right_gives_its_room_where_nothing_is_in_it(qtbot, windows) -> None:
    window = windows(small_plan())
    width = window.views.width()
    window.menus.parts["inspector"].trigger()
    assert window.right.isVisible()
    window.menus.parts["explain"].trigger()
    assert not window.right.isVisible()
    qtbot.waitUntil(lambda: window.views.width() > width + 200)
    window.go_to_field("currency")
    assert window.inspector.isVisible()
    assert window.menus.parts["inspector"].isChecked(), "else the menu would have to be chosen twice"


def test_problems_that_came_by_themselves_do_not_come_again(qtbot, windows) -> None:
    first = windows(with_row(small_plan(), "offers", Offer(id="bad", name="Bad", platform="none", provider="",
                                                           kind="rental", price_usd=1.0, sites="*")))  # fmt: skip
    qtbot.waitUntil(first.problems.isVisible)
    first.close()
    second = windows(small_plan())
    assert not second.problems.isVisible()
    second.menus.problems_shown.trigger()
    second.close()
    assert windows(small_plan()).problems.isVisible(), "what a person opened stays"


def test_the_zoom_is_kept_and_the_map_is_in_sight(qtbot, windows) -> None:
    first = windows(small_plan())
    assert first.plan_map.view.fits
    first.plan_map.view.zoom_to(1.5)
    first.close()
    second = windows(small_plan())
    view = second.plan_map.view
    assert view.transform().m11() == pytest.approx(1.5)
    assert in_sight(view)


def test_a_window_of_a_screen_that_is_gone_comes_to_one_that_is_there(windows) -> None:
    first = windows(small_plan())
    far = QMainWindow()
    far.setGeometry(QRect(9000, 7000, 1200, 800))
    first.close()
    QSettings().setValue("window/geometry", far.saveGeometry())
    second = windows(small_plan())
    assert QGuiApplication.primaryScreen().geometry().contains(second.geometry().topLeft() + QPoint(50, 50))


def test_a_first_window_fits_on_a_small_screen(own_settings, tmp_path) -> None:
    screen_file = tmp_path / "screen.json"
    size = {"x": 0, "y": 0, "width": 1366, "height": 768}
    screens = [{"name": "small", **size, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}]
    screen_file.write_text(json.dumps({"screens": screens}))
    code = (
        "from gigaplan.gui.app.app import make_application; a = make_application()\n"
        "from gigaplan.gui.window.main_window import MainWindow; w = MainWindow(); w.show(); a.processEvents()\n"
        "print(w.width(), w.height(), w.screen().size().height()); w.close()"
    )
    environment = ENVIRONMENT | {"XDG_CONFIG_HOME": str(own_settings)}
    environment["QT_QPA_PLATFORM"] = f"offscreen:configfile={screen_file}"
    made = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True, text=True)
    width, height, screen = map(int, made.stdout.split())
    assert screen == 768
    assert (width, height) == (1366, 728)


def test_settings_that_say_nothing_sensible_are_passed_over(windows) -> None:
    for name, value in {
        "geometry": QByteArray(b"nonsense"), "body": QByteArray(b"?"), "hidden": "left,no_such_part", "zoom": "wide",
        "page": "no_such_page", "list": "7",
    }.items():  # fmt: skip
        QSettings().setValue(f"window/{name}", value)
    window = windows(small_plan())
    assert not window.left.isVisible()
    assert window.views.currentWidget().objectName() == "map"
    assert window.plan_map.view.fits


def in_sight(view) -> list:
    """The cards that a person sees."""
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    return [key for key, card in view.map_scene.cards.items() if seen.intersects(card.sceneBoundingRect())]


def test_zooming_by_keys_never_ends_on_empty_ground(windows) -> None:
    """From a map so long that all of it is a thin line, 100 % shows cards, wherever the pointer rests."""
    view = windows(big_plan(20, 300, 10)).plan_map.view
    view.fit(0.1)
    view.zoom_to(1.0)
    assert len({key[0] for key in in_sight(view)}) >= 1
    assert any(key[0] == "offers" for key in in_sight(view))


def test_a_plan_that_is_opened_again_leaves_the_map_where_it_is(windows) -> None:
    window = windows(small_plan())
    view = window.plan_map.view
    view.zoom_to(3.0)
    window.document.start(small_plan())
    view.centerOn(view.map_scene.cards_rect().bottomRight())
    before = view.mapToScene(view.viewport().rect().center())
    window.document.apply(with_one_more_site(window.document.plan), "More")
    after = view.mapToScene(view.viewport().rect().center())
    assert (after - before).manhattanLength() < 5


def with_one_more_site(plan):
    """The plan with one more site."""
    return with_row(plan, "sites", msgspec.structs.replace(plan.sites[0], id="another", name="Another"))


def test_another_plan_is_in_sight_and_in_reach_of_a_map_that_was_zoomed(windows) -> None:
    window = windows(small_plan())
    view = window.plan_map.view
    view.zoom_to(2.0)
    window.document.start(big_plan(20, 60, 10))
    assert in_sight(view)
    last = list(view.map_scene.cards)[-1]
    view.reveal(last)
    assert last in in_sight(view)
    plan = window.document.plan
    for k in range(30):
        plan = with_row(plan, "offers", Offer(id=f"more_{k}", name=f"More {k}", platform=plan.platforms[0].id,
                                              provider="", kind="rental", price_usd=1.0, sites="*"))  # fmt: skip
    window.document.apply(plan, "More")
    view.reveal(("offers", "more_29"))
    assert ("offers", "more_29") in in_sight(view)


def test_a_window_stays_on_a_screen_that_is_smaller_than_it(windows) -> None:
    """1600 x 1000 pixels at a factor of 2 are 800 x 500 points: the inspector is on the screen."""
    window = windows(small_plan())
    window.fit_screen(QSize(800, 500))
    window.resize(800, 500)
    QApplication.processEvents()
    assert (window.width(), window.height()) == (800, 500)
    right = window.inspector.mapTo(window, window.inspector.rect().bottomRight())
    assert right.x() < 800
    assert not window.left.isVisible()
    assert not window.charts_place.isVisible()
    bar = window.plan_map.period_bar
    assert bar.mapTo(window.plan_map, bar.rect().topLeft()).y() >= window.plan_map.view.geometry().bottom()
    window.menus.parts["left"].setChecked(True)
    assert window.left.isVisible(), "the menu View brings it back"
