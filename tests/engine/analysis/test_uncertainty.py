"""Uncertain inputs: their quantiles, the cases drawn from them, and what the plan comes to."""

import math
import time

import numpy as np
import pytest
from scipy.stats import spearmanr

from gigaplan.engine.analysis.cases import BLOCK
from gigaplan.engine.analysis.uncertainty import (
    OutcomeJob,
    draws,
    ends,
    figure,
    outcome,
    outcomes,
    quantile,
    spread,
    under,
    with_uncertain,
)
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.correlations import correlations_of, going_together, with_nearest_correlations
from gigaplan.engine.plan.plan import with_fields, without
from gigaplan.engine.plan.schema import Uncertainty
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.validation.rules import check
from tests.engine.plans import plan_of

PRICE = {
    "id": "price", "table": "offers", "row": "rent", "field": "price_usd", "distribution": "triangular",
    "low": 0.8, "mode": 1.0, "high": 1.2,
}  # fmt: skip
DEMAND = PRICE | {"id": "demand", "table": "workloads", "row": "work", "field": "demand"}
SIDE = math.sqrt(0.1 * 0.2 * 0.4)
"""How far P10 of a triangle from 0.8 over 1 to 1.2 lies above 0.8: area 0.1 = SIDE^2 / (0.2 * 0.4)."""


def row(**fields):
    return Uncertainty(id="u", table="plan", field="discount_rate", **fields)


@pytest.mark.parametrize(
    ("uncertain", "p", "expected"),
    [
        (row(distribution="triangular", low=0.8, mode=1, high=1.2), 0.1, 0.8 + SIDE),
        (row(distribution="triangular", low=0.8, mode=1, high=1.2), 0.9, 1.2 - SIDE),
        (row(distribution="triangular", low=0.8, mode=1, high=1.2), 0.5, 1.0),
        # Below the mode lies 1/4 of the area; P50 is where a quarter above it is used up: 4 - sqrt(0.5 * 4 * 3).
        (row(distribution="triangular", low=0, mode=1, high=4), 0.25, 1.0),
        (row(distribution="triangular", low=0, mode=1, high=4), 0.5, 4 - math.sqrt(6)),
        (row(distribution="triangular", low=1, mode=1, high=2), 0.19, 2 - 0.9),
        (row(distribution="triangular", low=0, mode=2, high=2), 0.25, 1.0),
        (row(distribution="triangular", low=3, mode=3, high=3), 0.7, 3.0),
        (row(distribution="uniform", low=10, high=20), 0.1, 11.0),
        (row(distribution="normal", mean=1, sd=0.1), 0.9, 1.1281551566),
        (row(distribution="normal", mean=5, sd=0), 0.1, 5.0),
        # sigma^2 = ln(1 + 0.5^2), so that the median is 1 / sqrt(1.25).
        (row(distribution="lognormal", mean=1, sd=0.5), 0.5, 1 / math.sqrt(1.25)),
        (row(distribution="lognormal", mean=3, sd=0), 0.9, 3.0),
    ],
)
def test_quantiles_are_those_of_the_distribution(uncertain, p, expected):
    assert quantile(uncertain, p) == pytest.approx(expected, rel=1e-9)


def test_a_spread_without_measure_has_quantiles_too():
    # The variance of the logarithm is log(1 + 1e400), which is 400 log 10, though 1e400 is not a number.
    wide = row(distribution="lognormal", mean=1e-200, sd=1.0)
    assert quantile(wide, 0.5) == pytest.approx(math.exp(math.log(1e-200) - 200 * math.log(10)), rel=1e-9)


def test_a_spread_that_lacks_a_figure_has_no_quantiles():
    with pytest.raises(ValueError, match="mode of u is empty"):
        quantile(row(distribution="triangular", low=0, high=1), 0.5)


