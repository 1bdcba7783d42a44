"""What a report of a plan says: every figure, every assumption, and what stands in their way."""

import dataclasses
import hashlib
import re

import numpy as np
import pytest

from gigaplan.engine import __version__
from gigaplan.engine.analysis.infeasibility.remedies import diagnose
from gigaplan.engine.exchange.json import to_json
from gigaplan.engine.plan.plan import with_fields, with_row
from gigaplan.engine.plan.problems import Problem, say
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import Policy
from gigaplan.engine.results.result import failure
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.present.kpi_cells import figures
from gigaplan.gui.views.report.blocks import Cards, Charts, Facts, Notice, Points
from tests.gui.reports import all_words, blocks, lines, material, number, part, pdf, report, tables


def test_its_key_figures_are_those_of_the_strip(frontier):
    (cards,) = blocks(report(frontier), Cards)
    shown = {(c.title, c.value, c.unit, c.second) for c in cards.cards}
    assert {(f.title, f.value, f.unit, f.second) for f in figures(frontier.result)} <= shown
    assert len(cards.cards) == 8


def test_its_first_page_says_what_it_is(startup):
    made = report(startup)
    (facts,) = blocks(made, Facts)
    said = dict(facts.pairs)
    assert made.title == "startup"
    assert made.subtitle == "2026 Q3 to 2029 Q2, 12 quarters, USD"
    assert said["Made on"] == "22 November 2026, 20:37"
    assert said["Made by"] == f"Gigaplan {__version__}"
    assert said["File"] == "not saved yet"
    fingerprint = hashlib.sha256(to_json(startup.plan)).hexdigest()
    assert fingerprint[:16] in said["Plan hash"]
    assert fingerprint in all_words(made)


def test_costs_and_chips_add_up_to_the_result(frontier):
    made, result = report(frontier), frontier.result
    cost = tables(made, "Cost")[0]
    assert cost.columns[-1].unit == "M USD"
    total = lines(cost)
    assert number(total["Total cost of ownership"][-1]) == pytest.approx(result.kpis["tco_usd"] / 1e6, abs=0.5)
    assert number(total["Rentals"][0]) == pytest.approx(
        result.series("cost", "component")["rental"][:4].sum() / 1e6, abs=0.5
    )
    chips = lines(tables(made, "Allocation")[0])
    active = np.sum(list(result.series("chips", "offer|site").values()), axis=0)
    assert [number(cell) for cell in chips["All chips"][1:]] == pytest.approx([*active[3::4], active.max()], abs=0.5)


def test_every_row_of_the_plan_is_an_assumption_with_its_unit_and_source(frontier):
    made = report(frontier)
    platforms = tables(made, "Platforms (12)")
    named = [column.head for table in platforms for column in table.columns[1:] if column.head]
    assert named == [p.name for p in frontier.plan.platforms]
    values = {}
    for table in platforms:
        for k, column in enumerate(table.columns[1:]):
            values |= {(column.head, name): cells[k] for name, cells in lines(table).items()}
    assert values["H100", "Peak bf16, TFLOP/s"] == "989.4"
    assert values["H100", "Idle power"] == "30\u2009%"
    for title, table in (("Sites (6)", "sites"), ("Offers (18)", "offers"), ("Workloads (9)", "workloads")):
        heads = [c.head for t in tables(made, title) for c in t.columns]
        assert [row.name for row in getattr(frontier.plan, table) if row.name not in heads] == []
    sources = next(b for b in part(made, "Sources") if isinstance(b, Points)).items
    mark = re.fullmatch(r"\[(\d+)\] 2026-04", values["H100", "Source"])
    h100 = next(p for p in frontier.plan.platforms if p.name == "H100")
    assert sources[int(mark[1]) - 1].startswith(h100.source.removesuffix("."))
    assert "As of 2026-04." in sources[int(mark[1]) - 1]
    assert "H100" in sources[int(mark[1]) - 1].split("For: ")[1]


def test_values_that_differ_by_period_are_all_there(frontier):
    (table,) = tables(report(frontier), "Sites: values by period")
    iowa = next(k for k, c in enumerate(table.columns) if c.head == "Iowa")
    site = next(s for s in frontier.plan.sites if s.name == "Iowa")
    assert table.columns[iowa].unit == "Facility power, MW"
    assert [number(row.cells[iowa]) for row in table.rows] == list(site.power_mw)
    assert [row.cells[0] for row in table.rows] == list(frontier.result.time.labels)


def test_a_throughput_says_whether_it_was_measured_or_modelled(frontier):
    rows = {row.cells[:2]: row.cells[4:] for row in tables(report(frontier), "Throughput behind")[0].rows}
    basis, source = rows["Batch inference", "B200"]
    assert basis.startswith("measured")
    assert source.startswith("[")
    basis, source = rows["Chat serving, US", "TPU v7 Ironwood"]
    assert basis == "modelled 0.4–2.9×", "the band of XLA: 1 / 2.48 to 1 / 0.34"
    assert source.endswith("] 2026-11")


