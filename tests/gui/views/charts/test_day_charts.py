"""A day of a period in its blocks, and chips by how they run: against figures computed by hand."""

import numpy as np
import pytest

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.present.chart_data import ALLOCATION, MODE, source_of
from gigaplan.gui.present.day_charts import DAY, NO_BLOCKS
from gigaplan.gui.present.explain_nodes import explain_drawn
from tests.engine.plans import plan_of

CHIPS, WORK = DAY
BLOCKS = [{"name": "night", "share": 1 / 3}, {"name": "day", "share": 2 / 3}]


def day_plan(**over: object) -> Plan:
    """100 PFLOP/s on average on chips of 0.5 each: half the mean at night, five quarters of it by day."""
    work = {"profile": [0.5, 1.25]} | over
    return plan_of(plan={"blocks": BLOCKS, "periods": 1}, workloads=[work], offers=[{"term_months": 12}])


def lines(picture) -> dict[str, list[float]]:
    return {line.key: pytest.approx(line.values.tolist(), abs=1e-6) for line in picture.lines}


def test_chips_of_a_day() -> None:
    picture = CHIPS.make(solve_plan(day_plan()), {})
    columns = tuple(column.replace("\N{THIN SPACE}", " ") for column in picture.columns)
    assert columns == ("night, 33 % of the day", "day, 67 % of the day")
    assert lines(picture)["work"] == [100, 250]
    assert lines(picture)["stands"] == [250, 250]
    # Of 250 chips that run all day 150 are idle at night, unless they are switched off in the whole period.
    assert lines(picture)["(idle)"] == [150, 0]


def test_work_of_a_day_against_its_demand() -> None:
    picture = WORK.make(solve_plan(day_plan()), {"workload": "work"})
    assert picture.unit == "PFLOP/s"
    assert lines(picture) == {"own": [50, 125], "demand": [50, 125]}


def test_what_is_bought_and_what_is_not_served() -> None:
    api = {
        "id": "api", "name": "API", "provider": "other", "unit": "PFLOP/s", "workloads": ["work"], "price_usd": 1,
        "limit": 60,
    }  # fmt: skip
    made = plan_of(
        plan={"blocks": BLOCKS, "periods": 1}, workloads=[{"profile": [0.5, 1.25], "peak_factor": 2}],
        offers=[{"supply_chips_per_month": 25, "term_months": 12}], services=[api],
    )  # fmt: skip
    picture = WORK.make(solve_plan(made), {"workload": "work"})
    # 300 chips do 150 at most; the service 60 of what is wanted at the peak, 100 by night and 250 by day.
    assert lines(picture)["demand"] == [100, 250]
    values = {line.key: line.values for line in picture.lines}
    assert (values["own"][1], values["bought"][1]) == (pytest.approx(150), pytest.approx(60))
    assert lines(picture)["unmet"] == [0, 40]


def test_work_that_may_be_done_at_any_hour_is_short_at_none() -> None:
    picture = WORK.make(solve_plan(day_plan(day_flexible=True)), {"workload": "work"})
    own = next(line.values for line in picture.lines if line.key == "own")
    assert own @ np.array([1 / 3, 2 / 3]) == pytest.approx(100)
    assert "other hours" in picture.note
    assert "unmet" not in lines(picture)


def test_a_plan_without_blocks_says_where_to_add_them() -> None:
    for chart in DAY:
        picture = chart.make(solve_plan(plan_of()), {"workload": "work"})
        assert (picture.lines, picture.empty) == ((), NO_BLOCKS)


def test_chips_by_how_they_run() -> None:
    # Demand halves in the second year; chips of a two-year rental that have nothing to do are switched off.
    plan = plan_of(
        plan={"periods": 2}, workloads=[{"demand": [100, 50]}], offers=[{"term_months": 24, "energy_included": False}]
    )
    result = solve_plan(plan)
    picture = ALLOCATION.make(result, {"by": MODE})
    assert lines(picture) == {"(full)": [200, 100], "(off)": [0, 100]}
    assert explain_drawn(result, *source_of(ALLOCATION, {"by": MODE}, "(off)"), 1, 1).value == pytest.approx(100)


def test_chips_at_a_power_cap_are_told_apart() -> None:
    # 0.14 MW carry 140 chips at full power, 200 at 0.7 of it with 0.9 of the throughput: 70 or 90 PFLOP/s.
    plan = plan_of(
        platforms=[{"power_caps": [{"power": 0.7, "throughput": 0.9}]}], sites=[{"power_mw": 0.14, "pue": 1.0}],
        plan={"periods": 1},
    )  # fmt: skip
    found = lines(ALLOCATION.make(solve_plan(plan), {"by": MODE}))
    assert found["0.7"] == [200]