@pytest.mark.parametrize(
    ("fields", "mean", "sd"),
    [
        ({"distribution": "triangular", "low": 0, "mode": 1, "high": 4}, 5 / 3, math.sqrt((16 - 4 + 1) / 18)),
        ({"distribution": "uniform", "low": 1, "high": 4}, 2.5, 3 / math.sqrt(12)),
        ({"distribution": "normal", "mean": 2, "sd": 0.5}, 2, 0.5),
        ({"distribution": "lognormal", "mean": 2, "sd": 0.5}, 2, 0.5),
    ],
)
def test_what_is_drawn_has_the_mean_and_the_spread_that_were_given(fields, mean, sd):
    plan = plan_of(uncertainties=[PRICE | {"low": None, "mode": None, "high": None} | fields])
    values = np.array([case["price"] for case in draws(plan, 4000)])
    # A Latin hypercube has one value in each part: far closer than 1 / sqrt(4000).
    assert values.mean() == pytest.approx(mean, rel=2e-3)
    assert values.std() == pytest.approx(sd, rel=1e-2)


def test_each_part_of_a_spread_is_drawn_once_and_inputs_are_drawn_independently():
    uniform = {"distribution": "uniform", "low": 0.0, "high": 1.0, "mode": None}
    plan = plan_of(uncertainties=[PRICE | uniform, DEMAND | uniform])
    cases = draws(plan, 500, seed=3)
    for id in ("price", "demand"):
        assert sorted(int(case[id] * 500) for case in cases) == list(range(500))
    pairs = np.array([(case["price"], case["demand"]) for case in cases])
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.15  # 3.4 standard deviations of 500 independent pairs
    assert draws(plan, 500, seed=3) == cases
    assert draws(plan, 500, seed=4) != cases


def test_a_case_scales_or_sets_its_inputs_and_nothing_else():
    absolute = PRICE | {"id": "rate", "table": "plan", "row": None, "field": "discount_rate", "relative": False}
    plan = plan_of(uncertainties=[PRICE, DEMAND, absolute])
    moved = under(plan, {"price": 1.5, "rate": 0.2})
    assert moved.offers[0].price_usd == 3.0
    assert moved.settings.discount_rate == 0.2
    assert moved.workloads == plan.workloads
    assert under(plan, {}).offers == plan.offers


def test_a_linear_figure_moves_as_its_input_does():
    # 200 chips at 2 USD an hour do the work whatever they cost: all costs are the price's.
    plan = plan_of(uncertainties=[PRICE])
    base, solver = solve_plan(plan).kpis["tco_usd"], Solver()
    low, high = (outcome(plan, case, solver) for case in ends(plan))
    assert figure(low, "tco_usd") == pytest.approx(base * (0.8 + SIDE), rel=1e-9)
    assert figure(high, "tco_usd") == pytest.approx(base * (1.2 - SIDE), rel=1e-9)
    cases = draws(plan, 60)
    found = spread([outcome(plan, case, solver) for case in cases], "tco_usd")
    factors = np.array([case["price"] for case in cases])
    assert found.count == 60
    assert (found.low, found.high) == pytest.approx((base * factors.min(), base * factors.max()), rel=1e-9)
    assert (found.p10, found.p50, found.p90) == pytest.approx(base * np.quantile(factors, [0.1, 0.5, 0.9]), rel=1e-9)
    assert found.mean == pytest.approx(base, rel=2e-3)


def test_an_outcome_is_the_optimum_of_the_plan_with_that_input():
    plan = plan_of(
        uncertainties=[DEMAND], offers=[{}, {"id": "few", "price_usd": 1, "supply_chips_per_month": 150 / 12}]
    )
    for factor in (0.5, 1.3):
        typed = with_fields(plan, "workloads", "work", demand=100 * factor)
        expected = solve_plan(typed).kpis["objective_usd"]
        assert figure(outcome(plan, {"demand": factor}, Solver()), "objective_usd") == pytest.approx(expected, rel=1e-9)


