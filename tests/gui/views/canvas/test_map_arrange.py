"""The plan map: cards put in line and back, wires chosen by the handful, and the menus that offer it."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar, QToolTip, QWidget

from gigaplan.engine.plan.plan import find
from gigaplan.gui.views.canvas.edits import ALIGN, arranged, overlaps
from gigaplan.gui.views.canvas.picture import Wire
from gigaplan.gui.views.canvas.placing import Box
from gigaplan.gui.widgets.actions import Actions
from tests.gui.map_window import CHAT_ON_GPU, Window

CONTROL = Qt.KeyboardModifier.ControlModifier
OFFERS = [("offers", id) for id in ("gpu_rent", "tpu_rent", "gpu_buy")]


def command(menu: QMenu, text: str) -> QAction:
    """The command of a menu, or of the menus in it."""
    found = [a for m in (menu, *menu.findChildren(QMenu)) for a in m.actions() if a.text().replace("&", "") == text]
    assert len(found) == 1, text
    return found[0]


def scatter(qtbot, window: Window) -> None:
    """Drags two of three offers out of their column."""
    window.document.select("plan")
    for id, by in (("gpu_rent", QPoint(40, 30)), ("gpu_buy", QPoint(-30, 20))):
        start = window.spot("offers", id)
        window.drag(qtbot, start, start + by)


def test_boxes_in_line_by_hand() -> None:
    """Three boxes of 100 x 20 at x 0, 30, 10 and y 0, 50, 200; the gaps down are made even: (220 - 60) / 2 = 80."""
    boxes = {("offers", k): Box(x, y, 100, 20, 1) for k, x, y in (("a", 0, 0), ("b", 30, 50), ("c", 10, 200))}
    assert [b.x for b in arranged(boxes, "left").values()] == [0, 0, 0]
    assert [b.x for b in arranged(boxes, "right").values()] == [30, 30, 30]
    assert [b.y for b in arranged(boxes, "top").values()] == [0, 0, 0]
    assert [b.y for b in arranged(boxes, "bottom").values()] == [200, 200, 200]
    assert {k[1]: b.y for k, b in arranged(boxes, "down").items()} == {"a": 0, "b": 100, "c": 200}
    # Across from 0 to 130: 300 of boxes in 130 px overlap by 85 each.
    assert {k[1]: b.x for k, b in arranged(boxes, "across").items()} == {"a": 0, "c": 15, "b": 30}
    assert not overlaps(boxes)
    assert overlaps(arranged(boxes, "top"))


@pytest.mark.parametrize("way", ["left", "right"])
def test_cards_are_aligned_from_their_menu_in_one_step(qtbot, window, way) -> None:
    scatter(qtbot, window)
    window.document.select("offers", [id for _, id in OFFERS])
    steps, before = window.document.undo_stack.count(), dict(window.scene.boxes)
    menu = window.view.menus.at(window.spot("offers", "tpu_rent"))
    command(menu, ALIGN[way]).trigger()
    boxes = [window.scene.boxes[key] for key in OFFERS]
    edges = [b.x if way == "left" else b.x + b.width for b in boxes]
    assert edges == pytest.approx([edges[0]] * 3)
    assert [b.y for b in boxes] == pytest.approx([before[key].y for key in OFFERS])
    assert window.document.undo_stack.count() == steps + 1
    assert window.document.undo_stack.undoText() == ALIGN[way]
    window.document.undo_stack.undo()
    assert window.scene.boxes == before


def test_cards_are_never_put_on_top_of_each_other(qtbot, window) -> None:
    window.document.select("offers", [id for _, id in OFFERS])
    menu = window.view.menus.at(window.spot("offers", "tpu_rent"))
    top = command(menu, ALIGN["top"])
    assert not top.isEnabled()
    assert "would overlap" in top.toolTip()
    window.view.commands.arrange("top")
    assert "would overlap" in QToolTip.text()
    assert window.document.undo_stack.count() == 0


def test_distributed_cards_have_even_gaps(qtbot, window) -> None:
    window.document.select("plan")
    start = window.spot("offers", "gpu_buy")
    window.drag(qtbot, start, start + QPoint(0, 90))
    window.document.select("offers", [id for _, id in OFFERS])
    window.view.commands.arrange("down")
    a, b, c = (window.scene.boxes[key] for key in OFFERS)
    assert b.y - a.y - a.height == pytest.approx(c.y - b.y - b.height)


def test_what_cannot_be_aligned_says_why(window) -> None:
    window.document.select("sites", ["iowa"])
    window.view.commands.arrange("left")
    assert "Select 2 cards" in QToolTip.text()


def test_tidy_up_puts_all_back_and_back_into_the_column_one(qtbot, window) -> None:
    tidy = dict(window.scene.boxes)
    scatter(qtbot, window)
    menu = window.view.menus.at(window.spot("offers", "gpu_buy"))
    command(menu, "Back into the column").trigger()
    assert window.scene.boxes[("offers", "gpu_buy")] == tidy[("offers", "gpu_buy")]
    assert window.scene.boxes[("offers", "gpu_rent")] != tidy[("offers", "gpu_rent")]
    menu = window.view.menus.at(QPoint(3, 3))
    command(menu, "Tidy up").trigger()
    assert window.scene.boxes == tidy
    assert window.document.plan.layout == ()
    assert not command(window.view.menus.at(QPoint(3, 3)), "Tidy up").isEnabled()
    window.document.undo_stack.undo()
    assert window.scene.boxes[("offers", "gpu_rent")] != tidy[("offers", "gpu_rent")]


def test_the_menu_bar_and_the_palette_offer_the_commands_of_the_map(qtbot, window) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    bar = QMenuBar(owner)
    actions = Actions(owner, bar)
    menu = actions.menu("&Map")
    window.map.fill_menu(actions, menu)
    assert {*ALIGN.values(), "Tidy up", "Fit in the window"} <= {a.text().replace("&", "") for _, _, a in actions.all}
    scatter(qtbot, window)
    window.document.select("offers", [id for _, id in OFFERS])
    command(menu, "Align left edges").trigger()
    assert len({round(window.scene.boxes[key].x, 6) for key in OFFERS}) == 1
    command(menu, "Tidy up").trigger()
    assert window.document.plan.layout == ()
    shown_action = command(menu, "Minimap of large plans")
    assert shown_action.isChecked()
    command(window.view.menus.at(QPoint(3, 3)), "Minimap of large plans").trigger()
    assert not shown_action.isChecked()


# Wires


def test_several_wires_are_chosen_and_forbidden_in_one_step(qtbot, window) -> None:
    stand, port = Wire("stand", "tpu_rent", "dublin"), window.view.viewport()
    before = window.document.plan
    qtbot.mouseClick(port, Qt.MouseButton.LeftButton, pos=window.middle_of(CHAT_ON_GPU))
    qtbot.mouseClick(port, Qt.MouseButton.LeftButton, CONTROL, window.middle_of(stand))
    assert window.scene.chosen_wires == (CHAT_ON_GPU, stand)
    qtbot.keyClick(window.map.card_list, Qt.Key.Key_Delete)
    assert find(window.document.plan, "workloads", "chat").forbidden_offers == ("gpu_rent",)
    assert find(window.document.plan, "offers", "tpu_rent").sites == ("iowa",)
    assert window.document.undo_stack.count() == 1
    assert window.document.undo_stack.undoText() == "Forbid 2 connections"
    window.document.undo_stack.undo()
    assert window.document.plan == before


def test_a_second_click_lets_go_of_a_wire(qtbot, window) -> None:
    port, at = window.view.viewport(), window.middle_of(CHAT_ON_GPU)
    other = Wire("use", "eu", "tpu_rent")
    for modifier, where, chosen in (
        (Qt.KeyboardModifier.NoModifier, at, (CHAT_ON_GPU,)),
        (CONTROL, window.middle_of(other), (CHAT_ON_GPU, other)),
        (CONTROL, at, (other,)),
        (Qt.KeyboardModifier.NoModifier, window.middle_of(other), ()),
    ):
        qtbot.mouseClick(port, Qt.MouseButton.LeftButton, modifier, where)
        assert window.scene.chosen_wires == chosen


def test_all_wires_of_a_card_are_chosen_from_its_menu_and_the_menu_of_one_forbids_all(qtbot, window) -> None:
    menu = window.view.menus.at(window.spot("workloads", "chat"))
    command(menu, "Select its connections").trigger()
    assert set(window.scene.chosen_wires) >= {CHAT_ON_GPU, Wire("use", "chat", "tpu_rent")}
    count = len(window.scene.chosen_wires)
    menu = window.view.menus.at(window.middle_of(CHAT_ON_GPU))
    command(menu, f"Forbid {count} connections").trigger()
    assert set(find(window.document.plan, "workloads", "chat").forbidden_offers) >= {"gpu_rent", "tpu_rent"}
    assert window.document.undo_stack.count() == 1
