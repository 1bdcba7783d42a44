"""The plan map: what cards say, where ribbons run, and what a hand does with them."""

import itertools

import msgspec
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QImage, QPainter
from PySide6.QtWidgets import QApplication, QMenu

from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan, find, with_fields, with_settings
from gigaplan.engine.plan.schema import Place
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.result import failure
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.views.canvas import edits
from gigaplan.gui.views.canvas.card_text import CardText, offer_text, site_text, wire_text, workload_text
from gigaplan.gui.views.canvas.cards import CardItem
from gigaplan.gui.views.canvas.picture import Wire, flows_at, picture_of, with_worths
from gigaplan.gui.views.canvas.placing import Box, Frame, boxes_of
from gigaplan.gui.views.canvas.ribbons import Bundles
from tests.gui.map_window import CHAT_ON_GPU, THIN, small_plan
from tests.timing import times

# What cards say


def test_a_site_says_what_it_draws_of_what_it_has() -> None:
    """Iowa: 5 MW / 1.25 / 1 kW is room for 4 000 chips, and Chat wants 5 000: it is full."""
    plan = small_plan()
    picture, time = picture_of(solve_plan(plan)), Timeline.of(plan.settings)
    text = site_text(plan.sites[0], time, 0, picture, "USD")
    assert (text.note, text.note_unit) == ("5", f" / 5{THIN}MW")
    assert text.warns
    assert text.used == 1.0
    assert text.details == ("US", "PUE 1.25", "$54/MWh")
    other = site_text(plan.sites[1], time, 0, picture, "USD")
    assert (other.note, other.warns, other.pill) == ("2", False, "")  # 1 000 chips of 1 kW each for the rest and for EU


def test_one_more_megawatt_is_worth_what_it_saves() -> None:
    """One MW at Iowa carries 800 more GPUs at 0.95 in the place of TPUs at 2.00: 800 * 1.05 * 2 191.5 h = $1.84 M."""
    plan = small_plan()
    result = solve_plan(plan)
    early = site_text(plan.sites[0], Timeline.of(plan.settings), 2, picture_of(result), "USD")
    assert (early.pill, early.is_pill_dim) == (f"+1{THIN}MW = …", True)
    worths(result, only_binding=True)
    picture = with_worths(picture_of(result), result)
    assert picture.worth["iowa"] == pytest.approx([800 * 1.05 * 2191.5] * 4, rel=1e-6)
    assert picture.worth["dublin"] == pytest.approx([0.0] * 4)
    text = site_text(plan.sites[0], Timeline.of(plan.settings), 2, picture, "USD")
    assert text.pill == f"+1{THIN}MW = $1.8{THIN}M / qtr"
    assert not text.is_pill_dim


def test_where_one_more_megawatt_saves_nothing_alone_no_figure_is_shown() -> None:
    """As many GPUs as 5 MW carry are on offer: one more MW brings none, and one less costs 800 of them, as above."""
    plan = with_fields(small_plan(), "offers", "gpu_rent", supply_chips_per_month=4000.0 / 3)
    plan = with_fields(with_fields(plan, "offers", "tpu_rent", sites=("dublin",)), "offers", "gpu_buy", sites=())
    result = solve_plan(plan)
    worths(result, only_binding=True)
    text = site_text(plan.sites[0], Timeline.of(plan.settings), 2, picture_of(result), "USD")
    assert text.pill == ""
    assert f"one more MW saves nothing, one MW less costs $1.84{THIN}M (discounted)" in text.tip


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        ({"demand": 9200.0, "flexible": True}, ("flexible", f"9.2{THIN}EFLOP/s")),
        ({"demand": 6.1e6, "unit": "tokens/s", "jurisdictions": ("EU",)}, (f"6.1{THIN}M{THIN}tok/s", "stays in EU")),
        ({"demand": 800.0, "max_token_latency_ms": 2.0}, (f"800{THIN}PFLOP/s", f"≤ 2{THIN}ms / token")),
        ({"demand": (0.0, 0.0, 5.0, 0.0)}, ("from 2027 Q3",)),
        ({"demand": Growth(start=0.0)}, ("no demand",)),
    ],
)
def test_a_workload_says_its_rate_and_its_rules(changes: dict, details: tuple) -> None:
    plan = small_plan()
    work = msgspec.structs.replace(plan.workloads[0], **changes)
    assert workload_text(work, Timeline.of(plan.settings), 0, None).details == details


