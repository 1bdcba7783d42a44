"""Where a number comes from: trees worked out by hand, and what they say in words."""

import re

import msgspec
import pytest

from gigaplan.engine.analysis.provenance import Node, as_text, explain_kpi, explain_value, recompute
from gigaplan.engine.analysis.provenance.leaves import confidence
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of
from tests.engine.provenance_checks import check_all, everything, solved


def child(node: Node, *labels: str) -> Node:
    """The one node below whose labels begin so, level by level."""
    for label in labels:
        (node,) = [c for c in node.children if c.label.startswith(label)]
    return node


def test_a_tree_by_hand() -> None:
    """hand-1: 1 PFLOP/s at twice the average on chips of 1 PFLOP/s is 2 chips of 1 kW, in two years."""
    result = solved("hand-1")
    hours = 730.5 * result.plan.settings.months_per_period
    tco = explain_kpi(result, "tco_usd")
    assert (tco.operation, tco.unit, tco.label) == ("difference", "USD", "Total cost of ownership")
    months = result.plan.settings.months_per_period
    bought = child(tco, "Undiscounted cost", "Purchases", "o at a")
    assert bought.value == pytest.approx(200)
    (cell,) = bought.children if bought.operation == "sum" else (bought,)
    assert [c.value for c in cell.children] == [2, 100]
    price = cell.children[1]
    assert (price.path, price.table, price.row, price.field) == ("offers[0].price_usd", "offers", "o", "price_usd")
    assert (price.operation, price.unit, price.period) == ("input", "USD/chip", 0)
    assert cell.children[0].operation == "decision"
    upkeep = child(tco, "Undiscounted cost", "Maintenance")
    assert upkeep.value == pytest.approx(2 * 100 * 0.1 * 2 * months / 12)
    # Half loaded on average: 0.3 + 0.7 / 2 of 2 kW.
    energy = child(tco, "Undiscounted cost", "Energy")
    mwh = 2 * (0.3 + 0.7 / 2) * 1000 * hours / 1e6
    assert energy.value == pytest.approx(2 * mwh * 1.2 * 50)
    of_year = child(energy, "o at a").children[0]
    idle, busy = sorted(of_year.children, key=lambda node: node.value or 0.0)
    each = 2 * 1000 * hours / 1e6 * 1.2 * 50
    assert [idle.value, busy.value] == pytest.approx([each * 0.3, each * 0.7 / 2])
    paths = {n.path for n in everything(of_year)}
    assert {"sites[0].electricity_usd_per_mwh", "sites[0].pue", "platforms[0].idle_fraction"} <= paths
    (part,) = [n for n in everything(idle) if n.path == "platforms[0].idle_fraction"]
    assert part.formula == "given; it equals the default"
    hosting = child(tco, "Undiscounted cost", "Hosting")
    assert hosting.value == pytest.approx(2 * 2 * 1 * 10 * months)
    life = round(36 / months)
    worth = child(tco, "Residual value")
    assert worth.value == pytest.approx(200 * (life - 2) / life)
    assert tco.value == pytest.approx(2020.8293333333334, rel=1e-9)


def test_the_net_present_cost_shows_its_discount_factors() -> None:
    result = solve_plan(plan_of())
    npv = explain_kpi(result, "npv_usd")
    over = [n for n in everything(npv) if n.label.startswith("Discounted cost in ")]
    factors = [n.children[1] for n in sorted(over, key=lambda n: n.label)]
    assert [c.value for c in factors] == pytest.approx([1.1 ** -(t + 0.5) for t in range(4)])
    inputs = {n.path for n in everything(factors[0]) if n.operation == "input"}
    assert inputs == {"plan.discount_rate", "plan.months_per_period"}


def test_a_peak_says_which_period_it_is() -> None:
    result = solve_plan(plan_of(workloads=[{"demand": (10.0, 40.0, 30.0, 20.0)}]))
    peak = explain_kpi(result, "peak_it_mw")
    assert (peak.operation, peak.period) == ("max", 1)
    assert peak.children[0].label == "In 2027"
    assert [c.value for c in peak.children] == pytest.approx([0.08, 0.06, 0.04, 0.02])


def test_an_agreement_takes_its_discount_and_what_is_not_spent_is_owed() -> None:
    agreement = {
        "id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 24,
        "commit_usd_per_year": 5_000_000, "discount": 0.25, "status": "signed",
    }  # fmt: skip
    offer = {"agreement": "deal", "supply_chips_per_month": 200 / 12}
    result = solve_plan(plan_of(agreements=[agreement], offers=[offer], plan={"periods": 2}))
    # 200 chips at 2 USD less a quarter, each hour of a year.
    spent = 200 * 2 * 0.75 * 730.5 * 12
    tco = explain_kpi(result, "tco_usd")
    owed = child(tco, "Undiscounted cost", "Commitments not spent")
    assert [c.value for c in owed.children] == pytest.approx([5_000_000 - spent] * 2)
    assert {"agreements[0].commit_usd_per_year", "agreements[0].discount"} <= {n.path for n in everything(owed)}
    idle = plan_of(agreements=[agreement], offers=[offer | {"supply_chips_per_month": 0}])
    nothing = solve_plan(idle)
    rest = explain_value(nothing, "cost", "offer", "(plan)", 0)
    assert recompute(rest) == pytest.approx(5_000_000)
    check_all(idle, everything(rest))


