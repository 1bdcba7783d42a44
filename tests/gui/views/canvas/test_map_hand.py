"""The plan map under a person's hand: choose, move, wire, rename, delete, zoom and pan, with mouse and keys."""

import json

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent, QHelpEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QToolTip

from gigaplan.engine.plan.plan import find, with_fields
from gigaplan.gui.views.canvas import edits
from gigaplan.gui.views.canvas.picture import Wire
from tests.gui.map_window import CHAT_ON_GPU, THIN, small_plan


def test_a_click_selects_here_and_a_selection_elsewhere_shows_here(qtbot, window) -> None:
    qtbot.mouseClick(window.view.viewport(), Qt.MouseButton.LeftButton, pos=window.spot("sites", "dublin"))
    assert (window.document.selection.table, window.document.selection.ids) == ("sites", ("dublin",))
    window.document.select("workloads", ["chat", "eu"])
    chosen = {key for key, card in window.scene.cards.items() if card.chosen}
    assert chosen == {("workloads", "chat"), ("workloads", "eu")}
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.mouseClick(window.view.viewport(), Qt.MouseButton.LeftButton, control, window.spot("workloads", "eu"))
    assert window.document.selection.ids == ("chat",)
    qtbot.mouseClick(window.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert window.document.selection.table == "plan"


def test_ribbons_of_the_selection_stand_out(window) -> None:
    window.document.select("workloads", ["chat"])
    alpha = {wire: item._pen.color().alphaF() for wire, item in window.scene.ribbons.items()}
    assert alpha[Wire("use", "chat", "gpu_rent")] > alpha[Wire("stand", "gpu_rent", "iowa")]
    assert alpha[Wire("use", "eu", "tpu_rent")] == alpha[Wire("stand", "gpu_rent", "iowa")]  # they share the TPUs
    window.document.select("sites", ["iowa"])
    alpha = {wire: item._pen.color().alphaF() for wire, item in window.scene.ribbons.items()}
    assert alpha[Wire("use", "eu", "tpu_rent")] < 0.2 < alpha[Wire("stand", "gpu_rent", "iowa")]


def test_what_is_allowed_and_unused_is_dashed_for_one_card_alone(window) -> None:
    window.document.select("sites", ["iowa"])
    assert set(window.scene.dashes) == {Wire("stand", "tpu_rent", "iowa"), Wire("stand", "gpu_buy", "iowa")}
    window.view.grab()
    outlined = [item for item in window.scene.dashes.values() if item._outline is not None]
    assert not outlined, "the outlines of hundreds of dashed lines take seconds"
    window.document.select("sites", ["iowa", "dublin"])
    assert not window.scene.dashes


def test_dragging_cards_is_one_step_and_undo_puts_them_back(qtbot, window) -> None:
    before = window.scene.boxes
    window.document.select("offers", ["gpu_rent", "tpu_rent"])
    start = window.spot("offers", "gpu_rent")
    window.drag(qtbot, start, start + QPoint(30, 40))
    assert window.document.undo_stack.undoText() == "Move 2 cards"
    for id in ("gpu_rent", "tpu_rent"):
        moved, was = window.scene.boxes[("offers", id)], before[("offers", id)]
        scale = window.view.transform().m11()
        assert (moved.x - was.x, moved.y - was.y) == pytest.approx((30 / scale, 40 / scale), abs=1)
    assert window.scene.boxes[("offers", "gpu_buy")] == before[("offers", "gpu_buy")]
    window.document.undo_stack.undo()
    assert window.scene.boxes == before
    assert window.document.undo_stack.count() == 1


def test_cards_of_a_plan_that_has_no_answer_yet_can_be_dragged(qtbot, window) -> None:
    """Of the plan before, which was solved and had cards of the same ids, nothing is left."""
    assert window.scene.ribbons
    window.document.start(with_fields(small_plan(), "sites", "iowa", pue=0.2))
    start = window.spot("offers", "gpu_rent")
    window.drag(qtbot, start, start + QPoint(30, 40))
    assert window.document.undo_stack.undoText() == "Move 1 card"
    assert not any(item.band.width for item in window.scene.ribbons.values())


def test_nudges_in_a_row_are_one_step(qtbot, window) -> None:
    window.document.select("offers", ["gpu_rent"])
    y = window.scene.boxes[("offers", "gpu_rent")].y
    for _ in range(3):
        qtbot.keyClick(window.view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert window.scene.boxes[("offers", "gpu_rent")].y == pytest.approx(y + 24)
    assert window.document.undo_stack.count() == 1


def test_escape_breaks_off_a_drag(qtbot, window) -> None:
    before, port = window.scene.boxes, window.view.viewport()
    start = window.spot("offers", "gpu_rent")
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    window.move(start + QPoint(60, 60))
    assert window.scene.boxes != before
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=start + QPoint(60, 60))
    assert window.scene.boxes == before
    assert window.document.undo_stack.count() == 0


def test_arrows_walk_within_and_among_columns(qtbot, window) -> None:
    seen = []
    key = Qt.Key
    for press in (key.Key_Down, key.Key_Down, key.Key_Right, key.Key_Up, key.Key_Right, key.Key_Down, key.Key_Right):
        qtbot.keyClick(window.view, press)
        seen.append(window.document.selection.ids[-1])
    assert seen == ["chat", "eu", "tpu_rent", "gpu_rent", "iowa", "dublin", "dublin"]


def test_a_wire_drawn_to_a_site_allows_the_offer_there(qtbot, window) -> None:
    window.drag(qtbot, window.spot("offers", "gpu_rent", 0.98), window.spot("sites", "dublin"))
    assert find(window.document.plan, "offers", "gpu_rent").sites == ("iowa", "dublin")
    assert window.document.undo_stack.undoText() == "Allow GPU · reserved at Dublin"


def test_a_wire_drawn_to_an_offer_lifts_the_ban(qtbot, window) -> None:
    window.document.apply(edits.forbidden(window.document.plan, CHAT_ON_GPU), "Forbid")
    window.drag(qtbot, window.spot("workloads", "chat", 0.98), window.spot("offers", "gpu_rent"))
    assert find(window.document.plan, "workloads", "chat").forbidden_offers == ()


def test_a_wire_that_no_ban_blocks_says_why_it_is_empty(qtbot, window) -> None:
    window.drag(qtbot, window.spot("workloads", "eu", 0.98), window.spot("offers", "gpu_rent"))
    assert window.document.undo_stack.count() == 0
    assert QToolTip.text() == "Research, EU cannot use it: its data may not be in US"


def test_delete_on_a_chosen_wire_forbids_it(qtbot, window) -> None:
    wire = Wire("stand", "tpu_rent", "dublin")
    qtbot.mouseClick(window.view.viewport(), Qt.MouseButton.LeftButton, pos=window.middle_of(wire))
    assert window.scene.chosen_wires == (wire,)
    qtbot.keyClick(window.view, Qt.Key.Key_Delete)
    assert find(window.document.plan, "offers", "tpu_rent").sites == ("iowa",)
    assert window.scene.chosen_wires == ()


def test_the_menu_of_a_wire_forbids_it(window) -> None:
    menu = window.view.menus.at(window.middle_of(CHAT_ON_GPU))
    assert [a.text() for a in menu.actions()] == ["Do not use GPU · reserved for Chat"]
    menu.actions()[0].trigger()
    assert find(window.document.plan, "workloads", "chat").forbidden_offers == ("gpu_rent",)


def test_the_menu_of_a_card_selects_what_it_uses(window) -> None:
    menu = window.view.menus.at(window.spot("workloads", "chat"))
    texts = {a.text().replace("&", ""): a for a in menu.actions()}
    assert {"Rename", "Duplicate", "Delete", "Select what it uses"} <= set(texts)
    texts["Select what it uses"].trigger()
    assert (window.document.selection.table, set(window.document.selection.ids)) == ("offers", {"gpu_rent", "tpu_rent"})


def test_delete_and_duplicate_are_one_step_each(qtbot, window) -> None:
    window.document.select("offers", ["gpu_rent"])
    window.view.setFocus()
    qtbot.keyClick(window.view, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert [o.name for o in window.document.plan.offers][1] == "GPU · reserved copy"
    assert len({o.id for o in window.document.plan.offers}) == 4
    qtbot.keyClick(window.view, Qt.Key.Key_Delete)
    assert len(window.document.plan.offers) == 3
    assert window.document.undo_stack.count() == 2
    assert set(window.scene.cards) == set(window.scene.boxes)


def test_f2_renames_in_place(qtbot, window) -> None:
    window.document.select("sites", ["iowa"])
    for text, key, name in (("Des Moines", Qt.Key.Key_Return, "Des Moines"), ("x", Qt.Key.Key_Escape, "Des Moines")):
        qtbot.keyClick(window.view, Qt.Key.Key_F2)
        field = window.view.viewport().findChildren(QLineEdit)[-1]
        field.setText(text)
        qtbot.keyClick(field, key)
        assert find(window.document.plan, "sites", "iowa").name == name
    assert window.document.undo_stack.count() == 1


def test_hovering_a_ribbon_tells_its_quantity(qtbot, window) -> None:
    at = window.middle_of(CHAT_ON_GPU)
    event = QHelpEvent(QEvent.Type.ToolTip, at, window.view.viewport().mapToGlobal(at))
    QApplication.sendEvent(window.view.viewport(), event)
    assert QToolTip.text().splitlines() == [
        f"Chat → GPU · reserved: 4{THIN}000 chips, 2027 Q1",
        "0.4 PFLOP/s per chip, modelled.",
    ]


def test_a_drop_from_the_catalogue_is_announced(qtbot, window) -> None:
    def drop(data: QMimeData) -> None:
        at = QPointF(50, 50)
        action, button, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        window.view.dropEvent(QDropEvent(at, action, data, button, none))

    good, bad = QMimeData(), QMimeData()
    good.setData("application/x-gigaplan-catalogue", json.dumps({"kind": "offer", "id": "offer_051"}).encode())
    bad.setData("application/x-gigaplan-catalogue", b"{]")
    with qtbot.waitSignal(window.map.catalogue_dropped) as found:
        drop(good)
    assert found.args == ["offer", "offer_051"]
    with qtbot.assertNotEmitted(window.map.catalogue_dropped):
        drop(bad)


def test_zoom_keys_and_wheel(qtbot, window) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    at = QPointF(window.view.viewport().rect().center())
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    wheel = QWheelEvent(at, at, QPoint(), QPoint(0, 120), none, control, phase, False)
    window.view.wheelEvent(wheel)
    assert window.view.transform().m11() > 1.1
    assert not window.view.fits
    qtbot.keyClick(window.view, Qt.Key.Key_1, control)
    assert window.view.transform().m11() == pytest.approx(1.0)
    window.view.zoom(3)
    qtbot.keyClick(window.view, Qt.Key.Key_0, control)
    assert window.view.fits
    visible = window.view.mapToScene(window.view.viewport().rect()).boundingRect()
    assert visible.contains(window.scene.content_rect())


def test_space_and_drag_pans(qtbot, window) -> None:
    window.view.zoom_to(2.0)
    before = window.view.mapToScene(QPoint(0, 0))
    qtbot.keyPress(window.view, Qt.Key.Key_Space)
    start = window.spot("offers", "tpu_rent")
    window.drag(qtbot, start, start + QPoint(40, 20))
    qtbot.keyRelease(window.view, Qt.Key.Key_Space)
    after = window.view.mapToScene(QPoint(0, 0))
    assert (before.x() - after.x(), before.y() - after.y()) == pytest.approx((20, 10), abs=1)
    assert window.document.undo_stack.count() == 0


def test_the_handle_says_what_it_is_for(qtbot, window) -> None:
    at = window.spot("offers", "gpu_rent", 0.99)
    qtbot.mouseMove(window.view.viewport(), at)
    event = QHelpEvent(QEvent.Type.ToolTip, at, window.view.viewport().mapToGlobal(at))
    QApplication.sendEvent(window.view.viewport(), event)
    assert QToolTip.text() == "Drag from here to a site to allow the offer there"
