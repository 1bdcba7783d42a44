"""Modelled throughputs as uncertain inputs within their bands, and where those leave a choice open."""

import msgspec
import numpy as np
import pytest
from scipy.stats import spearmanr

from gigaplan.engine.analysis.throughput_bands import (
    STACK_RANK,
    lognormal,
    main_platform,
    modelled_pairs,
    not_uncertain_yet,
    open_choices,
    with_bands,
)
from gigaplan.engine.analysis.uncertainty import HIGH, LOW, draws, quantile, under
from gigaplan.engine.plan.correlations import correlations_of
from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.scenarios import apply_scenario, target
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.plan.throughput import estimate, throughput
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.validation.rules import check
from tests.engine.plans import plan_of

MODEL = {
    "total_params_b": 70, "active_params_b": 70, "context_tokens": 2000, "prompt_tokens_per_output": 4,
    "kv_bytes_per_token": 160e3, "max_token_latency_ms": 50,
}  # fmt: skip
SERVED = {"unit": "tokens/s", "kind": "inference", "precision": "fp8", "inference": MODEL, "demand": 1e5}
BAND = (1 / 2.2, 1 / 0.64)
"""cuda, dense, fp8, 25 to 50 ms: the wider ends of (0.92, 2.2) and (0.64, 1.91)."""


def served_by(*prices: float, stack: str = "cuda") -> Plan:
    """A model served by like chips at these prices per hour."""
    ids = [f"p{k}" for k in range(len(prices))]
    return plan_of(
        platforms=[{"id": id, "name": id.upper(), "stack": stack} for id in ids],
        offers=[{"id": f"o{k}", "platform": ids[k], "price_usd": price} for k, price in enumerate(prices)],
        workloads=[SERVED],
        sites=[{"power_mw": None}],
    )


def test_ends_of_a_band_are_p10_and_p90() -> None:
    plan = with_bands(served_by(2, 3))
    assert [(row.row, row.field) for row in plan.uncertainties] == [
        ("work", "throughput.p0"),
        ("work", "throughput.p1"),
    ]
    for row in plan.uncertainties:
        assert (quantile(row, LOW), quantile(row, HIGH)) == pytest.approx(BAND)
    assert not check(plan)
    assert with_bands(plan) == plan
    assert not not_uncertain_yet(plan)


def test_those_on_one_stack_go_together() -> None:
    chips = {"p0": "cuda", "p1": "rocm", "p2": "cuda"}
    plan = with_bands(
        plan_of(
            platforms=[{"id": id, "name": id, "stack": stack} for id, stack in chips.items()],
            offers=[{"id": f"o{id}", "platform": id} for id in chips],
            workloads=[SERVED],
        )
    )
    assert not check(plan)
    ranks = correlations_of(plan)
    assert ranks.tolist() == [[1, 0, STACK_RANK], [0, 1, 0], [STACK_RANK, 0, 1]]
    ids = [row.id for row in plan.uncertainties]
    drawn = np.array([[case[id] for id in ids] for case in draws(plan, 400, 1)])
    assert spearmanr(drawn).statistic[0, 2] == pytest.approx(STACK_RANK, abs=0.05)
    assert spearmanr(drawn).statistic[0, 1] == pytest.approx(0, abs=0.1)


def test_lognormal_of_a_band() -> None:
    # ln 4 is 1.2815516 deviations: one is 1.0817309, the mean exp(0.5850709), sd = mean x sqrt(e^1.1701418 - 1).
    mean, sd = lognormal((0.25, 4.0))
    assert mean == pytest.approx(1.7951189, rel=1e-6)
    assert sd == pytest.approx(2.6761415, rel=1e-6)


def test_only_modelled_throughputs_with_a_band_count() -> None:
    assert not list(modelled_pairs(served_by(2, stack="nobody measured it")))
    stated = {"platform": "p0", "value": 900, "basis": "measured"}
    plan = with_fields(served_by(2, 3), "workloads", "work", throughput=msgspec.convert([stated], tuple))
    plan = plan_of(
        platforms=[
            {"id": "p0", "stack": "cuda"},
            {"id": "p1", "stack": "cuda"},
            {"id": "not_on_offer", "stack": "cuda"},
        ],
        offers=[{"id": "a", "platform": "p0"}, {"id": "b", "platform": "p1"}],
        workloads=[SERVED | {"throughput": [stated]}],
    )
    assert [pair.platform for pair in modelled_pairs(plan)] == ["p1"]


