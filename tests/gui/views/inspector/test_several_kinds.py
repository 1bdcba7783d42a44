"""Rows of several tables chosen together: by a band, by clicks, by keys; moved, aligned, copied and deleted as one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt

from gigaplan.engine.plan.plan import find
from gigaplan.gui.document.document import Document, Selection
from tests.gui.map_window import Window, shown, small_plan

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
STARTUP = Path(__file__).parents[4] / "projects" / "startup.gigaplan"


@pytest.fixture
def map_window(qtbot) -> Iterator[Window]:
    with shown(qtbot, small_plan()) as made:
        yield made


def band_around(window: Window, *keys: tuple[str, str]) -> tuple[QPoint, QPoint]:
    """From where to where a band is drawn that touches these cards, which lie at the top of their columns."""
    view = window.view
    rects = [view.mapFromScene(window.scene.cards[key].sceneBoundingRect()).boundingRect() for key in keys]
    around = QRect()
    for rect in rects:
        around = around.united(rect)
    return QPoint(3, 3), QPoint(around.right() - 8, max(rect.top() for rect in rects) + 4)


def test_what_a_selection_says_of_its_tables() -> None:
    mixed = Selection((("offers", "a"), ("sites", "s"), ("offers", "b")))
    assert (mixed.table, mixed.ids, mixed.ids_in("offers"), mixed.ids_in("sites")) == ("", (), ("a", "b"), ("s",))
    assert (Selection().table, Selection().ids) == ("plan", ())
    assert Selection((("sites", "s"),)).table == "sites"


def test_rows_that_are_not_in_the_plan_are_not_chosen() -> None:
    document = Document(small_plan())
    document.select_rows([("offers", "gone"), ("sites", "iowa"), ("sites", "iowa")])
    assert document.selection.rows == (("sites", "iowa"),)
    document.select("offers", ["gone"])
    assert document.selection.table == "plan"


def test_a_band_chooses_cards_of_every_column_and_ctrl_adds_to_them(qtbot, map_window) -> None:
    start, end = band_around(map_window, ("workloads", "chat"), ("offers", "gpu_rent"))
    map_window.drag(qtbot, start, end)
    assert set(map_window.document.selection.rows) == {("workloads", "chat"), ("offers", "gpu_rent")}
    port = map_window.view.viewport()
    qtbot.mouseClick(port, Qt.MouseButton.LeftButton, CONTROL, map_window.spot("sites", "dublin"))
    qtbot.mouseClick(port, Qt.MouseButton.LeftButton, CONTROL, map_window.spot("workloads", "chat"))
    assert map_window.document.selection.rows == (("offers", "gpu_rent"), ("sites", "dublin"))
    assert {key for key, card in map_window.scene.cards.items() if card.chosen} == set(
        map_window.document.selection.rows
    )


def test_cards_of_several_columns_move_as_one_step(qtbot, map_window) -> None:
    keys = (("workloads", "chat"), ("offers", "gpu_rent"), ("sites", "iowa"))
    map_window.document.select_rows(keys)
    before, scale = dict(map_window.scene.boxes), map_window.view.transform().m11()
    start = map_window.spot("offers", "gpu_rent")
    map_window.drag(qtbot, start, start + QPoint(0, 60))
    assert map_window.document.undo_stack.undoText() == "Move 3 cards"
    for key in before:
        expected = 60 / scale if key in keys else 0
        assert map_window.scene.boxes[key].y - before[key].y == pytest.approx(expected, abs=1)
    map_window.view.commands.arrange("top")
    assert len({map_window.scene.boxes[key].y for key in keys}) == 1
    map_window.document.undo_stack.undo()
    map_window.document.undo_stack.undo()
    assert map_window.scene.boxes == before


def test_all_is_every_card_and_shift_walks_on_into_the_next_column(qtbot, map_window) -> None:
    map_window.document.select("workloads", ["chat"])
    qtbot.keyClick(map_window.view, Qt.Key.Key_Right, SHIFT)
    assert [table for table, _ in map_window.document.selection.rows] == ["workloads", "offers"]
    qtbot.keyClick(map_window.view, Qt.Key.Key_A, CONTROL)
    assert set(map_window.document.selection.rows) == set(map_window.scene.cards)


def test_rows_of_several_tables_are_copied_and_deleted_as_one_step(qtbot, map_window) -> None:
    start = map_window.document.plan
    map_window.document.select_rows([("offers", "gpu_rent"), ("offers", "gpu_buy"), ("sites", "iowa")])
    qtbot.keyClick(map_window.view, Qt.Key.Key_D, CONTROL)
    assert map_window.document.undo_stack.undoText() == "Duplicate 2 offers and 1 site"
    copied = map_window.document.plan
    assert (len(copied.offers), len(copied.sites)) == (5, 3)
    names = [find(copied, table, id).name for table, id in map_window.document.selection.rows]
    assert names == ["GPU · reserved copy", "GPU · buy copy", "Iowa copy"]
    qtbot.keyClick(map_window.view, Qt.Key.Key_Delete)
    assert map_window.document.undo_stack.undoText() == "Delete 2 offers and 1 site"
    assert map_window.document.selection.table == "plan"
    assert (map_window.document.plan.offers, map_window.document.plan.sites) == (start.offers, start.sites)


def test_the_window_shows_rows_of_several_tables_everywhere(qtbot, window) -> None:
    assert window.files.open_path(STARTUP)
    document, inspector = window.document, window.inspector
    offers, site = document.plan.offers[:2], document.plan.sites[0]
    rows = (*(("offers", offer.id) for offer in offers), ("sites", site.id))
    document.select_rows(rows)
    in_tree = {index.data() for index in window.outline.tree.selectionModel().selectedIndexes()}
    assert in_tree == {offers[0].name, offers[1].name, site.name}
    assert inspector.title.text() == "3 rows"
    shown_buttons = {b.text(): b for b in inspector._several.buttons.values() if b.isVisibleTo(inspector)}
    assert set(shown_buttons) == {"Edit 2 offers", "Edit the site"}
    window.show_view("tables")
    window.views.page("tables").show_table("offers")
    assert document.selection.rows == rows  # turning a page chooses nothing else
    qtbot.mouseClick(shown_buttons["Edit 2 offers"], Qt.MouseButton.LeftButton)
    assert (document.selection.table, document.selection.ids) == ("offers", tuple(offer.id for offer in offers))
    assert inspector.title.text() == "2 offers"
    document.select("plan")
    assert inspector.title.text() == document.plan.settings.name


def test_lines_of_several_groups_of_the_outline_are_chosen_together(qtbot, window) -> None:
    assert window.files.open_path(STARTUP)
    tree, model, document = window.outline.tree, window.outline.model, window.document
    for table in ("workloads", "sites"):
        index = model.index(0, 0, model.group_index(table))
        tree.scrollTo(index)
        qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, CONTROL, tree.visualRect(index).center())
    plan = document.plan
    assert document.selection.rows == (("workloads", plan.workloads[0].id), ("sites", plan.sites[0].id))
    qtbot.keyClick(tree, Qt.Key.Key_Delete)
    assert document.undo_stack.undoText() == "Delete 1 workload and 1 site"
    document.undo_stack.undo()
    assert document.plan == plan
