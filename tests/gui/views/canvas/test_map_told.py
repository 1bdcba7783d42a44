"""What the plan map tells: to a screen reader, to an eye that sees no colours, to a newcomer; bars and badges."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QAccessible, QImage, QPainter, qGray
from PySide6.QtWidgets import QApplication, QToolTip

from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.plan.problems import Problem, say
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.result import failure
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.views.canvas import edits
from gigaplan.gui.views.canvas.card_text import offer_text, workload_text
from gigaplan.gui.views.canvas.cards import GhostItem
from gigaplan.gui.views.canvas.legend import hatches_of
from gigaplan.gui.views.canvas.picture import picture_of
from gigaplan.gui.views.canvas.placing import COLUMNS, Frame
from tests.gui.map_window import CHAT_ON_GPU, THIN, Window, differing, on_screen, small_plan

NAME, DESCRIPTION = QAccessible.Text.Name, QAccessible.Text.Description


def accessible(window: Window):
    """The map, as a screen reader is told of it."""
    return QAccessible.queryAccessibleInterface(window.map.card_list)


def cards(window: Window) -> dict[str, str]:
    """Name and state of each card that a screen reader finds."""
    found = accessible(window)
    children = [found.child(k) for k in range(found.childCount())]
    return {child.text(NAME): child.text(DESCRIPTION) for child in children}


# To a screen reader


def test_a_screen_reader_finds_every_card_by_name_with_its_state(window) -> None:
    told = cards(window)
    assert list(told) == [
        "Chat, workload", "Research, EU, workload", "GPU · reserved, offer", "TPU · 3-year, offer", "GPU · buy, offer",
        "Iowa, site", "Dublin, site",
    ]  # fmt: skip
    assert accessible(window).role() == QAccessible.Role.List
    assert accessible(window).text(NAME) == "Plan map"
    assert told["Iowa, site"].startswith("5 / 5 MW used (100 %), full, US, PUE 1.25, $54/MWh, +1 MW = $1.8 M / qtr")
    assert told["GPU · reserved, offer"] == "4 k chips, AWS, on demand, $0.95/h"


def test_what_a_screen_reader_is_told_follows_results_edits_and_periods(window) -> None:
    window.document.apply(with_fields(window.document.plan, "sites", "iowa", name="Ames", power_mw=10.0), "Edit")
    window.solve()
    told = cards(window)
    assert "Iowa, site" not in told
    assert told["Ames, site"].startswith("6.2 / 10 MW used (62 %), US")


def test_a_screen_reader_finds_a_card_where_it_is_drawn(window) -> None:
    found = accessible(window)
    box = window.scene.boxes[("sites", "dublin")]
    place = found.child(6).rect()
    corner = window.view.viewport().mapToGlobal(window.view.mapFromScene(box.x, box.y))
    assert abs(place.x() - corner.x()) <= 6
    assert abs(place.y() - corner.y()) <= 6
    assert found.childAt(corner.x() + 40, corner.y() + 10).text(NAME) == "Dublin, site"


def test_focus_and_selection_of_a_screen_reader_follow_the_keys(qtbot, window) -> None:
    window.view.setFocus()
    window.map.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.map.card_list)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right):
        qtbot.keyClick(QApplication.focusWidget(), key)
    assert window.document.selection.ids == ("tpu_rent",)
    found = accessible(window)
    assert found.focusChild().text(NAME) == "TPU · 3-year, offer"
    states = {found.child(k).text(NAME): found.child(k).state() for k in range(found.childCount())}
    assert [name for name, state in states.items() if state.selected] == ["TPU · 3-year, offer"]
    assert [name for name, state in states.items() if state.focused] == ["TPU · 3-year, offer"]


def test_what_a_screen_reader_selects_is_selected_everywhere(window) -> None:
    window.map.card_list.setCurrentIndex(window.map.card_list.cards.index(5))
    assert (window.document.selection.table, window.document.selection.ids) == ("sites", ("iowa",))
    assert window.scene.cards[("sites", "iowa")].chosen


def test_problems_of_a_row_are_told_and_badged(window) -> None:
    at = {"path": "sites[0].pue", "table": "sites", "row": "iowa", "field": "pue"}
    message = say("below_least", ge=1.0).with_remedy(say("or_empty", empty="1"))
    problem = Problem(severity="error", message=message, **at)
    window.planner.result = failure(window.document.plan, "error", (problem,))
    window.planner.result_changed.emit(window.planner.result)
    card = window.scene.cards[("sites", "iowa")]
    assert card.text.badge == "error"
    assert "must be 1 or more. Correct it, or leave it empty: 1." in card.text.tip
    assert cards(window)["Iowa, site"].endswith("must be 1 or more.")
    assert window.scene.cards[("sites", "dublin")].text.badge == ""
    window.solve()
    assert card.text.badge == ""


# Without colours


def test_vendors_are_told_apart_without_colour_where_patterns_are_wanted(window) -> None:
    items = window.scene.ribbons
    plain = on_screen(window)
    QSettings().setValue("patterns", True)
    window.map.take_patterns()
    patterned = on_screen(window)
    nvidia, google = items[CHAT_ON_GPU], next(i for w, i in items.items() if w.end == "tpu_rent")
    assert nvidia.hatch != google.hatch
    assert window.scene.cards[("offers", "gpu_rent")].hatch == nvidia.hatch
    # Along a ribbon of one colour, greys now come and go.
    at = window.middle_of(CHAT_ON_GPU)
    around = [at + QPoint(x, y) for x in range(-6, 7) for y in (-2, 0, 2)]
    spread = [np.ptp([qGray(image.pixel(p)) for p in around]) for image in (plain, patterned)]
    assert spread[0] < 20 < 40 < spread[1]
    QSettings().setValue("patterns", False)
    window.map.take_patterns()
    assert differing(on_screen(window), plain) < 0.001


def test_each_of_eight_vendors_has_a_hatch_of_its_own() -> None:
    found = hatches_of(["", *"abcdefgh", "a"])
    assert len(set(found.values())) == len(found) == 8


# To a newcomer


def test_an_empty_plan_says_what_to_do_and_each_empty_column_what_belongs_there(window) -> None:
    plan = window.document.plan
    ghosts = window.scene._ghosts
    assert not any(ghost.isVisible() for ghost in ghosts.values())
    window.document.start(Plan(settings=plan.settings))
    assert all(ghost.isVisible() for ghost in ghosts.values())
    assert "catalogue" in window.map.empty_label.text()
    low = window.view.mapFromScene(ghosts["offers"].sceneBoundingRect()).boundingRect().bottom()
    assert window.map.empty_label.geometry().top() > low
    window.document.apply(msgspec.structs.replace(window.document.plan, sites=plan.sites), "Add")
    assert [table for table, ghost in ghosts.items() if ghost.isVisible()] == ["workloads", "offers"]
    assert not window.map.empty_label.isVisible()


@pytest.mark.parametrize("tables", COLUMNS)
def test_the_words_of_an_empty_column_fit_into_the_narrowest_card(qapp, tables: tuple[str, ...]) -> None:
    """Between the outline and the words nothing is painted."""
    ghost, frame = GhostItem(tables[0]), Frame.of(480, 200)
    ghost.place(frame)
    area = ghost.boundingRect()
    image = QImage(int(area.width()), int(area.height()), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    painter = QPainter(image)
    painter.translate(-area.topLeft())
    ghost.paint(painter, None)
    painter.end()
    inked = {
        x for x in range(image.width()) for y in range(8, image.height() - 8) if image.pixelColor(x, y).value() < 200
    }
    assert inked & set(range(20, image.width() - 20)), "there are words"
    assert not inked & {3, 4, 5, image.width() - 4, image.width() - 5, image.width() - 6}


def test_a_wire_being_drawn_says_what_letting_go_would_do(qtbot, window) -> None:
    port = window.view.viewport()
    start = window.spot("offers", "gpu_rent", 0.98)
    qtbot.mouseMove(port, start)
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    window.move(window.spot("sites", "dublin"))
    assert QToolTip.text() == "Release to allow GPU · reserved at Dublin"
    assert window.scene.cards[("sites", "dublin")].aimed_at
    window.move(window.spot("sites", "iowa"))
    assert QToolTip.text() == "Allowed and in use"
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    assert window.document.undo_stack.count() == 0


# Bars


def test_each_card_has_a_bar_of_what_is_used_of_its_limit() -> None:
    """Chat has 4 000 GPUs and needs 1 000 TPUs, the EU's research 1 000: half of the 4 000 that are on offer."""
    plan = with_fields(small_plan(), "offers", "tpu_rent", supply_chips_per_month=(4000 / 3,) * 4)
    time = Timeline.of(plan.settings)
    picture = picture_of(solve_plan(plan))
    text = offer_text(plan.offers[1], plan.platforms[1], time, 0, picture, "USD")
    assert text.used == pytest.approx(0.5)
    assert not text.warns
    assert "50" in text.tip
    assert workload_text(plan.workloads[0], time, 0, picture).used == pytest.approx(1.0)
    assert offer_text(plan.offers[0], plan.platforms[0], time, 0, picture, "USD").used is None


def test_one_more_chip_is_worth_what_it_saves_where_the_supply_binds() -> None:
    """500 TPUs do 200 of 400 PFLOP/s of the EU, on demand for a quarter: one more does 0.4 more, else lost.

    A PFLOP/s that is lost costs 100 USD/h, a TPU 2 USD/h with its energy: 0.4 * 100 - 2 = 38 USD/h, for 2 191.5 h.
    """
    plan = with_fields(small_plan(), "offers", "tpu_rent", supply_chips_per_month=500 / 3)
    plan = edits.forbidden(plan, CHAT_ON_GPU._replace(end="tpu_rent"))
    time = Timeline.of(plan.settings)
    result = solve_plan(plan)
    assert np.isnan(picture_of(result).chip_worth["tpu_rent"][0])  # nobody has looked yet
    worths(result, only_binding=True)
    picture = picture_of(result)
    assert picture.chip_worth["tpu_rent"][0] == pytest.approx(38 * 2191.5)
    text = offer_text(plan.offers[1], plan.platforms[1], time, 0, picture, "USD")
    assert text.warns
    assert text.used == pytest.approx(1.0)
    assert text.details[0] == f"+1{THIN}chip = $83{THIN}k / qtr"