def test_a_case_moves_what_one_chip_does() -> None:
    plan = with_bands(served_by(2, 3))
    before = throughput(plan)[0]
    moved = under(plan, {plan.uncertainties[1].id: 0.5})
    assert throughput(moved)[0].tolist() == pytest.approx([before[0], before[1] / 2])
    found = estimate(moved, moved.workloads[0], moved.platforms[1])
    assert found.basis == "modelled"
    assert found.source == estimate(plan, plan.workloads[0], plan.platforms[1]).source


def test_a_scenario_can_name_the_throughput_on_a_platform() -> None:
    stated = {"platform": "p1", "value": 900, "basis": "measured", "source": "ours"}
    plan = served_by(2, 3)
    plan = with_fields(
        plan,
        "workloads",
        "work",
        throughput=plan_of(workloads=[SERVED | {"throughput": [stated]}]).workloads[0].throughput,
    )
    override = Override(table="workloads", row="work", field="throughput.p1", op="scale", value=2)
    moved = apply_scenario(
        msgspec.structs.replace(plan, scenarios=(Scenario(id="s", name="", overrides=(override,)),)), "s"
    )
    assert throughput(moved)[0, 1] == 1800
    assert [row.basis for row in moved.workloads[0].throughput] == ["measured"]


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        ("nobody", "throughput.p0", "no such row"),
        ("work", "throughput.nothing", "platforms has no such row"),
        ("work", "throughput.small", "cannot run"),
    ],
)
def test_a_throughput_that_there_is_not_is_refused(row: str, field: str, said: str) -> None:
    plan = plan_of(
        platforms=[{"id": "p0", "stack": "cuda"}, {"id": "small", "memory_gb": 0.1}],
        offers=[{"platform": "p0"}],
        workloads=[SERVED],
    )
    with pytest.raises(LookupError, match=said):
        target(plan, "workloads", row, field)
    override = Override(table="workloads", row=row, field=field, op="scale", value=2)
    with pytest.raises(PlanError, match=said):
        apply_scenario(
            msgspec.structs.replace(plan, scenarios=(Scenario(id="s", name="", overrides=(override,)),)), "s"
        )


def test_an_order_is_open_within_the_band_alone() -> None:
    # Like chips: the dearer one is best once the other does less than 2/3 of its model, which is within the band ...
    near = solve_plan(served_by(2, 3))
    assert main_platform(near, "work") == "p0"
    (found,) = open_choices(near)
    assert (found.workload, found.chosen, found.other, found.moved) == ("work", "p0", "p1", "p0")
    assert found.band == pytest.approx(BAND)
    # ... and at 2/5 of its model, which is not; nor does the other one do five halves of its own.
    assert not open_choices(solve_plan(served_by(2, 5)))


def test_a_rival_is_tried_at_its_high_end_where_the_chosen_one_is_sure() -> None:
    stated = {"platform": "p0", "value": 1000, "basis": "measured"}
    plan = served_by(1, 1)
    value = estimate(plan, plan.workloads[0], plan.platforms[1]).value
    rows = plan_of(workloads=[SERVED | {"throughput": [stated | {"value": value * 1.2}]}]).workloads[0].throughput
    (found,) = open_choices(solve_plan(with_fields(plan, "workloads", "work", throughput=rows)))
    assert (found.chosen, found.other, found.moved) == ("p0", "p1", "p1")


def test_a_cancelled_search_leaves_nothing_settled() -> None:
    from gigaplan.engine.optimization.solution import Cancelled

    result = solve_plan(served_by(2, 3))
    with pytest.raises(Cancelled):
        open_choices(result, cancelled=lambda: True)
    assert not result.open_choices.is_complete