def test_cases_without_an_answer_are_told_apart_and_kept_out_of_the_spread():
    share = PRICE | {"id": "share", "field": "availability", "low": 0.9, "high": 1.5}
    plan = plan_of(
        uncertainties=[DEMAND, share],
        sites=[{"power_mw": 0.32}],  # 213 chips, of 1.5 kW each; 200 are needed as planned
        policies=[{"id": "all", "name": "All", "kind": "coverage", "scope": "*", "limit": 1.0}],
    )
    low, high, _, more = (outcome(plan, case, Solver()) for case in ends(plan))
    assert (low.status, high.status, more.status) == ("optimal", "infeasible", "refused")
    assert "availability" in more.text
    assert figure(high, "tco_usd") is None
    assert spread([low, high, more], "tco_usd").count == 1
    assert spread([high, more], "tco_usd") is None
    assert figure(low, "coverage") == pytest.approx(1.0)


def test_inputs_are_made_uncertain_by_a_fifth_to_both_sides_with_ids_of_their_own():
    plan = plan_of(uncertainties=[PRICE | {"id": "rent_price_usd"}])
    made = with_uncertain(plan, [("offers", "rent", "price_usd"), ("plan", None, "discount_rate")])
    assert [u.id for u in made.uncertainties] == ["rent_price_usd", "rent_price_usd_2", "plan_discount_rate"]
    assert [quantile(u, 0.5) for u in made.uncertainties[1:]] == [1.0, 1.0]
    assert (made.uncertainties[2].low, made.uncertainties[2].high) == (0.8, 1.2)
    assert not [p for p in check(made) if p.severity == "error"]


def test_a_job_answers_case_by_case_and_ends():
    plan = plan_of(uncertainties=[PRICE])
    cases = ends(plan)
    job = OutcomeJob(plan, cases)
    found = [next(filter(None, iter(lambda: job.wait(0.5), 0))) for _ in cases]
    assert found == [outcome(plan, case, Solver()) for case in cases]
    job._process.wait()
    with pytest.raises(EOFError):
        job.wait(1.0)
    job.cancel()


def test_a_job_is_cancelled_at_once():
    plan = plan_of(uncertainties=[PRICE])
    cases = draws(plan, 10_000)
    began = time.monotonic()
    job = OutcomeJob(plan, cases)
    while job.wait(0.5) is None:
        pass
    until_it_spoke, began = time.monotonic() - began, time.monotonic()
    job.cancel()
    assert time.monotonic() - began < until_it_spoke
    assert job._process.poll() is not None


def test_cases_come_out_the_same_by_any_number_of_processes() -> None:
    plan = plan_of(uncertainties=[PRICE])
    cases = draws(plan, 2 * BLOCK + 5, seed=3)
    told: list[int] = []
    alone = outcomes(plan, cases)
    assert outcomes(plan, cases, 2, told.append) == alone
    assert told == list(range(1, len(cases) + 1))
    assert outcomes(plan, [], 2) == []


UNIFORM = {"distribution": "uniform", "low": 0.5, "high": 1.5, "mode": None}


def correlated(**pairs):
    """Three uncertain inputs, with rank correlations by the ids of both: price_demand."""
    rows = [PRICE | UNIFORM, DEMAND | UNIFORM, PRICE | UNIFORM | {"id": "rate", "field": "availability"}]
    for pair, rank in pairs.items():
        one, other = pair.split("_")
        row = next(r for r in rows if r["id"] == one)
        row["correlations"] = [*row.get("correlations", []), {"other": other, "rank": rank}]
    return plan_of(uncertainties=rows)


@pytest.mark.parametrize("sampling", ["latin", "sobol"])
def test_inputs_are_drawn_as_correlated_as_the_plan_says(sampling):
    cases = draws(correlated(price_demand=0.7, rate_price=-0.4), 10_000, 1, sampling)
    found = spearmanr(np.array([[case[id] for id in ("price", "demand", "rate")] for case in cases])).statistic
    assert np.abs(found - np.array([[1, 0.7, -0.4], [0.7, 1, 0], [-0.4, 0, 1]])).max() < 0.02


def test_fewer_samples_than_correlated_inputs_are_drawn_too():
    assert len(draws(correlated(price_demand=0.7, rate_price=-0.4), 2)) == 2