def test_what_an_agreement_owes_and_strands():
    of = material(load_template("commitment-200b"))
    made = report(of)
    signed = of.result.decisions["signed"]
    yearly = {row.name: row.commit_usd_per_year * signed[row.id] / 1e6 for row in of.plan.agreements}
    assert sorted(yearly.values())[-2:] == [0, 40_000], "of the three sizes, 200 B is signed"
    (table,) = tables(made, "Agreements")
    assert [c.unit for c in table.columns[2:]] == ["M USD"] * 4
    for row in table.rows:
        owed, used, stranded, _ = map(number, row.cells[2:])
        assert owed == yearly[row.cells[0]]
        assert used + stranded == pytest.approx(owed, abs=1)
    policies = lines(tables(made, "Policies")[0])
    name = "At most 80 % with one provider"
    assert policies[name][0] == "Most power of each provider"
    assert policies[name][2] == "binds"
    assert policies[name][3].startswith("$")


def test_an_offer_that_is_not_chosen_says_at_which_price_it_would_be(startup):
    rows = lines(tables(report(startup), "What is not chosen")[0])
    price, needed, unit, where = rows["H200 · buy"]
    assert (price, unit) == ("31\u2009620", "USD/chip")
    assert where.startswith("Colocation, Dallas, 20")
    cheaper = with_fields(startup.plan, "offers", "h200_buy", price_usd=number(needed) * 0.98)
    assert solve_plan(cheaper).series("chips", "offer")["h200_buy"].max() > 1
    assert "B200 · buy" not in rows


def test_scenarios_stand_beside_the_plan_as_far_as_they_are_solved(startup):
    plan = startup.plan
    first, second = plan.scenarios[:2]
    result = solve_plan(apply_scenario(plan, first.id))
    made = report(material(plan, result=startup.result, scenarios={first.id: result}))
    said = {row.cells[0]: row.cells[2] for row in tables(made, "Scenarios")[0].rows}
    assert said[first.name].startswith("Total cost")
    assert said[second.name] == "Not solved yet."
    (table,) = tables(made, "Key figures by scenario")
    row = lines(table)["Total cost of ownership"]
    strip = figures(startup.result)[0].value
    assert row[0] == strip
    assert row[1] == figures(result)[0].value
    assert "Without figures" in all_words(made)


def test_a_plan_that_cannot_be_met_says_so_and_has_no_figures():
    plan = load_template("frontier-1gw")
    plan = with_row(
        with_fields(plan, "sites", ("dublin", "hamina"), power_mw=1.0),
        "policies",
        Policy(id="eu", name="Serve Europe", kind="coverage", scope="chat_eu", limit=1.0),
    )
    result = solve_plan(plan)
    assert result.status == "infeasible"
    found = diagnose(plan)
    made = report(material(plan, result=result, diagnosis=found))
    assert blocks(made, Notice)[0] == Notice("No plan meets every limit, so there are no figures", tone="error")
    remedies = part(made, "Smallest remedies")
    points = next(b for b in remedies if isinstance(b, Points))
    assert [p.lower() for p in points.items] == [f"{m.text}.".lower() for m in found.remedies]
    assert points.numbered
    assert not blocks(made, Cards)
    assert not blocks(made, Charts)
    assert tables(made, "Offers (18)")
    assert pdf(material(plan, result=result, diagnosis=found)).startswith(b"%PDF")


@pytest.mark.parametrize("status", ["unbounded", "time_limit", "cancelled", "error"])
def test_no_solve_that_failed_passes_for_an_answer(status, startup):
    wrong = Problem(severity="error", path="offers[0].price_usd", message=say("price_0"))
    made = report(material(startup.plan, result=failure(startup.plan, status, (wrong,))))
    assert blocks(made, Notice)[0].tone == "error"
    assert "no figures" in blocks(made, Notice)[0].title
    assert not blocks(made, Cards)
    said = "is 0: its chips cost nothing. Give its price."
    assert tables(made, "Problems")[0].rows[0].cells == ("Error", wrong.path, said)


def test_edits_warnings_and_decisions_that_are_held_are_said(startup):
    doubt = Problem(severity="warning", message=say("in_other_words", why="it was made by an older Gigaplan"))
    held = dataclasses.replace(startup.result, integers="held")
    more = {"file": "plan.gigaplan, revision 3", "is_edited": True, "warnings": (doubt,)}
    made = report(material(startup.plan, result=held, **more))
    said = {n.title: n for n in blocks(made, Notice)}
    edited = said["This plan holds edits that are not saved"]
    assert "differs from the plan in plan.gigaplan, revision 3" in edited.lines[0]
    assert "not proven" in said["Solved to optimality"].lines[1]
    assert said["Solved to optimality"].tone == "warning"
    assert "The checks of the plan found 1 warning" in said
    assert not any("not saved" in n.title for n in blocks(report(startup), Notice))


def test_work_that_is_not_served_is_said_on_the_first_page(startup):
    plan = with_fields(startup.plan, "sites", tuple(s.id for s in startup.plan.sites), power_mw=0.1)
    result = solve_plan(plan)
    notice = next(
        n for n in blocks(report(material(plan, result=result)), Notice) if n.title == "Not all work is served"
    )
    assert all("worth $" in line or "no value" in line for line in notice.lines)
    assert not any(n.title == "Not all work is served" for n in blocks(report(startup), Notice))
