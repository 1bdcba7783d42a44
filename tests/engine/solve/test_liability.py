"""Rent owed beyond the horizon is warned of where a plan counts nothing of it."""

import pytest

from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.solve.solve import solve_plan


def work_of_one_quarter(worth: float, term: int) -> dict:
    platform = {"id": "p", "name": "p", "vendor": "v", "stack": "k", "bf16_tflops": 1000, "memory_gb": 80,
                "memory_bandwidth_gb_s": 3000, "power_w": 1000}  # fmt: skip
    site = {"id": "s", "name": "s", "jurisdiction": "US", "power_mw": 10, "electricity_usd_per_mwh": 30}
    offer = {"id": "o", "name": "o", "platform": "p", "provider": "x", "kind": "rental", "price_usd": 2,
             "term_months": term, "sites": "*"}  # fmt: skip
    work = {"id": "w", "name": "w", "kind": "research", "unit": "PFLOP/s", "demand": 100, "unmet_usd": 5000}
    plan = {"name": "x", "start": "2026-01", "periods": 1, "months_per_period": 3, "contract_worth_fraction": worth}
    return {"format": "gigaplan/2", "plan": plan, "platforms": [platform], "sites": [site], "offers": [offer],
            "workloads": [work]}  # fmt: skip


@pytest.mark.parametrize(("worth", "term", "warned"), [(1, 36, True), (0.75, 36, False), (1, 3, False)])
def test_much_that_is_owed_and_not_counted_is_warned_of(worth: float, term: int, warned: bool) -> None:
    result = solve_plan(decode_plan(work_of_one_quarter(worth, term)))
    assert result.status == "optimal"
    # three years of rent for one quarter of work: 11 quarters of it are owed
    told = [p for p in result.problems if p.path == "plan.contract_worth_fraction"]
    assert bool(told) == warned
    if warned:
        assert "beyond the horizon" in told[0].text
        assert told[0].severity == "warning"
