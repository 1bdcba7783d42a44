"""Bad input in the window: the form marks the field, the list of problems names it with what to do, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.fields import Steps
from gigaplan.engine.plan.plan import Plan, with_fields, with_settings
from gigaplan.engine.plan.schema import Agreement, Block, PowerContract, ResalePoint
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.inspector.panel import Inspector
from gigaplan.gui.views.problems.panel import PROBLEM, WHERE, ProblemsPanel
from tests.gui.inspector_forms import an_inspector, enter, line_of, plan_to_edit, said

HOURS = (Block(name="night", share=0.25), Block(name="day", share=0.75))
DEALS = tuple(
    Agreement(id=id, name=id, provider="Cloud", start="2027-01", months=24.0, commit_usd_per_year=1e6, group="tier",
              status=status)
    for id, status in (("low", "signed"), ("high", "optional"))
)  # fmt: skip
LINE = PowerContract(id="line", name="Line", site="iowa", provider="grid", mw=5.0, start="2027-01", status="signed")
FALLS = (ResalePoint(age_months=12.0, fraction=0.6), ResalePoint(age_months=24.0, fraction=0.4))


def a_plan() -> Plan:
    """The plan to edit with all that the nine need, and nothing wrong with it."""
    plan = with_settings(plan_to_edit(), blocks=HOURS)
    plan = replace(plan, agreements=DEALS, power_contracts=(LINE,), policies=())
    plan = with_fields(plan, "offers", ("b200_1y",), agreement="low", supply_chips_per_month=10.0)
    plan = with_fields(plan, "offers", ("mi355x_od",), agreement="high")
    return with_fields(plan, "platforms", ("b200",), resale=FALLS)


def typed(name: str, text: str) -> Callable[[QtBot, Inspector], None]:
    return lambda qtbot, panel: enter(qtbot, line_of(panel, name), text)


def typed_in_row(name: str, position: int, column: int, text: str) -> Callable[[QtBot, Inspector], None]:
    def work(qtbot: QtBot, panel: Inspector) -> None:
        editors, _ = panel.rows[name].editor.lines[position]
        enter(qtbot, editors[column].focusProxy(), text)

    return work


def taken(name: str, value: Any) -> Callable[[QtBot, Inspector], None]:
    def work(qtbot: QtBot, panel: Inspector) -> None:
        editor = panel.rows[name].editor
        editor._chosen([v for v, _ in editor.context()].index(value))

    return work


def a_run_larger_than_any_site(qtbot: QtBot, panel: Inspector) -> None:
    enter(qtbot, line_of(panel, "demand"), "1e9")
    taken("placement", "one_cluster")(qtbot, panel)


STORED = {
    "a profile that does not average to 1": (
        "workloads", "chat", "profile", typed("profile", "0.5; 1.5"), "a mean of 1.25 over the day", "Divide each"),
    "shares of blocks that do not sum to 1": (
        "plan", "", "blocks", typed_in_row("blocks", 1, 1, "50%"), "shares of 0.75 together", "so that they sum to 1"),
    "a group with two signed members": (
        "agreements", "high", "group", taken("status", "signed"), "low of it is signed too", "Sign one of them"),
    "a placement that no machine can hold": (
        "workloads", "train", "placement", a_run_larger_than_any_site,
        "all of it at one site, which takes", "let it run anywhere"),
    "a resale curve that rises": (
        "platforms", "b200", "resale", typed_in_row("resale", 1, 1, "70%"), "rises to 0.7", "Give less than at"),
    "a delay longer than the horizon": (
        "workloads", "chat", "max_delay_months", typed("max_delay_months", "60"), "longer than the plan (12)", "Make"),
    "a least order above the supply": (
        "offers", "b200_1y", "min_order_chips", typed("min_order_chips", "31"), "no period has more than 30", "Lower"),
}  # fmt: skip
"""By kind: table, row, field, what a person does, what is wrong in words, and what to do."""


@pytest.mark.parametrize("kind", STORED)
def test_bad_input_is_kept_and_marked_at_its_field_and_listed_with_what_to_do(qtbot: QtBot, kind: str) -> None:
    table, row, field, work, wrong, remedy = STORED[kind]
    document = Document(a_plan())
    before = document.plan
    planner = Planner(document)
    problems = ProblemsPanel(document, planner)
    qtbot.addWidget(problems)
    with an_inspector(document, qtbot) as panel:
        document.select(table, (row,) if row else ())
        assert wrong not in said(panel, field)
        work(qtbot, panel)
        qtbot.waitUntil(lambda: wrong in panel.rows[field].trouble.text())
        assert remedy in panel.rows[field].trouble.text()
        problems.refresh()
        indexes = [problems.model.index(k) for k in range(problems.model.rowCount())]
        listed = [i for i in indexes if wrong.lower() in i.data().lower()]
        assert {i.data(PROBLEM).field for i in listed} == {field}
        assert all(remedy in i.data(PROBLEM).remedy for i in listed)
        assert all(i.data(WHERE).endswith(panel.rows[field].field.label) for i in listed)
        assert document.plan is not before
        while document.undo_stack.canUndo():
            document.undo_stack.undo()
        qtbot.waitUntil(lambda: wrong not in panel.rows[field].trouble.text())
        assert document.plan == before
    planner.stop()


def test_a_contract_that_ends_before_it_starts_is_not_taken_and_stays_to_be_corrected(qtbot: QtBot) -> None:
    document = Document(a_plan())
    before = document.plan
    with an_inspector(document, qtbot) as panel:
        for table, row in (("power_contracts", "line"), ("agreements", "low")):
            document.select(table, (row,))
            line = line_of(panel, "months")
            enter(qtbot, line, "-3")
            assert "Length: must be more than 0; it is -3" in said(panel, "months").replace("\u2212", "-")
            assert line.text() == "-3"
            assert line.property("invalid")
            enter(qtbot, line, "3")
            assert not line.property("invalid")
            document.undo_stack.undo()
        assert document.plan == before


def test_steps_out_of_order_are_not_taken_and_the_table_shows_what_holds(qtbot: QtBot) -> None:
    document = Document(with_fields(a_plan(), "sites", ("iowa",), power_mw=Steps((("2027-01", 5.0), ("2027-07", 8.0)))))
    before = document.plan
    with an_inspector(document, qtbot) as panel:
        document.select("sites", ("iowa",))
        editor = panel.rows["power_mw"].editor
        editor.unfold.setChecked(True)
        editor.steps.item(1, 0).setText("2026-07")
        trouble = "Facility power: is 2026-07, not after 2027-01 above it: put the steps in the order of their months"
        assert said(panel, "power_mw").endswith(trouble)
        assert editor.steps.item(1, 0).text() == "2027-07"
        assert document.plan is before
