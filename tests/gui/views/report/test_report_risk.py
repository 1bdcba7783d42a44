"""What a report says of uncertain inputs: what the page Risk found, and nothing that nobody asked for."""

import math

import pytest

import gigaplan.gui.views.report.document
from gigaplan.engine.analysis.uncertainty import draws, ends, outcome
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import with_fields
from gigaplan.gui.jobs.risk_job import ShownTable, Tried
from gigaplan.gui.views.report.blocks import Charts, Heading, Table, Words
from tests.engine.plans import plan_of
from tests.gui.reports import all_words, lines, material, number, part, pdf, report, tables

PRICE = {
    "id": "price", "table": "offers", "row": "rent", "field": "price_usd", "distribution": "triangular",
    "low": 0.8, "mode": 1.0, "high": 1.2,
}  # fmt: skip
DEMAND = PRICE | {"id": "demand", "table": "workloads", "row": "work", "field": "demand", "low": 0.5, "high": 1.5}
SIDE = math.sqrt(0.1 * 0.2 * 0.4)
TIGHT = {
    "sites": [{"power_mw": 0.32}],
    "policies": [{"id": "all", "name": "All", "kind": "coverage", "scope": "*", "limit": 1.0}],
}


def tried(plan, count: int, asked: int = 0, seed: int = 0, kpi: str = "tco_usd") -> Tried:
    """What the page Risk would have found."""
    solver = Solver()
    alone = [outcome(plan, case, solver) for case in ends(plan)]
    rows = plan.uncertainties
    swings = {row.id: (alone[2 * k], alone[2 * k + 1]) for k, row in enumerate(rows)}
    cases = draws(plan, asked or count, seed)[:count] if count else []
    return Tried(kpi, swings, tuple(outcome(plan, case, solver) for case in cases), asked or count, seed)


def said(made) -> str:
    return " ".join(b.text for b in part(made, "Risk") if isinstance(b, Words)).replace("\u2009", " ")


@pytest.fixture
def plan():
    return plan_of(uncertainties=[PRICE, DEMAND])


def test_a_plan_whose_inputs_are_all_sure_has_no_such_section(qapp):
    assert "Risk" not in [b.text for b in report(material(plan_of())).blocks if isinstance(b, Heading)]


def test_decisions_that_were_worked_out_are_in_the_report_as_they_were_shown(qapp):
    table = ShownTable("What to sign now", ("", "Base"), (("Hedged over all", "best"),), ("Nothing differs now.",))
    made = report(material(plan_of(), tried=Tried("tco_usd", {}, (), 0, 0, (table,))))
    heading, words, shown = part(made, "Risk")
    assert (heading.text, words.text) == ("What to sign now", "Nothing differs now.")
    assert [c.head for c in shown.columns] == ["Plan", "Base"]
    assert lines(shown) == {"Hedged over all": ("best",)}


def test_what_nobody_tried_is_named_in_a_line(qapp, plan):
    for found in (None, Tried("tco_usd", {}, (), 0, 0)):
        blocks = part(report(material(plan, tried=found)), "Risk")
        assert [type(b) for b in blocks] == [Words]
        assert blocks[0].text == "2 inputs are uncertain: Price of Rent, Demand of Work. They were not drawn."


def test_a_plan_without_an_optimum_names_its_uncertain_inputs(qapp, plan):
    never = plan_of(uncertainties=[DEMAND], **(TIGHT | {"sites": [{"power_mw": 0.01}]}))
    found = report(material(never, tried=tried(plan, 5)))
    assert said(found) == "1 input is uncertain: Demand of Work. It was not drawn."


def test_the_section_gives_the_tornado_the_quantiles_and_what_they_rest_on(qapp, plan):
    found = tried(plan, 40, seed=7)
    made = report(material(plan, tried=found))
    alone, together, exceeding, *fans = (b.figures[0] for b in part(made, "Risk") if isinstance(b, Charts))
    assert alone.title == "Total cost of ownership: what moves it most"
    assert together.title == "Total cost of ownership over 40 samples"
    assert exceeding.title == "Total cost of ownership: chance of so much or more"
    assert [each.title.removesuffix(" over 40 samples") for each in fans] == [
        "Cost", "Chips", "Facility power", "Emissions",
    ]  # fmt: skip
    assert not any(figure.image().isNull() for figure in (exceeding, *fans))
    (table,) = tables(made, "Risk")
    assert [c.head for c in table.columns] == [
        "Key figure", "As planned", "P10", "P50", "P90", "Mean", "At or below plan",
    ]  # fmt: skip
    costs = sorted(o.kpis["tco_usd"] for o in found.drawn)
    cells = lines(table)["Total cost of ownership"]
    base = number(cells[0].strip("$kM\u2009"))
    # All costs are rents: at its P10 and P90 the price moves them by as much; the median of 40 lies between two cases.
    low = found.swings["price"][0].kpis["tco_usd"]
    scale = low / (0.8 + SIDE) / base
    assert number(cells[2].strip("$kM\u2009")) * scale == pytest.approx((costs[19] + costs[20]) / 2, rel=1e-3)
    words = said(made)
    assert "40 samples." in words
    assert "Seed 7: the same seed draws the same samples." in words
    assert "sampled together, correlated where the plan says so" in words
    assert "Every sample has a plan that meets every limit." in words
    assert "in Assumptions, under Uncertainties" in words
    assert "Uncertainties (2)" in all_words(made)
    assert pdf(material(plan, tried=found)).startswith(b"%PDF")