def test_a_workload_warns_where_it_is_not_served_in_full() -> None:
    """At Iowa alone 4 000 chips do 1 600 of 2 000 PFLOP/s: 80 %."""
    plan = with_fields(small_plan(), "offers", "tpu_rent", sites=("dublin",), supply_chips_per_month=0.0)
    picture, time = picture_of(solve_plan(plan)), Timeline.of(plan.settings)
    text = workload_text(plan.workloads[0], time, 0, picture)
    assert (text.note, text.note_unit, text.warns) == (f"80{THIN}%", " served", True)


def test_on_a_narrow_card_a_name_comes_before_the_word_served(qapp) -> None:
    card = CardItem(("workloads", "eu"))
    card.set_box(Box(0, 0, 120, 26, 1))
    card.set_text(CardText(name="Chat serving, EU", note="81%", note_unit=" served", warns=True))
    image = QImage(140, 40, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    card.paint(painter, None)
    painter.end()
    assert len(card._shown[0]) >= 7
    assert card._shown[0].endswith("EU"), "cut in the middle: twins differ at their ends"
    assert card._note_unit == ""
    card.set_box(Box(0, 0, 220, 26, 1))
    card._fit()
    assert (card._shown[0], card._note_unit) == ("Chat serving, EU", " served")


def test_an_offer_says_price_and_chips() -> None:
    plan = small_plan()
    picture, time = picture_of(solve_plan(plan)), Timeline.of(plan.settings)
    platform = plan.platforms[0]
    rent = offer_text(plan.offers[0], platform, time, 0, picture, "USD")
    assert rent.details == ("AWS", "on demand", "$0.95/h")
    assert rent.note == f"4{THIN}k"
    assert rent.vendor == "NVIDIA"
    assert offer_text(plan.offers[2], platform, time, 0, picture, "USD").details == ("own", f"$56{THIN}k/chip")
    later = msgspec.structs.replace(plan.offers[0], available_from="2027-07", term_months=36.0)
    assert offer_text(later, platform, time, 0, None, "EUR").details == ("AWS", f"3{THIN}y", "from 2027 Q3")
    assert offer_text(later, None, time, 2, None, "EUR").details == ("AWS", f"3{THIN}y", "€0.95/h")


def test_a_wire_says_its_quantity() -> None:
    plan = small_plan()
    time = Timeline.of(plan.settings)
    assert wire_text(plan, CHAT_ON_GPU, 12_400.2, time, 2) == f"Chat → GPU · reserved: 12{THIN}400 chips, 2027 Q3"
    stands = Wire("stand", "gpu_rent", "iowa")
    assert wire_text(plan, stands, 4.5, time, 0) == f"GPU · reserved → Iowa: 4.5{THIN}MW, 2027 Q1"
    assert "not used in 2027 Q1" in wire_text(plan, stands, 0.0, time, 0)


# Where things lie


def test_flows_are_chips_and_megawatts_of_the_period() -> None:
    flows = flows_at(picture_of(solve_plan(small_plan())), 0)
    assert flows == {
        Wire("use", "chat", "gpu_rent"): pytest.approx(4000),
        Wire("use", "chat", "tpu_rent"): pytest.approx(1000),
        Wire("use", "eu", "tpu_rent"): pytest.approx(1000),
        Wire("stand", "gpu_rent", "iowa"): pytest.approx(5.0),
        Wire("stand", "tpu_rent", "dublin"): pytest.approx(2.0),
    }


def test_ribbons_lie_side_by_side_in_the_order_of_their_other_ends() -> None:
    boxes = {
        ("workloads", "a"): Box(0, 0, 100, 40, 2),
        ("workloads", "b"): Box(0, 100, 100, 40, 2),
        ("offers", "x"): Box(400, 50, 100, 40, 2),
        ("offers", "y"): Box(400, -50, 100, 40, 2),
    }
    flows = {Wire("use", "a", "x"): 10.0, Wire("use", "a", "y"): 20.0, Wire("use", "b", "x"): 5.0}
    bands = Bundles(flows, {"use": 1.0}, boxes).bands(boxes)
    assert bands[Wire("use", "a", "y")] == (100, 15, 400, -30, 20)  # the higher target leaves first: 5..25
    assert bands[Wire("use", "a", "x")] == (100, 30, 400, 67.5, 10)  # then 25..35; at x it lies 62.5..72.5
    assert bands[Wire("use", "b", "x")] == (100, 120, 400, 75, 5)  # and b's 72.5..77.5


@pytest.mark.parametrize("count", [1, 6, 18, 40, 300])
def test_cards_of_a_column_never_overlap(count: int) -> None:
    plan = small_plan()
    offers = tuple(msgspec.structs.replace(plan.offers[0], id=f"o{k}") for k in range(count))
    boxes = boxes_of(msgspec.structs.replace(plan, offers=offers), Frame.of(1060, 459))
    column = [box for key, box in boxes.items() if key[0] == "offers"]
    assert all(a.y + a.height < b.y for a, b in itertools.pairwise(column))
    assert column[0].y + column[-1].y + column[-1].height == pytest.approx(0)  # centred


def test_a_frontier_plan_fits_the_window_unshrunk(window) -> None:
    """18 offers in the height that the map has in a window of 1600 x 1000."""
    plan = window.document.plan
    offers = tuple(msgspec.structs.replace(plan.offers[0], id=f"o{k}") for k in range(18))
    window.document.apply(msgspec.structs.replace(plan, offers=offers), "Many")
    assert window.view.transform().m11() == 1.0
    visible = window.view.mapToScene(window.view.viewport().rect()).boundingRect()
    assert visible.contains(window.scene.content_rect())


# Edits of wires


def test_forbidding_a_site_turns_everywhere_into_the_list_of_the_others() -> None:
    wire = Wire("stand", "tpu_rent", "iowa")
    plan = edits.forbidden(small_plan(), wire)
    assert find(plan, "offers", "tpu_rent").sites == ("dublin",)
    assert find(edits.allowed(plan, wire), "offers", "tpu_rent").sites == ("dublin", "iowa")
    assert edits.allowed(small_plan(), wire) == small_plan()


def test_forbidding_an_offer_and_allowing_it_again_leaves_the_plan_as_it_was() -> None:
    plan = edits.forbidden(small_plan(), CHAT_ON_GPU)
    assert find(plan, "workloads", "chat").forbidden_offers == ("gpu_rent",)
    assert edits.forbidden(plan, CHAT_ON_GPU) is plan
    assert edits.allowed(plan, CHAT_ON_GPU) == small_plan()


def test_a_moved_card_is_kept_where_it_is_whatever_the_width() -> None:
    frame, narrow = Frame.of(1060, 459), Frame.of(700, 459)
    box = boxes_of(small_plan(), frame)[("sites", "iowa")]
    plan = edits.placed(small_plan(), {("sites", "iowa"): frame.to_layout(box._replace(y=200.0))})
    assert boxes_of(plan, frame)[("sites", "iowa")] == pytest.approx(box._replace(y=200.0))
    moved = boxes_of(plan, narrow)[("sites", "iowa")]
    assert moved.x + moved.width / 2 == pytest.approx(2 * narrow.pitch)
    assert edits.unplaced(plan, [("sites", "iowa")]) == small_plan()


# Periods and results


def test_the_period_bar_moves_the_map(qtbot, window) -> None:
    falling = with_fields(window.document.plan, "workloads", "chat", demand=(2000.0, 2000.0, 400.0, 0.0))
    window.document.apply(falling, "Less")
    window.solve()
    bar = window.map.period_bar
    assert (bar.first.text(), bar.last.text(), bar.current.text()) == ("2027 Q1", "2027 Q4", "2027 Q1")
    wide = window.scene.ribbons[CHAT_ON_GPU].band.width
    bar.slider.setValue(2)
    window.scene.finish_motion()
    assert window.document.period == 2
    assert bar.current.text() == "2027 Q3"
    assert window.scene.flows[CHAT_ON_GPU] == pytest.approx(1000)
    assert window.scene.cards[("sites", "iowa")].text.note == "1.2"  # 1 000 kW times 1.25
    assert 0 < window.scene.ribbons[CHAT_ON_GPU].band.width < wide
    bar.slider.setValue(3)
    window.scene.finish_motion()
    assert not window.scene.ribbons[CHAT_ON_GPU].isVisible()


def test_play_steps_to_the_end_and_stops(qtbot, window) -> None:
    bar = window.map.period_bar
    qtbot.keyClick(bar.slider, Qt.Key.Key_Space)
    assert bar.is_playing
    qtbot.waitUntil(lambda: window.document.period == 3 and not bar.is_playing, timeout=5000)
    qtbot.keyClick(bar.slider, Qt.Key.Key_Space)
    assert window.document.period == 0
    qtbot.keyClick(bar.slider, Qt.Key.Key_Space)
    assert not bar.is_playing


def test_ribbons_glide_to_a_new_optimum_but_jump_while_results_stream(qtbot, window) -> None:
    def halve(watts: float) -> None:
        window.planner.result = solve_plan(with_fields(window.document.plan, "sites", "iowa", power_mw=watts))
        window.planner.result_changed.emit(window.planner.result)

    window.scene._layer._last_change = 0.0  # the last result was there long ago
    before = window.scene.ribbons[CHAT_ON_GPU].band
    halve(2.5)
    assert window.scene.ribbons[CHAT_ON_GPU].band == before
    qtbot.waitUntil(
        lambda: window.scene.ribbons[CHAT_ON_GPU].band == window.scene._layer.targets[CHAT_ON_GPU], timeout=10_000
    )
    assert window.scene.ribbons[CHAT_ON_GPU].band != before
    halve(5.0)
    halve(2.0)
    assert window.scene.ribbons[CHAT_ON_GPU].band == window.scene._layer.targets[CHAT_ON_GPU]


def test_reduced_motion_never_glides(qtbot, window) -> None:
    QSettings().setValue("reduced_motion", True)
    window.scene._layer._last_change = 0.0
    window.planner.result_changed.emit(solve_plan(with_fields(window.document.plan, "sites", "iowa", power_mw=2.0)))
    assert window.scene.ribbons[CHAT_ON_GPU].band == window.scene._layer.targets[CHAT_ON_GPU]
    QSettings().remove("reduced_motion")


def test_a_failed_plan_keeps_the_last_picture_and_says_so(window) -> None:
    width = window.scene.ribbons[CHAT_ON_GPU].band.width
    window.planner.result = failure(window.document.plan, "infeasible", ())
    window.planner.result_changed.emit(window.planner.result)
    assert "No plan meets every limit" in window.map.state_label.text()
    item = window.scene.ribbons[CHAT_ON_GPU]
    assert item.band.width == width
    assert item._pen.color().alphaF() < 0.2
    window.solve()
    assert window.map.state_label.text() == "ribbons: chips, then megawatts"


def test_empty_plans_one_period_many_periods_and_another_plan(qtbot, window) -> None:
    plan = window.document.plan
    window.document.start(Plan(settings=msgspec.structs.replace(plan.settings, periods=1)))
    assert window.map.empty_label.isVisible()
    assert not window.scene.cards
    assert not window.map.period_bar.slider.isEnabled()
    qtbot.keyClick(window.view, Qt.Key.Key_Down)
    window.document.start(with_settings(plan, periods=120, months_per_period=1))
    assert not window.map.empty_label.isVisible()
    assert window.map.period_bar.last.text() == "2036-12"
    window.solve()
    window.document.show_period(119)
    assert window.scene.flows[CHAT_ON_GPU] == pytest.approx(4000)
    half_done = msgspec.structs.replace(plan.offers[0], platform="none", price_usd=(1.0,))
    window.document.apply(msgspec.structs.replace(plan, offers=(half_done,)), "Half a plan")
    assert window.scene.cards[("offers", "gpu_rent")].text.vendor == ""


def test_the_keyboard_opens_the_menu_of_the_selection(window) -> None:
    seen: list[list[str]] = []

    def look() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        seen.append([a.text().replace("&", "") for a in menu.actions()])
        menu.close()

    QTimer.singleShot(50, look)
    window.document.select("sites", ["iowa"])
    window.view.contextMenuEvent(QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint()))
    assert "Select what is installed here" in seen[0]


def test_places_from_the_plan_are_kept_and_given_back(window) -> None:
    plan = window.document.plan
    place = Place(table="sites", row="iowa", x=900.0, y=-50.0)
    window.document.apply(msgspec.structs.replace(plan, layout=(place,)), "Move")
    box = window.scene.boxes[("sites", "iowa")]
    assert box.middle == pytest.approx(-50)
    window.document.select("sites", ["iowa"])
    window.view.commands.put_back()
    assert window.document.plan.layout == ()


def test_a_new_result_costs_less_to_show_than_to_find(window) -> None:
    """The live path: what comes after the solver must not be what a person waits for."""
    results = [solve_plan(with_fields(window.document.plan, "sites", "iowa", power_mw=mw)) for mw in (3.0, 4.0)]
    turns = itertools.cycle(results)
    assert times(lambda: window.scene.show_result(next(turns)), lambda: solve_plan(window.document.plan), 20) < 1
