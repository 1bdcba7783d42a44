"""The outline: rows chosen, renamed, copied, deleted and added with the keyboard and the mouse."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from gigaplan.engine.catalogue.new_rows import why_not_new, with_new_row
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan, with_fields, with_row, without
from gigaplan.engine.plan.schema import Port
from gigaplan.engine.validation.rules import check, errors
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.outline.model import GROUPS, OutlineModel
from gigaplan.gui.views.outline.tree import OutlineTree
from tests.gui.small_plans import ENTER, PLAN, RENT, SETTINGS, SITE, full_plan
from tests.timing import times


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    return Document(PLAN)


@pytest.fixture
def planner(document: Document):
    planner = Planner(document)
    yield planner
    planner.stop()


@pytest.fixture
def outline(document: Document, planner: Planner, qtbot: QtBot) -> OutlineTree:
    document.start(full_plan())
    tree = OutlineTree(document, planner)
    qtbot.addWidget(tree)
    tree.resize(215, 600)
    tree.show()
    tree.tree.expandAll()
    return tree


def lines(outline: OutlineTree) -> dict[str, list[str]]:
    model = outline.model
    groups = {table: model.group_index(table) for table in GROUPS}
    return {
        table: [model.index(k, 0, group).data() for k in range(model.rowCount(group))]
        for table, group in groups.items()
    }


def at(outline: OutlineTree, table: str, row: int):
    return outline.model.index(row, 0, outline.model.group_index(table))


def figures(outline: OutlineTree) -> list[str]:
    return [at(outline, table, 0).data(Qt.ItemDataRole.UserRole) for table in ("workloads", "sites")]


def test_the_outline_shows_every_row_and_follows_edits_and_undo(outline: OutlineTree, document: Document) -> None:
    before = lines(outline)
    assert before == {
        "workloads": ["Train", "Chat"], "offers": ["Rent"], "services": [], "sites": ["Iowa"],
        "power_contracts": [], "platforms": ["Chip"],
        "agreements": [], "ports": ["Train → xla", "Chat → xla"], "policies": ["cap"], "parameters": [],
    }  # fmt: skip
    document.apply(with_row(document.plan, "offers", msgspec.structs.replace(RENT, id="x", name="X"), 0), "Add")
    document.apply(with_fields(document.plan, "workloads", "train", name="Run"), "Rename")
    assert lines(outline) == before | {
        "offers": ["X", "Rent"], "workloads": ["Run", "Chat"], "ports": ["Run → xla", "Chat → xla"],
    }  # fmt: skip
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert lines(outline) == before


def test_choosing_goes_both_ways(outline: OutlineTree, document: Document, qtbot: QtBot) -> None:
    place = outline.tree.visualRect(at(outline, "sites", 0)).center()
    qtbot.mouseClick(outline.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert (document.selection.table, document.selection.ids) == ("sites", ("iowa",))
    document.select("workloads", ("train", "chat"))
    assert [i.data() for i in outline.tree.selectionModel().selectedIndexes()] == ["Train", "Chat"]
    qtbot.keyClick(outline.tree, Qt.Key.Key_Down)
    assert document.selection.ids == ("chat",)


def test_f2_renames_in_place_as_one_step(outline: OutlineTree, document: Document, qtbot: QtBot) -> None:
    outline.tree.setCurrentIndex(at(outline, "offers", 0))
    qtbot.keyClick(outline.tree, Qt.Key.Key_F2)
    editor = outline.tree.findChild(QLineEdit)
    qtbot.keyClicks(editor, "  Rent   again ")
    qtbot.keyClick(editor, ENTER)
    qtbot.waitUntil(lambda: document.plan.offers[0].name == "Rent again")
    assert document.undo_stack.undoText() == "Rename Rent"
    assert document.undo_stack.count() == 1
    assert not outline.model.setData(at(outline, "offers", 0), "   ")


def test_delete_and_duplicate(outline: OutlineTree, document: Document, qtbot: QtBot) -> None:
    outline.tree.setCurrentIndex(at(outline, "offers", 0))
    qtbot.keyClick(outline.tree, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert [(o.id, o.name) for o in document.plan.offers] == [("rent", "Rent"), ("rent_copy", "Rent copy")]
    assert document.selection.ids == ("rent_copy",)
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert document.plan.offers == (RENT,)
    assert document.undo_stack.undoText() == "Delete Rent copy"
    assert document.selection.ids == ("rent",)
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert document.plan.offers == ()
    assert document.selection.table == "plan"


def test_a_row_that_goes_elsewhere_leaves_no_neighbour_chosen(
    outline: OutlineTree, document: Document, qtbot: QtBot
) -> None:
    document.select("workloads", ("train",))
    document.apply(without(document.plan, "workloads", ("train",)), "Delete")
    assert document.selection.table == "plan"
    assert outline.tree.selectionModel().selectedIndexes() == []


def test_a_port_is_deleted_by_its_place_and_never_renamed(
    outline: OutlineTree, document: Document, qtbot: QtBot
) -> None:
    document.select("sites", ("iowa",))
    outline.tree.setCurrentIndex(at(outline, "ports", 1))
    assert document.selection.table == "plan"
    qtbot.keyClick(outline.tree, Qt.Key.Key_F2)
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert [p.workload for p in document.plan.ports] == ["train"]
    assert document.plan.sites == (SITE,)


def test_several_ports_are_deleted_at_once_and_come_back_with_one_undo(
    outline: OutlineTree, document: Document, qtbot: QtBot
) -> None:
    stacks = ("rocm", "neuron", "cuda")
    ports = (*document.plan.ports, *(Port(workload="train", stack=stack, cost_usd=1e6) for stack in stacks))
    document.apply(msgspec.structs.replace(document.plan, ports=ports), "Ports")
    outline.tree.expandAll()
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    outline.tree.scrollTo(at(outline, "ports", 4))
    for k, modifier in ((1, none), (3, Qt.KeyboardModifier.ControlModifier), (4, Qt.KeyboardModifier.ControlModifier)):
        place = outline.tree.visualRect(at(outline, "ports", k)).center()
        qtbot.mouseClick(outline.tree.viewport(), left, modifier, pos=place)
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert document.plan.ports == (ports[0], ports[2])
    assert document.undo_stack.undoText() == "Delete 3 ports"
    assert outline.tree.currentIndex() == at(outline, "ports", 1)
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert document.plan.ports == (ports[0],)
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.plan.ports == ports


@pytest.mark.parametrize("table", [t for t in GROUPS if t != "workloads"])
def test_a_click_on_a_plus_adds_a_row_that_can_be_computed_with(
    outline: OutlineTree, document: Document, qtbot: QtBot, table: str
) -> None:
    outline.tree.collapseAll()
    rect = outline.tree.visualRect(outline.model.group_index(table))
    place = rect.center()
    place.setX(rect.right() - 10)
    qtbot.mouseClick(outline.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    rows = getattr(document.plan, table)
    assert len(rows) == len(getattr(full_plan(), table)) + 1
    assert errors(check(document.plan)) == ()
    assert document.undo_stack.count() == 1
    if table != "ports":
        assert (document.selection.table, document.selection.ids) == (table, (rows[-1].id,))


def test_new_rows_of_an_empty_plan_say_what_they_lack() -> None:
    plan = Plan(settings=SETTINGS)
    assert "platform first" in why_not_new(plan, "offers")
    assert "both first" in why_not_new(plan, "ports")
    with pytest.raises(ValueError, match="platform first"):
        with_new_row(plan, "offers")
    assert "site first" in why_not_new(plan, "power_contracts")
    for table in ("workloads", "sites", "platforms", "agreements", "policies", "scenarios", "services"):
        plan, _ = with_new_row(plan, table)
        plan, _ = with_new_row(plan, table)
    assert errors(check(plan)) == ()


def test_figures_are_those_of_the_period_shown(outline: OutlineTree, document: Document) -> None:
    plan = with_fields(document.plan, "workloads", "train", demand=Growth(start=10, annual_growth=0.5))
    document.apply(with_fields(plan, "sites", "iowa", power_mw=(10.0, 30.0)), "Edit")
    # The mean of a year over its start, at 50 % a year, is 0.5 / ln(1.5) = 1.233.
    assert figures(outline) == ["12.3\u2009PF/s", "10\u2009MW"]
    document.show_period(1)
    assert figures(outline) == ["18.5\u2009PF/s", "30\u2009MW"]


def test_another_plan_is_taken_up_whole(outline: OutlineTree, document: Document) -> None:
    document.select("workloads", ("chat",))
    document.start(Plan(settings=SETTINGS))
    assert all(rows == [] for rows in lines(outline).values())
    document.start(full_plan())
    assert lines(outline)["workloads"] == ["Train", "Chat"]


def test_a_plan_of_ten_thousand_rows_follows_an_edit_in_no_more_than_some_walks_over_them(qtbot: QtBot) -> None:
    offers = tuple(msgspec.structs.replace(RENT, id=f"o{k}", name=f"Offer {k}") for k in range(10_000))
    plan = msgspec.structs.replace(PLAN, offers=offers)
    model = OutlineModel(plan, lambda *_: False)
    edited = iter([with_fields(plan, "offers", f"o{k}", price_usd=3.0) for k in range(5_000, 5_010)])
    assert times(lambda: model.set_plan(next(edited)), lambda: [offer.name for offer in offers], 10) < 15


def test_model_is_sound_through_edits(outline: OutlineTree, document: Document, qtmodeltester) -> None:
    qtmodeltester.check(outline.model)
    first = full_plan()
    for offers in ((), (RENT,), tuple(msgspec.structs.replace(RENT, id=f"r{k}") for k in range(4)), (RENT,)):
        document.apply(msgspec.structs.replace(first, offers=offers), "Edit")
        assert outline.model.rowCount(outline.model.group_index("offers")) == len(offers)


def test_keys_of_the_lists_are_kept_from_shortcuts_of_the_window(outline: OutlineTree, qtbot: QtBot) -> None:
    event = QKeyEvent(QKeyEvent.Type.ShortcutOverride, Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    assert outline.eventFilter(outline.tree, event)
    assert event.isAccepted()


def test_thousands_of_chosen_rows_are_one_stretch(outline: OutlineTree, document: Document) -> None:
    offers = tuple(msgspec.structs.replace(RENT, id=f"offer_{k}", name=f"Offer {k}") for k in range(2_000))
    document.apply(msgspec.structs.replace(document.plan, offers=offers), "many")
    ids = [offer.id for offer in offers]
    document.select("offers", ids)
    assert len(outline.tree.selectionModel().selectedIndexes()) == 2_000
    assert len(outline.tree.selectionModel().selection()) == 1  # Qt takes half a second over 10,000 single ones
    document.select("offers", [*ids[:3], *ids[5:7]])
    assert outline._chosen() == [("offers", id) for id in (*ids[:3], *ids[5:7])]


def test_an_outline_that_is_not_seen_scrolls_to_what_was_chosen_when_it_is_shown(qapp, document, outline) -> None:
    plan = document.plan
    for _ in range(60):
        plan, _row = with_new_row(plan, "sites")
    document.apply(plan, "Add sites")
    outline.tree.scrollToTop()
    last = outline.model.index_of("sites", [plan.sites[-1].id])[0]
    outline.hide()
    document.select("sites", (plan.sites[-1].id,))
    outline.show()
    qapp.processEvents()
    assert outline.tree.currentIndex() == last
    assert outline.tree.viewport().rect().intersects(outline.tree.visualRect(last))
