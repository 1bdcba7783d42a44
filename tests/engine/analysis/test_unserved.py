"""Work that is not served: how much, what it is worth, and what would serve it; by hand, and by solving again."""

import msgspec
import pytest

from gigaplan.engine.analysis.unserved import serving, unserved
from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.plan.schema import Offer, Platform, Policy, Settings, Site, Workload
from gigaplan.engine.solve.solve import solve_plan

HOURS = 8766


def chip(id: str, vendor: str, watts: float = 1000.0) -> Platform:
    return Platform(id=id, name=id.upper(), vendor=vendor, stack=vendor, bf16_tflops=1000, memory_gb=80,
                    memory_bandwidth_gb_s=3000, power_w=watts)  # fmt: skip


def rent(id: str, price: float = 1.0) -> Offer:
    return Offer(
        id=f"rent_{id}", name=f"Rent {id}", platform=id, provider=id, kind="rental", price_usd=price, sites="*"
    )


def two_vendors(limit: float) -> Plan:
    """10 PFLOP/s of training, worth 20 USD per (PFLOP/s)-h: 20 chips of either vendor, with a cap on both."""
    return Plan(
        settings=Settings(name="p", start="2027-01", periods=1, months_per_period=12, discount_rate=0.0),
        platforms=(chip("a", "A"), chip("b", "B")),
        sites=(Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=1.0, pue=1.0, electricity_usd_per_mwh=0.0),),
        offers=(rent("a"), rent("b")),
        workloads=(Workload(id="train", name="Train", kind="pretraining", unit="PFLOP/s", demand=10.0,
                            utilisation=0.5, unmet_usd=20.0),),
        policies=(Policy(id="cap", name="Cap", kind="share", dimension="vendor", metric="power", limit=limit),),
    )  # fmt: skip


def test_a_cap_that_empties_the_plan_is_named_with_the_cap_that_serves() -> None:
    result = solve_plan(two_vendors(0.4))
    assert result.kpis["tco_usd"] == pytest.approx(0)
    (found,) = unserved(result)
    assert (found.workload, found.part) == ("train", pytest.approx(1))
    assert found.value_usd == pytest.approx(10 * 20 * HOURS)
    (remedy,) = serving(result, "train").remedies
    assert remedy.text == "accept 50 % for Cap"
    assert unserved(solve_plan(remedy.apply(result.plan))) == []


def test_power_that_is_short_is_named_with_what_is_missing() -> None:
    plan = with_fields(two_vendors(1.0), "sites", "iowa", power_mw=0.015)
    result = solve_plan(plan)
    assert unserved(result)[0].part == pytest.approx(0.25)
    (remedy,) = serving(result, "train").remedies
    assert remedy.text == "+0.005 MW at Iowa"


def test_a_remedy_leaves_other_work_as_it_is() -> None:
    # 0.02 MW serve one of two alike: the dearer stays, and the cheaper needs power of its own.
    plan = with_fields(two_vendors(1.0), "sites", "iowa", power_mw=0.02)
    cheap = msgspec.structs.replace(plan.workloads[0], id="batch", name="Batch", unmet_usd=10.0)
    result = solve_plan(msgspec.structs.replace(plan, workloads=(*plan.workloads, cheap)))
    (found,) = unserved(result)
    assert (found.workload, found.part) == ("batch", pytest.approx(1))
    (remedy,) = serving(result, "batch").remedies
    assert remedy.text == "+0.02 MW at Iowa"
    assert unserved(solve_plan(remedy.apply(result.plan))) == []


def test_work_that_is_not_worth_its_cost_says_both_and_the_value_that_is() -> None:
    # 20 chips at 1 USD/h cost 2 USD per (PFLOP/s)-h; it is worth 1.5.
    plan = with_fields(two_vendors(1.0), "workloads", "train", unmet_usd=1.5)
    found = serving(solve_plan(plan), "train")
    assert found.cost_usd == pytest.approx(20 * HOURS)
    assert found.value_usd == pytest.approx(15 * HOURS)
    (remedy,) = found.remedies
    assert remedy.changes[0].value == pytest.approx(2.0, rel=0.011)
    assert unserved(solve_plan(remedy.apply(plan))) == []


def test_work_that_is_not_worth_it_even_with_more_power_says_so() -> None:
    plan = with_fields(two_vendors(1.0), "workloads", "train", unmet_usd=1.5)
    found = serving(solve_plan(with_fields(plan, "sites", "iowa", power_mw=0.01)), "train")
    assert found.remedies == ()
    assert found.needs == "+0.01 MW at Iowa"
    assert found.cost_usd == pytest.approx(20 * HOURS)
    assert found.value_usd == pytest.approx(15 * HOURS)


def test_all_served_is_no_finding() -> None:
    result = solve_plan(two_vendors(0.5))
    assert unserved(result) == []
    with pytest.raises(KeyError):
        serving(result, "train")