def test_how_often_no_plan_meets_every_limit_and_how_many_cases_are_missing_is_said(qapp):
    plan = plan_of(uncertainties=[DEMAND], **TIGHT)
    found = tried(plan, 30, asked=100)
    failed = sum(o.status == "infeasible" for o in found.drawn)
    assert failed > 3
    words = said(report(material(plan, tried=found)))
    assert "30 of 100 samples." in words
    assert f"In {failed} of 30 (" in words
    assert "no plan meets every limit. Quantiles are of the other samples." in words


def test_where_no_case_has_a_plan_only_that_is_said(qapp):
    plan = plan_of(uncertainties=[DEMAND | {"low": 2.0, "mode": 2.5, "high": 3.0}], **TIGHT)
    made = report(material(plan, tried=tried(plan, 10)))
    assert "In 10 of 10 (100 %) no plan meets every limit. All inputs sampled" in said(made)
    assert tables(made, "Risk") == []


def test_all_together_is_left_out_where_only_each_alone_was_tried(qapp, plan):
    made = report(material(plan, tried=tried(plan, 0)))
    assert len([b for b in part(made, "Risk") if isinstance(b, Charts)]) == 1
    assert "All of them together were not drawn." in said(made)


def test_the_figure_that_was_looked_at_is_the_one_of_the_charts_and_the_first_of_the_table(qapp, plan):
    made = report(material(plan, tried=tried(plan, 12, kpi="energy_mwh")))
    titles = [b.figures[0].title for b in part(made, "Risk") if isinstance(b, Charts)]
    assert titles[:2] == ["Facility energy: what moves it most", "Facility energy over 12 samples"]
    assert titles[2] == "Facility energy: chance of so much or more"
    (table,) = tables(made, "Risk")
    assert table.rows[0].cells[0] == "Facility energy"
    assert len({row.cells[0] for row in table.rows}) == len(table.rows)


def test_inputs_without_a_bar_stand_in_a_table(qapp):
    offers = [{}, *({"id": f"o{k}", "name": f"O {k}", "price_usd": 2 + k} for k in range(11))]
    more = [PRICE | {"id": f"p{k}", "row": f"o{k}"} for k in range(11)]
    plan = plan_of(offers=offers, uncertainties=[PRICE, DEMAND, *more])
    table = next(b for b in part(report(material(plan, tried=tried(plan, 0))), "Risk") if isinstance(b, Table))
    assert len(table.rows) == 3
    assert all(row.cells[0].startswith("Price of O ") for row in table.rows)
    assert table.rows[0].cells[1] == "× 0.889"


def test_a_report_has_what_the_page_found_of_the_plan_as_it_stands(qtbot, window, tmp_path, monkeypatch):
    made = []
    steps = gigaplan.gui.views.report.document.pdf_steps

    def noting(of, size):
        made.append(of)
        return steps(of, size)

    monkeypatch.setattr(gigaplan.gui.views.report.document, "pdf_steps", noting)

    def write() -> None:
        window.report.write(tmp_path / "report.pdf")
        qtbot.waitUntil(lambda: not window.report.is_running)

    window.show_workspace()
    window.document.start(plan_of(uncertainties=[PRICE, DEMAND]))
    assert window.wait_until_solved(300)
    write()
    assert made[-1].tried is None
    page = window.show_view("risk")
    qtbot.waitUntil(lambda: page.outcomes.are_swings_fresh)
    page.kpi.setCurrentIndex(page.kpi.findData("energy_mwh"))
    page.refresh()
    page.outcomes.draw(20, 3)
    qtbot.waitUntil(lambda: not page.outcomes.is_drawing)
    page.refresh()
    write()
    found = made[-1].tried
    assert (found.kpi, len(found.drawn), found.asked, found.seed) == ("energy_mwh", 20, 20, 3)
    assert set(found.swings) == {"price", "demand"}
    words = said(report(made[-1]))
    assert page.together.words.text().replace("\u2009", " ") in words
    window.show_view("map")
    window.document.apply(with_fields(window.document.plan, "offers", "rent", price_usd=4.0), "price")
    write()
    assert (made[-1].tried.swings, made[-1].tried.drawn) == ({}, ())
    assert not page.outcomes.is_trying
    assert not page.outcomes.is_drawing
    page.stop()
