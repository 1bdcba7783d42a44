"""What differs between two plans, by hand: field by field, in words and units, and how the key figures moved."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import Phase, given, settings

from gigaplan.engine.analysis.plan_diff import TABLES, Difference, differences, movements
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan, with_fields, with_settings
from gigaplan.engine.plan.schema import ROW_TYPES, Inference, Installed, Override, Place, Port, Scenario, Throughput
from gigaplan.engine.results.result import failure
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of
from tests.engine.storage_samples import full_plan, plans

GRID = {"periods": 3, "months_per_period": 12}
MODEL = Inference(
    total_params_b=100.0, active_params_b=10.0, context_tokens=1000.0, prompt_tokens_per_output=2.0,
    kv_bytes_per_token=5.0,
)  # fmt: skip


def said(before: Plan, after: Plan) -> list[str]:
    return [str(difference) for difference in differences(before, after)]


def test_equal_plans_do_not_differ() -> None:
    assert differences(full_plan(), full_plan()) == ()
    assert set(TABLES) == {"plan", *ROW_TYPES} - {"layout"}


def test_each_kind_of_field_is_told_with_its_unit() -> None:
    before = plan_of(plan=GRID, sites=[{}, {"id": "there", "name": "There"}])
    after = with_settings(before, discount_rate=0.125, name="Other", start="2026-02")
    after = with_fields(after, "sites", "here", power_mw=1_200.5, electricity_usd_per_mwh=Growth(90.0, 0.05))
    after = with_fields(after, "offers", "rent", sites=("here",), term_months=12.0, interruptible=True)
    after = with_fields(after, "workloads", "work", demand=(1.0, 1.0, 2.5))
    assert said(before, after) == [
        "plan.name (Name): Test -> Other",
        "plan.start (First month): 2026-01 -> 2026-02",
        "plan.discount_rate (Discount rate): 0.1 -> 0.125 /year",
        "sites[here].power_mw (Facility power): 10 -> 1200.5 MW",
        "sites[here].electricity_usd_per_mwh (Electricity price): 100 -> 90, growing by 0.05 a year USD/MWh",
        "offers[rent].term_months (Contract term): empty -> 12 months",
        "offers[rent].interruptible (Interruptible): no -> yes",
        "offers[rent].sites (Sites): * -> here",
        "workloads[work].demand (Demand): 100 -> 1, 1, 2.5 (3 periods) PFLOP/s",
    ]
    assert differences(before, after)[3] == Difference(
        kind="changed", table="sites", row="here", name="Here", field="power_mw", label="Facility power", unit="MW",
        before="10", after="1200.5",
    )  # fmt: skip


def test_a_unit_that_changed_stands_with_each_value() -> None:
    before = plan_of()
    after = with_fields(before, "offers", "rent", kind="purchase", price_usd=30_000.0)
    assert said(before, after) == [
        "offers[rent].kind (Kind): rental -> purchase",
        "offers[rent].price_usd (Price): 2 USD/chip-h -> 30,000 USD/chip",
    ]


def test_money_is_in_the_currency_of_the_plan() -> None:
    before = plan_of(plan={"currency": "EUR"})
    after = with_fields(before, "offers", "rent", price_usd=3.0)
    assert said(before, after) == ["offers[rent].price_usd (Price): 2 -> 3 EUR/chip-h"]


def test_of_a_series_only_the_periods_that_moved_are_told() -> None:
    grid = {"periods": 12, "months_per_period": 3}
    before = plan_of(plan=grid, sites=[{"power_mw": [10] * 12}])
    after = with_fields(before, "sites", "here", power_mw=(10.0, 11.0, *[10.0] * 9, 12.5))
    assert said(before, after) == [
        "sites[here].power_mw (Facility power): 10 in 2026 Q2, 10 in 2028 Q4 -> 11 in 2026 Q2, 12.5 in 2028 Q4 MW"
    ]
    after = with_fields(before, "sites", "here", power_mw=tuple(float(k) for k in range(12)))
    (difference,) = differences(before, after)
    assert difference.after.startswith("0 in 2026 Q1, 1 in 2026 Q2, ")
    assert difference.after.endswith("5 in 2027 Q2 and 5 more periods")  # 11 moved; that of 2028 Q3 is 10 as before
    other = with_settings(after, periods=13)  # another grid: numbered, not dated
    assert any("0 in 1, 1 in 2, " in text for text in said(before, other))


def test_rows_that_come_and_go() -> None:
    before = plan_of(offers=[{}, {"id": "spot", "name": "Spot"}])
    after = plan_of(offers=[{"id": "owned", "name": "Owned"}, {}])
    assert said(before, after) == ["offers[spot]: removed (Spot)", "offers[owned]: added (Owned)"]
    assert [d.kind for d in differences(after, before)] == ["removed", "added"]


def test_the_order_of_rows_and_of_ids_in_a_list_does_not_count() -> None:
    plan = full_plan()
    turned = msgspec.structs.replace(plan, **{t: tuple(reversed(getattr(plan, t))) for t in ROW_TYPES})
    offers = tuple(
        msgspec.structs.replace(o, sites=o.sites[::-1] if o.sites != "*" else "*", installed=o.installed[::-1])
        for o in turned.offers
    )
    assert differences(plan, msgspec.structs.replace(turned, offers=offers)) == ()


def test_where_cards_lie_is_no_input() -> None:
    moved = msgspec.structs.replace(plan_of(), layout=(Place(table="sites", row="here", x=1.0, y=2.0),))
    assert differences(plan_of(), moved) == ()


def test_rows_inside_a_row_are_told_one_by_one() -> None:
    lots = (Installed(site="here", chips=5.0, months_left=12.0), Installed(site="there", chips=7.0, months_left=12.0))
    before = with_fields(plan_of(), "offers", "rent", installed=lots)
    more = msgspec.structs.replace(lots[0], chips=6.0)
    after = with_fields(before, "offers", "rent", installed=(more,))
    assert said(before, after) == [
        "offers[rent].installed[here].chips (Installed fleet: Chips): 5 -> 6 chips",
        "offers[rent].installed[there] (Installed fleet): Site there, Chips 7 chips, Months left 12 months, removed",
    ]
    # Two of the same site: the equal ones belong together.
    before = with_fields(plan_of(), "offers", "rent", installed=(lots[0], more))
    after = with_fields(plan_of(), "offers", "rent", installed=(more, msgspec.structs.replace(lots[0], chips=8.0)))
    assert said(before, after) == ["offers[rent].installed[here].chips (Installed fleet: Chips): 5 -> 8 chips"]


def test_a_row_in_a_field_is_told_by_its_fields() -> None:
    before = with_fields(plan_of(), "workloads", "work", inference=MODEL)
    after = with_fields(before, "workloads", "work", inference=msgspec.structs.replace(MODEL, active_params_b=12.0))
    assert said(before, after) == [
        "workloads[work].inference.active_params_b (Model served: Active parameters): 10 -> 12 billion"
    ]
    (difference,) = differences(plan_of(), before)
    assert (difference.kind, difference.field, difference.before) == ("added", "inference", "")
    assert "Parameters 100 billion" in difference.after


def test_tables_without_ids_are_matched_by_what_they_are_about() -> None:
    port = Port(workload="work", stack="s", cost_usd=5.0)
    before = msgspec.structs.replace(plan_of(), ports=(port, Port(workload="work", stack="t", cost_usd=1.0)))
    after = msgspec.structs.replace(before, ports=(msgspec.structs.replace(port, cost_usd=6.0),))
    assert said(before, after) == ["ports[work s].cost_usd (Cost): 5 -> 6 USD", "ports[work t]: removed (work t)"]


def test_of_two_equal_rows_one_can_go() -> None:
    port = Port(workload="work", stack="s", cost_usd=5.0)
    before = msgspec.structs.replace(plan_of(), ports=(port, port))
    after = msgspec.structs.replace(before, ports=(port,))
    assert said(before, after) == ["ports[work s]: removed (work s)"]
    assert said(after, before) == ["ports[work s]: added (work s)"]


def test_scenarios_and_measured_throughputs() -> None:
    override = Override(table="sites", row="here", field="power_mw", op="scale", value=0.5)
    scenario = Scenario(id="s", name="S", overrides=(override,))
    before = msgspec.structs.replace(plan_of(), scenarios=(scenario,))
    moved = msgspec.structs.replace(override, value=(0.5, 0.25, 0.5, 0.5), from_="2027-01")
    after = msgspec.structs.replace(before, scenarios=(msgspec.structs.replace(scenario, overrides=(moved,)),))
    place = "scenarios[s].overrides[sites power_mw here]"
    assert said(before, after) == [
        f"{place}.value (Overrides: Value): 0.5 -> 0.5, 0.25, 0.5, 0.5 (4 values)",
        f"{place}.from (Overrides: From): empty -> 2027-01",
    ]
    row = Throughput(platform="chip", value=0.4, basis="measured")
    given = with_fields(plan_of(), "workloads", "work", throughput=(row,))
    faster = with_fields(plan_of(), "workloads", "work", throughput=(msgspec.structs.replace(row, value=0.5),))
    assert said(given, faster) == [
        "workloads[work].throughput[chip].value (Throughput per chip: Per chip): 0.4 -> 0.5 PFLOP/s"
    ]
    assert said(plan_of(), given) == [
        "workloads[work].throughput[chip] (Throughput per chip): Platform chip, Per chip 0.4 PFLOP/s, "
        "Basis measured, Source empty, As of empty, added"
    ]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (0.3, 0.1 + 0.2, "0.3 -> 0.30000000000000004"),
        (1e15, 999999999999999.9, "1000000000000000.0 -> 999999999999999.9"),
        (1e15, 1e15 - 1, "1e+15 -> 999,999,999,999,999"),
        (1.1 + 0.3, 1.5, "1.4 -> 1.5"),
        (5e-324, 0.0, "4.94065645841e-324 -> 0"),
    ],
)
def test_numbers_that_differ_never_read_alike(before: float, after: float, words: str) -> None:
    first, second = (with_fields(plan_of(), "sites", "here", electricity_usd_per_mwh=v) for v in (before, after))
    assert said(first, second) == [f"sites[here].electricity_usd_per_mwh (Electricity price): {words} USD/MWh"]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("a" * 500 + "x" + "b" * 500, "a" * 500 + "y" + "b" * 500,
         f"…{'a' * 20}x{'b' * 39}… -> …{'a' * 20}y{'b' * 39}…"),
        ("a" * 500, "a" * 501, f"…{'a' * 20} -> …{'a' * 21}"),
        ("", "empty", "empty (str) -> empty (str)"),
        ("one\ntwo", "one", "one\\ntwo -> one"),
    ],
)  # fmt: skip
def test_texts_are_told_where_they_differ(before: str, after: str, words: str) -> None:
    assert said(with_settings(plan_of(), notes=before), with_settings(plan_of(), notes=after)) == [
        f"plan.notes (Notes): {words}"
    ]


@settings(max_examples=8, phases=(Phase.explicit, Phase.generate))
@given(plans(), plans())
def test_any_two_plans_can_be_compared(before: Plan, after: Plan) -> None:
    assert differences(before, before) == ()
    there, back = differences(before, after), differences(after, before)
    assert len(there) == len(back)
    for difference in there:
        assert str(difference).isprintable()
        assert difference.kind != "changed" or difference.before != difference.after
    same = msgspec.structs.replace(after, layout=before.layout)
    assert bool(there) or same.settings == before.settings


def test_key_figures_that_moved_by_hand() -> None:
    before = plan_of()
    after = with_fields(before, "offers", "rent", price_usd=3.0)
    moved = {m.name: m for m in movements(solve_plan(before), solve_plan(after)) if not m.key}
    # 100 PFLOP/s at 0.5 of 1 PFLOP/s each: 200 chips, four years of 8,766 h.
    cost = moved["tco_usd"]
    assert cost.before == pytest.approx(200 * 2 * 4 * 8766)
    assert cost.change == pytest.approx(200 * 1 * 4 * 8766)
    assert cost.unit == "USD"
    assert moved["peak_it_mw"].change == 0
    per_workload = {(m.name, m.key): m for m in movements(solve_plan(before), solve_plan(after)) if m.key}
    assert set(per_workload) == {("coverage", "work"), ("usd_per_pflop_day", "work")}
    # 2 USD/chip-h, 48 chip-hours to a PFLOP-day.
    assert per_workload["usd_per_pflop_day", "work"].before == pytest.approx(96)
    assert per_workload["usd_per_pflop_day", "work"].change == pytest.approx(48)


def test_a_result_without_figures_has_none() -> None:
    good, none = solve_plan(plan_of()), failure(plan_of(), "infeasible", ())
    for m in movements(good, none):
        assert (m.after, m.change) == (None, None)
    assert {m.key for m in movements(none, good)} == {"", "work"}
    assert [m.name for m in movements(none, good)].count("coverage") == 1