def test_a_growing_series_says_how_it_grows() -> None:
    result = solve_plan(plan_of(offers=[{"price_usd": {"start": 2, "annual_growth": -0.1}}]))
    node = explain_value(result, "cost", "component", "rental", 2)
    (price,) = [n for n in everything(node) if n.path == "offers[0].price_usd"]
    assert price.value == pytest.approx(2 * 0.9**2)
    assert price.formula == "starts at 2 and grows by -10% a year"


def test_what_has_no_value_says_why() -> None:
    result = solve_plan(plan_of(workloads=[{"demand": 0}]))
    served, cost, hhi = (
        explain_kpi(result, "coverage", "work"),
        explain_kpi(result, "usd_per_pflop_day", "work"),
        explain_kpi(result, "vendor_hhi"),
    )
    assert [n.value for n in (served, cost, hhi)] == [recompute(n) for n in (served, cost, hhi)] == [None] * 3
    assert (served.formula, cost.formula) == ("nothing is demanded", "nothing is served")
    assert hhi.formula == "no period has any power"
    assert as_text(served).startswith("Coverage by workload, Work: — fraction = nothing is demanded")


def test_confidence_is_what_the_source_says_of_the_field() -> None:
    chip = "A sheet (MIT) (vendor). Power: a rack, 2 kW (unsourced) (derived). Embodied carbon: none"
    assert confidence("platforms", "memory_gb", chip) == "vendor"
    assert confidence("platforms", "power_w", chip) == "unsourced, derived"
    assert confidence("platforms", "embodied_kgco2e", chip) == ""
    assert confidence("platforms", "idle_fraction", chip) == ""
    site = "Electricity: assumed for large buyers. Electricity: a survey (press). Carbon, PUE, water: a region"
    assert confidence("sites", "electricity_usd_per_mwh", site) == "assumed, press"
    assert confidence("sites", "pue", site) == ""
    assert confidence("offers", "price_usd", "a list (press), times 1.3 (derived)") == ("press, derived")
    assert confidence("offers", "availability", "a list (vendor)") == ""
    assert confidence("sites", "pue", "our own meter (measured)") == "measured"


def test_as_text_shows_figures_formulas_and_sources() -> None:
    result = solve_plan(plan_of(offers=[{"source": "A quotation (vendor)", "as_of": "2026-02"}]))
    text = as_text(explain_value(result, "cost", "component", "rental", 0), 3)
    lines = text.splitlines()
    assert lines[0] == "Cost, Rentals, 2026: 3,506,400 USD = sum over offers"
    assert "    Price of Rent in 2026: 2 USD/chip-h = given [vendor]" in lines
    assert "      offers[0].price_usd: A quotation (vendor), as of 2026-02" in lines
    assert "chips × price per chip-hour × hours in the period" in text
    assert as_text(explain_kpi(result, "tco_usd"), 0, "EUR") == (
        "Total cost of ownership: 14,025,600 EUR = "
        "undiscounted cost with rent at risk, less residual value and rent paid ahead"
    )


def test_refuses_what_there_is_not() -> None:
    result = solve_plan(plan_of())
    for ask, words in (
        (lambda: explain_kpi(result, "profit"), "no key figure 'profit'"),
        (lambda: explain_kpi(result, "coverage"), "name one of work"),
        (lambda: explain_kpi(result, "coverage", "play"), "name one of work"),
        (lambda: explain_kpi(result, "usd_per_million_tokens", "work"), "name one of none"),
        (lambda: explain_kpi(result, "tco_usd", "work"), "whole plan"),
        (lambda: explain_value(result, "cost", "colour", "red", 0), "no series 'cost' by 'colour'"),
        (lambda: explain_value(result, "cost", "offer", "buy", 0), "no 'buy'; it has rent"),
        (lambda: explain_value(result, "cost", "offer", "rent", 4), "no period 4"),
        (lambda: explain_value(result, "cost", "offer", "rent", -1), "no period -1"),
    ):
        with pytest.raises(LookupError, match=re.escape(words)):
            ask()
    policy = {"id": "all", "kind": "coverage", "limit": 1}
    plan = plan_of(sites=[{"power_mw": 0}], policies=[policy])
    with pytest.raises(LookupError, match="the plan is infeasible"):
        explain_kpi(solve_plan(plan), "tco_usd")


def test_nodes_are_values_and_make_their_children_once() -> None:
    node = explain_kpi(solved("frontier-1gw"), "tco_usd")
    assert node.children is node.children
    with pytest.raises(AttributeError):
        node.value = 1.0  # type: ignore[misc]
    assert msgspec.json.encode(msgspec.to_builtins([node.label, node.value]))
