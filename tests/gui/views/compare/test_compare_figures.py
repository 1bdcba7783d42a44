"""Key figures of scenarios side by side: differences by hand, which way is better, and in words."""

from __future__ import annotations

import pytest

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.present.compare_figures import Compared, kpi_rows, part, part_words, step, step_words
from gigaplan.gui.present.scenario_words import OutcomeWords
from tests.gui.compare_pages import HOURS, plan_of


def entry(plan: Plan, id: str) -> Compared:
    result = solve_plan(apply_scenario(plan, id) if id else plan)
    return Compared(id, id or "Base", result, True, OutcomeWords(result.status, "Words."))


def test_differences_by_hand() -> None:
    plan = plan_of()
    rows = {row.kpi: row for row in kpi_rows(plan, [entry(plan, ""), entry(plan, "dear"), entry(plan, "grown")])}
    assert rows["tco_usd"].values == pytest.approx((200 * 2 * HOURS, 200 * 3 * HOURS, 400 * 3 * HOURS))
    # Dear serves the same work for more: worse. Grown serves more: a higher cost says nothing.
    assert rows["tco_usd"].senses == (0, -1, 0)
    assert rows["objective_usd"].senses == (0, -1, 0)
    assert rows["peak_it_mw"].values == pytest.approx((0.2, 0.2, 0.4))
    unit = rows["usd_per_pflop_day"].children[0]
    assert (unit.workload, unit.label, unit.senses) == ("work", "Work", (0, -1, -1))
    # 2 chips of 2 USD an hour for each PFLOP/s: 96 USD a day.
    assert unit.values == pytest.approx((96, 144, 144))
    assert rows["coverage"].values == pytest.approx((1, 1, 1))


def test_a_scenario_without_an_optimum_has_no_figures_and_colours_nothing() -> None:
    plan = plan_of()
    rows = kpi_rows(plan, [entry(plan, ""), entry(plan, "cut")])
    assert all(row.values[1] is None and row.senses == (0, 0) for row in rows)


def test_two_solves_of_one_plan_do_not_differ() -> None:
    assert (step(2.48e11 - 3e-5, 2.48e11), part(2.48e11 - 3e-5, 2.48e11)) == (0, 0)
    assert step(1.001, 1.0) == pytest.approx(0.001)
    assert (step(0.0, 0.0), part(0.0, 0.0), step(None, 1.0)) == (0, None, None)


def test_differences_in_words() -> None:
    assert step_words(3.2e9, "tco_usd", "USD") == "+$3.2\u2009B"
    assert step_words(-0.012, "coverage", "USD") == "−1.2\u2009pt"
    assert step_words(0.0, "tco_usd", "USD") == "="
    assert (step_words(None, "tco_usd", "USD"), part_words(None)) == ("", "")
    assert part_words(0.0424) == "+4.24\u2009%"
    assert part_words(-0.5) == "−50\u2009%"
    assert part_words(39.0) == "×\u200940"
