"""The editor of a scenario: what is typed, what is refused, each edit one undo step."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import find
from gigaplan.engine.plan.schema import Override
from gigaplan.gui.document.document import Document
from gigaplan.gui.text.quantities import NotRead
from gigaplan.gui.views.compare.override_form import choices, movable, operations, value_typed
from gigaplan.gui.views.compare.view import CompareView
from tests.gui.compare_pages import choose, plan_of, solved

ENTER = Qt.Key.Key_Return


def read(text: str, table: str, name: str, op: str = "set"):
    plan = plan_of()
    field = next(f for f in movable(table) if f.name == name)
    row = plan.settings if table == "plan" else getattr(plan, table)[0]
    found = value_typed(text, field, op, {field.unit_in(row)}, plan)
    return found if isinstance(found, NotRead) else found[0]


def test_values_are_read_in_the_unit_of_the_field() -> None:
    assert read("1.2 GW", "sites", "power_mw") == 1200
    assert read("", "sites", "power_mw") is None
    assert read("+40%", "sites", "electricity_usd_per_mwh", "scale") == pytest.approx(1.4)
    assert read("1.4", "sites", "electricity_usd_per_mwh", "scale") == 1.4
    assert read("−5", "sites", "electricity_usd_per_mwh", "add") == -5
    assert read("+5", "sites", "electricity_usd_per_mwh", "add") == 5
    assert read("12 %", "plan", "discount_rate") == pytest.approx(0.12)
    assert read("2027-04", "offers", "available_from") == "2027-04"
    assert read("Here, there", "offers", "sites") == ("here", "there")
    assert read("*", "offers", "sites") == "*"
    assert read("US, IE", "workloads", "jurisdictions") == ("US", "IE")


@pytest.mark.parametrize(
    ("text", "table", "name", "op"),
    [
        ("3 kg", "sites", "power_mw", "set"),
        ("", "sites", "pue", "set"),
        ("soon", "offers", "available_from", "set"),
        ("Nowhere", "offers", "sites", "set"),
        ("many", "workloads", "demand", "scale"),
    ],
)
def test_what_says_nothing_is_refused(text: str, table: str, name: str, op: str) -> None:
    assert isinstance(read(text, table, name, op), NotRead)


def test_rows_of_different_units_can_only_be_multiplied() -> None:
    plan = plan_of()
    price = next(f for f in movable("offers") if f.name == "price_usd")
    units = {"USD/chip", "USD/chip-h"}
    assert isinstance(value_typed("3", price, "set", units, plan), NotRead)
    assert value_typed("3", price, "scale", units, plan)[0] == 3
    flexible = next(f for f in movable("workloads") if f.name == "flexible")
    assert operations(flexible) == (("set", "set to"),)
    assert choices(flexible, plan) == [("yes", True), ("no", False)]


def test_a_move_is_added_by_hand_as_one_undo_step(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    before = document.plan
    choose(page.editor.which, "dear")
    page.editor._picked()
    assert page.editor.id == "dear"
    form = page.editor.form
    choose(form.table, "sites")
    choose(form.row, "*")
    choose(form.field, "electricity_usd_per_mwh")
    choose(form.op, "scale")
    qtbot.keyClicks(form.value, "+40%")
    qtbot.keyClick(form.value, ENTER)
    made = find(document.plan, "scenarios", "dear").overrides[1:]
    assert [(o.table, o.row, o.field, o.op, o.from_, o.until) for o in made] == [
        ("sites", "here", "electricity_usd_per_mwh", "scale", None, None),
        ("sites", "there", "electricity_usd_per_mwh", "scale", None, None),
    ]
    assert [o.value for o in made] == pytest.approx([1.4, 1.4])
    assert page.editor.moves.item(1).text() == "Electricity price of all sites × 1.4"
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.plan == before


def test_a_move_of_some_periods_and_its_removal(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    document.select("scenarios", ("dear",))
    form = page.editor.form
    choose(form.table, "sites")
    choose(form.row, "here")
    choose(form.field, "power_mw")
    choose(form.op, "set")
    form.first.setCurrentIndex(1)
    qtbot.keyClicks(form.value, "850 kW")
    qtbot.mouseClick(form.add, Qt.MouseButton.LeftButton)
    expected = Override(table="sites", row="here", field="power_mw", op="set", value=0.85, from_="2027-01")
    assert find(document.plan, "scenarios", "dear").overrides[1] == expected
    page.editor.moves.setCurrentRow(0)
    qtbot.keyClick(page.editor.moves, Qt.Key.Key_Delete)
    assert find(document.plan, "scenarios", "dear").overrides == (expected,)
    assert document.undo_stack.undoText() == "Remove Price of Rent × 1.5 from Dear"


def test_what_does_not_fit_is_refused_in_words(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    form = page.editor.form
    choose(form.table, "sites")
    choose(form.field, "pue")
    choose(form.op, "scale")
    qtbot.keyClicks(form.value, "0.5")
    qtbot.keyClick(form.value, ENTER)
    assert "must be 1 or more" in form.said.text()
    assert document.undo_stack.count() == 0
    form.value.clear()
    qtbot.keyClicks(form.value, "3 kg")
    qtbot.keyClick(form.value, ENTER)
    assert form.said.property("role") == "error"
    assert document.undo_stack.count() == 0


def test_name_and_notes_are_edited(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    document.select("scenarios", ("grown",))
    assert page.editor.notes.text() == "Twice the work."
    page.editor.begin()
    qtbot.keyClicks(page.editor.name, "Boom")
    qtbot.keyClick(page.editor.name, ENTER)
    page.editor.notes.setFocus()
    page.editor.notes.selectAll()
    qtbot.keyClicks(page.editor.notes, "Much more.")
    qtbot.keyClick(page.editor.notes, ENTER)
    grown = find(document.plan, "scenarios", "grown")
    assert (grown.name, grown.notes) == ("Boom", "Much more.")
    assert document.undo_stack.count() == 2
