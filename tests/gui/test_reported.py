"""What people were misled by, each as they would do it in the window."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QLocale, Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.catalogue.new_rows import new_workload
from gigaplan.engine.exchange.result_text import as_table
from gigaplan.engine.exchange.summary import _summary
from gigaplan.engine.plan.plan import Plan, find, with_fields, with_settings
from gigaplan.engine.plan.schema import Offer, Platform, Policy, Settings, Site, Workload
from gigaplan.engine.results.kpi_registry import kpis_of
from gigaplan.engine.results.series import series_of
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import add_row, rename_row
from gigaplan.gui.present.cell_text import Context
from gigaplan.gui.present.picture import split_lines
from gigaplan.gui.text import number_format as nf
from gigaplan.gui.views.explain.sentences import Sentence, WrappedButton
from gigaplan.gui.views.problems.panel import PROBLEM, WHERE
from gigaplan.gui.views.tables.paste import _in_one_form
from gigaplan.gui.views.tables.sheets import TableSheet

GUI = Path(__file__).parents[2] / "gui"


def chip(id: str, vendor: str) -> Platform:
    return Platform(id=id, name=id.upper(), vendor=vendor, stack=vendor, bf16_tflops=1000, memory_gb=80,
                    memory_bandwidth_gb_s=3000, power_w=1000)  # fmt: skip


def rent(id: str) -> Offer:
    return Offer(id=f"rent_{id}", name=f"Rent {id.upper()}", platform=id, provider=id, kind="rental", price_usd=1.0,
                 sites="*", term_months=12)  # fmt: skip


TWO_VENDORS = Plan(
    settings=Settings(name="p", start="2027-01", periods=1, months_per_period=12, discount_rate=0.0),
    platforms=(chip("a", "A"), chip("b", "B")),
    sites=(Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=1.0, pue=1.0, electricity_usd_per_mwh=50.0),),
    offers=(rent("a"), rent("b")),
    workloads=(Workload(id="train", name="Train", kind="pretraining", unit="PFLOP/s", demand=10.0, utilisation=0.5,
                        unmet_usd=20.0),),
)  # fmt: skip


@pytest.fixture
def planner(window, qtbot: QtBot):
    """The window on two vendors, solved."""
    open_plan(window, TWO_VENDORS, qtbot)
    return window


def open_plan(window, plan: Plan, qtbot: QtBot) -> None:
    window.document.start(plan)
    solved(window, qtbot)


def solved(window, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.planner.result is not None and not window.planner.is_stale)


def problems(window) -> list[tuple[str, str]]:
    window.problems.refresh()
    model = window.problems.model
    return [(model.index(k).data(WHERE), model.index(k).data()) for k in range(model.rowCount())]


def said(window) -> list[str]:
    return [line.text() for line in window.explain.findChildren(Sentence) if line.isVisibleTo(window.explain)]


def offered(window) -> list[WrappedButton]:
    return [b for b in window.explain.findChildren(WrappedButton) if b.isVisibleTo(window.explain)]


def test_a_cap_that_empties_the_plan_is_the_first_problem_and_is_mended_with_one_click(planner, qtbot: QtBot) -> None:
    document = planner.document
    cap = Policy(id="cap", name="Cap", kind="share", dimension="vendor", metric="power", limit=0.4)
    document.apply(msgspec.structs.replace(document.plan, policies=(cap,)), "Cap")
    solved(planner, qtbot)
    first, second = problems(planner)
    assert first == ("Train", "Nothing of its work is served, worth $1.75\u2009M.")
    assert second[0] == "Cap · Limit"
    assert "no chip run" in second[1]
    cost = planner.kpis.cells[0].figure
    assert (cost.value, cost.tone) == ("$0", "warning")
    assert cost.second.endswith("serves less")

    index = planner.problems.model.index(0)
    assert index.data(PROBLEM).row == "train"
    planner.problems.list.setCurrentIndex(index)
    qtbot.keyClick(planner.problems.list, Qt.Key.Key_Return)
    remedy = "Accept 50\u202f% for Cap"
    qtbot.waitUntil(lambda: [b.accessibleName() for b in offered(planner)] == [remedy])
    assert not any("costs no less" in line for line in said(planner))
    qtbot.mouseClick(offered(planner)[0], Qt.MouseButton.LeftButton)
    solved(planner, qtbot)
    assert document.plan.policies[0].limit == pytest.approx(0.5)
    assert problems(planner) == []


def test_a_pasted_column_is_read_in_one_form(german) -> None:
    context = Context(TWO_VENDORS, QLocale())
    sheet = TableSheet(context, "sites")
    lines = [["Name", "PUE"], *([f"S{k}", text] for k, text in enumerate(("1.25", "1.125", "2.5", "2.350")))]
    made = _in_one_form(sheet, lines)
    assert [line[1] for line in made[1:]] == ["1,25", "1,125", "2,5", "2,350"]


def test_a_name_follows_what_it_names_until_a_person_renames_the_row(qtbot: QtBot) -> None:
    document = Document(TWO_VENDORS)
    id = add_row(document, "policies")

    def policy() -> Policy:
        return document.plan.policies[0]

    assert policy().name == "Largest vendor share"
    document.apply(with_fields(document.plan, "policies", id, kind="coverage", limit=0.9), "Kind")
    assert policy().name == "Coverage of all work"
    document.apply(with_fields(document.plan, "policies", id, scope="train"), "Scope")
    assert policy().name == "Coverage of Train"
    document.undo_stack.undo()
    assert policy().name == "Coverage of all work"
    rename_row(document, "policies", id, "Promise")
    document.apply(with_fields(document.plan, "policies", id, scope="train"), "Scope")
    assert policy().name == "Promise"

    offer = add_row(document, "offers")
    assert find(document.plan, "offers", offer).name == "B · on demand"
    document.apply(with_fields(document.plan, "offers", offer, kind="purchase"), "Kind")
    assert find(document.plan, "offers", offer).name == "B · buy"


def test_a_new_training_run_has_a_deadline_and_one_machine() -> None:
    work = new_workload(TWO_VENDORS, "pretraining")
    assert (work.flexible, work.max_delay_months, work.placement) == (False, 6.0, "one_cluster")


def test_what_the_solver_leaves_of_nothing_is_nothing() -> None:
    result = solve_plan(TWO_VENDORS)
    a = result.allocation
    dusty = dataclasses.replace(a, active=np.where(a.active > 0, a.active, 3e-12))
    chips = series_of(dusty, "chips", "offer")
    assert sorted(values.max() for values in chips.values()) == [0.0, pytest.approx(20.0)]
    assert [line.label for line in split_lines(result.plan, "offer", chips, "area")] in (["Rent A"], ["Rent B"])
    kpis = kpis_of(dataclasses.replace(a, unmet=np.full_like(a.unmet, 1e-15)))
    assert kpis["unmet_usd"] == 0


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (nf.megawatts(3.5e-16), "0"), (nf.megawatts(3.25), "3.2"), (nf.megawatts(420.4), "420"),
        (nf.power(3e-16), "0 MW"),

        (nf.money(1e-8), "$0"), (nf.money(0.000175), "$0.000175"), (nf.with_unit(14.2, "chips"), "14 chips"),
        (nf.chips(224_936.53), "224 937"), (nf.chips(0.0002), "0.0002"), (nf.chips(1e-12), "0"),
        (nf.short_chips(22_903.4), "22.9 k"), (nf.with_cents(1.6), "$1.60"), (nf.decimals(0.5, 2), "0.50"),
    ],
)  # fmt: skip
def test_figures_have_one_form_everywhere(shown: str, text: str) -> None:
    assert shown.replace(nf.THIN, " ") == text


def test_no_view_writes_numbers_in_a_form_of_its_own() -> None:
    """Only gui/text says how a number is written; rounding, as float(f"{value:.12g}"), is no writing."""
    own = [
        f"{path.relative_to(GUI)}:{n}: {line.strip()}"
        for path in GUI.rglob("*.py") if path.parent.name != "text"
        for n, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\{[^{}]*[^:{}]:[,.]?\.?[0-9]*,?[fge%]\}", line) and 'float(f"' not in line
    ]  # fmt: skip
    assert own == []


def test_what_was_written_is_said_quietly_with_the_way_there_and_never_twice(window, tmp_path, qtbot: QtBot) -> None:
    window.document.start(TWO_VENDORS)
    for name, export in (("a.xlsx", window.exports), ("b.db", window.database)):
        export.write(tmp_path / name)
        qtbot.waitUntil(lambda export=export: not export.task.is_busy)
    (bar,) = window.bars._bars.values()
    assert bar.ground == "panel"
    assert list(bar.buttons) == ["Open", "Show in folder", "Close"]
    assert bar.label.text() == "The plan was written to b.db."


def test_another_currency_says_that_it_converts_nothing(window, qtbot: QtBot) -> None:
    window.document.start(TWO_VENDORS)
    window.document.apply(with_settings(TWO_VENDORS, currency="EUR"), "Currency")
    qtbot.waitUntil(lambda: window.bars.get("currency") is not None)
    assert "in EUR: only the unit changed" in window.bars.get("currency").label.text()


def test_what_binds_is_said_in_a_sentence_with_something_to_try(planner, qtbot: QtBot) -> None:
    document = planner.document
    planner.show_workspace()
    dear = with_fields(document.plan, "offers", "rent_b", price_usd=1.5)
    cap = Policy(id="cap", name="Cap", kind="share", dimension="vendor", metric="power", limit=0.6)
    document.apply(msgspec.structs.replace(dear, policies=(cap,)), "Cap")
    document.select("plan")
    solved(planner, qtbot)
    # A point of 20 chips is 0.2 chips at half a dollar an hour: 876.60.
    hit = "You hit the 60\u202f% cap on A (Cap) in 2027. Each further point saves 876.6 USD, discounted"
    qtbot.waitUntil(lambda: any("Each further" in line for line in said(planner)))
    assert said(planner)[0].startswith(hit)
    # Before it is known how far that holds, one point is offered.
    qtbot.waitUntil(lambda: [b.accessibleName() for b in offered(planner)] == ["Try 65\u202f%"])
    (button,) = offered(planner)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert document.plan.policies[0].limit == pytest.approx(0.65)
    assert document.undo_stack.undoText() == "Try 65\u202f% for Cap"

    document.apply(dear, "No cap")
    document.select("offers", ["rent_b"])
    solved(planner, qtbot)
    qtbot.waitUntil(lambda: [b.accessibleName() for b in offered(planner)] == ["Try 1"])
    qtbot.mouseClick(offered(planner)[0], Qt.MouseButton.LeftButton)
    assert find(document.plan, "offers", "rent_b").price_usd == 1.0


def test_a_plan_without_work_is_told_as_no_answer(window, tmp_path, qtbot: QtBot) -> None:
    """Nothing at no cost is no optimum to anybody: each place says that there is nothing to plan, and what to add."""
    open_plan(window, msgspec.structs.replace(TWO_VENDORS, workloads=()), qtbot)
    window.show_workspace()
    qtbot.waitUntil(lambda: window.status._state.text() == "○ there is nothing to plan yet")
    assert window.kpis.cells[0].figure.second == "there is nothing to plan yet"
    assert window.scenarios.model.outcome_at(0).sentence == (
        "There is nothing to plan yet. Add work to be done, chips and a site."
    )
    window.show_view("results")
    page = window.views.page("results")
    qtbot.waitUntil(lambda: page.said.text().startswith("There is nothing to plan yet. Add work"))
    result = window.planner.result
    assert as_table(result).splitlines()[1].startswith("no work yet")
    assert ["Result", "no work yet"] in list(_summary(result, ""))
    window.document.apply(TWO_VENDORS, "Work")
    solved(window, qtbot)
    qtbot.waitUntil(lambda: window.status._state.text().startswith("● optimal in"))