def test_correlations_that_cannot_hold_at_once_are_refused_with_the_nearest_that_can():
    plan = correlated(price_demand=0.9, demand_rate=0.9, rate_price=-0.9)
    found = [p for p in check(plan) if p.severity == "error"]
    assert {p.field for p in found} == {"correlations"}
    assert "cannot all hold at once" in found[0].text
    assert "demand 0.499" in found[0].remedy or "demand 0.5" in found[0].remedy
    nearest = with_nearest_correlations(plan)
    assert not [p for p in check(nearest) if p.severity == "error"]
    assert len(draws(nearest, 20)) == 20


@pytest.mark.parametrize(
    ("pairs", "words"),
    [({"price_price": 0.5}, "is the input itself"), ({"price_demand": 0.5, "demand_price": 0.4}, "a second time")],
)
def test_a_pair_is_named_once_and_never_with_itself(pairs, words):
    assert words in next(p for p in check(correlated(**pairs)) if p.severity == "error").text


def test_inputs_made_to_go_together_do_so_in_pairs_and_forget_who_goes():
    plan = going_together(correlated(), ["price", "demand", "rate"], 0.6)
    assert correlations_of(plan)[np.triu_indices(3, 1)] == pytest.approx(0.6)
    left = without(plan, "uncertainties", ["demand"])
    assert correlations_of(left)[0, 1] == pytest.approx(0.6)
    assert not [p for p in check(left) if p.severity == "error"]


def test_an_empirical_spread_draws_each_of_its_values_equally_often():
    seen = PRICE | {"distribution": "empirical", "values": [3.0, 1.0, 1.0, 2.0]}
    plan = plan_of(uncertainties=[seen])
    assert [quantile(plan.uncertainties[0], p) for p in (0.1, 0.6, 0.9)] == [1.0, 2.0, 3.0]
    drawn = [case["price"] for case in draws(plan, 400)]
    assert [drawn.count(v) for v in (1.0, 2.0, 3.0)] == [200, 100, 100]
    empty = plan_of(uncertainties=[PRICE | {"distribution": "empirical"}])
    assert "needs values" in next(p for p in check(empty) if p.severity == "error").text


def test_a_path_moves_each_period_by_a_factor_that_is_1_on_average():
    walk = DEMAND | {"distribution": "path", "volatility": 0.3}
    cases = draws(plan_of(uncertainties=[walk]), 4000)
    paths = np.array([case["demand"] for case in cases])
    assert paths.mean(axis=0) == pytest.approx(np.ones(4), abs=0.03)
    assert np.log(paths).var(axis=0) == pytest.approx(0.09 * (np.arange(4) + 0.5), rel=0.05)
    plan = plan_of(uncertainties=[walk])
    moved = under(plan, {"demand": (1.0, 2.0, 0.5, 1.5)})
    assert moved.workloads[0].demand == pytest.approx((100.0, 200.0, 50.0, 150.0))
    low, high = ends(plan)
    assert low["demand"][3] < low["demand"][0] < 1 < high["demand"][0] < high["demand"][3]


def test_a_path_goes_with_another_in_each_period_and_with_a_figure_over_all_of_them():
    walk = {"distribution": "path", "volatility": 0.3}
    plan = plan_of(uncertainties=[
        DEMAND | walk, PRICE | walk | {"correlations": [{"other": "demand", "rank": 0.8}]},
        PRICE | UNIFORM | {"id": "rate", "field": "availability", "correlations": [{"other": "demand", "rank": 0.5}]},
    ])  # fmt: skip
    cases = draws(plan, 4000)
    last = np.array([[case["demand"][-1], case["price"][-1], case["rate"]] for case in cases])
    found = spearmanr(last).statistic
    assert found[0, 1] == pytest.approx(0.8, abs=0.02)
    # With the sum of four steps of equal length it would be 0.5; the first is half as long.
    assert found[0, 2] == pytest.approx(0.5, abs=0.05)


def test_a_path_is_of_a_series():
    walk = PRICE | {"distribution": "path", "volatility": 0.3, "field": "availability"}
    assert "of a series" in next(p for p in check(plan_of(uncertainties=[walk])) if p.severity == "error").text
