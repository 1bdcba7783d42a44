"""A first plan from four answers: it opens solved, serves its work, and says what in it is assumed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.validation.rules import check
from gigaplan.gui.document.document import Document
from gigaplan.gui.views.catalogue.adding import add_from_catalogue
from gigaplan.gui.views.catalogue.first_plan import NOT_SOLD, POWER_ASSUMED, first_plan
from gigaplan.gui.views.welcome.first_plan_dialog import FirstPlan


@pytest.fixture
def questions(window, qtbot: QtBot):
    """The page of questions over the welcome page."""
    qtbot.mouseClick(window.welcome.new_button, Qt.MouseButton.LeftButton)
    (asked,) = window.findChildren(FirstPlan)
    return asked


def test_with_every_answer_as_it_stands_a_plan_opens_solved(window, questions, qtbot: QtBot) -> None:
    """Two actions from the first page to a plan with figures."""
    qtbot.mouseClick(questions.make_button, Qt.MouseButton.LeftButton)
    assert window.pages.currentIndex() == 1
    assert window.wait_until_settled(120)
    result, plan = window.planner.result, window.document.plan
    assert result.status == "optimal"
    assert result.kpis["coverage_by_value"] == pytest.approx(1)
    assert window.has_plan
    assert [w.name for w in plan.workloads] == ["Chat serving"]
    assert plan.settings.periods == 12
    assert plan.sites[0].source.endswith(POWER_ASSUMED)
    assert [p for p in check(plan) if p.severity == "error"] == []


def test_the_answers_are_what_the_plan_is_made_of(window, questions, qtbot: QtBot) -> None:
    box, size = questions.works["pretraining"]
    questions.works["chat_serving"][0].click()
    qtbot.mouseClick(questions.make_button, Qt.MouseButton.LeftButton)
    assert questions.said.text() == "Choose some work first."
    box.click()
    size.setCurrentIndex(0)
    questions.all_chips.click()
    for chip in ("nvidia_b200", "amd_mi355x"):
        questions.chips[chip].click()
    questions.site.setCurrentIndex(questions.site.findData("ie_dublin"))
    questions.power.setText("2 GW")
    questions.years.setCurrentIndex(0)
    qtbot.mouseClick(questions.make_button, Qt.MouseButton.LeftButton)
    plan = window.document.plan
    (work,) = plan.workloads
    assert (work.kind, work.demand, work.max_delay_months) == ("pretraining", 100.0, 6.0)
    assert [p.vendor for p in plan.platforms] == ["NVIDIA", "AMD"]
    assert [(s.jurisdiction, s.power_mw) for s in plan.sites] == [("EU", 2000.0), ("EU", None)]
    assert plan.settings.periods == 4


def test_an_empty_plan_is_one_more_press(window, questions, qtbot: QtBot) -> None:
    qtbot.mouseClick(questions.empty_button, Qt.MouseButton.LeftButton)
    assert window.pages.currentIndex() == 1
    assert window.document.plan.offers == ()


def test_what_is_rented_takes_no_power_of_ones_own_and_what_is_not_sold_is_not_bought() -> None:
    plan = first_plan({"research": 0.1}, (), {"us_ia_council_bluffs": 1.0}, 1, "2027-01")
    own = plan.sites[0].id
    assert all(own not in o.sites for o in plan.offers if o.kind == "rental")
    vendors = {p.id: p.vendor for p in plan.platforms}
    assert not any(vendors[o.platform] in NOT_SOLD for o in plan.offers if o.kind == "purchase")
    assert {o.sites for o in plan.offers if o.kind == "purchase"} == {(own,)}
    assert solve_plan(plan).status == "optimal"
    document = Document(plan)
    add_from_catalogue(document, "site", "ie_dublin")
    own_now = (own, document.plan.sites[-1].id)
    assert {o.sites for o in document.plan.offers if o.kind == "purchase"} == {own_now}


def test_a_rental_from_the_catalogue_comes_with_its_region() -> None:
    document = Document(first_plan({"research": 0.1}, ("nvidia_b200",), {"ie_dublin": 1.0}, 1, "2027-01"))
    before = len(document.plan.sites)
    rental = next(o for o in document.plan.offers if o.kind == "rental")
    add_from_catalogue(document, "offer", rental.catalogue.rpartition(" ")[2])
    assert len(document.plan.sites) == before
    assert document.plan.offers[-1].sites == rental.sites
    region = next(s for s in document.plan.sites if s.id == rental.sites[0])
    assert (region.power_mw, region.jurisdiction) == (None, "EU")
