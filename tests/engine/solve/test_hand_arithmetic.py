"""Corners of the model that no case of tests/cases has, each by hand: the engine, its explanations and the reference.

A chip does 1 PFLOP/s and draws 1 kW. Ordinarily 100 PFLOP/s are asked for in each quarter, worth 100 USD an hour each;
a chip is rented by the quarter at 2 USD an hour; power and interest cost nothing, and rent owed later is worth its
price.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
from reference.kpis import kpis
from reference.model import Model
from reference.solving import solve
from reference.worths import worths as reference_worths

from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.analysis.test_provenance import check_kpis
from tests.engine.analysis.test_worths import assert_same, name, report
from tests.engine.solve.test_cases import assert_near

Document = dict[str, Any]
Q = 2191.5
"""Hours of a quarter."""
ORDINARY: Document = {
    "platforms": {"id": "p", "name": "P", "vendor": "v", "stack": "s", "bf16_tflops": 1000, "memory_gb": 1,
                  "memory_bandwidth_gb_s": 1, "power_w": 1000, "idle_fraction": 0.3, "lifetime_months": 60},
    "sites": {"id": "s", "name": "S", "jurisdiction": "US", "power_mw": None, "pue": 1, "electricity_usd_per_mwh": 0},
    "offers": {"id": "o", "name": "O", "platform": "p", "provider": "x", "kind": "rental", "price_usd": 2,
               "sites": "*"},
    "workloads": {"id": "w", "name": "W", "kind": "research", "unit": "PFLOP/s", "demand": 100, "utilisation": 1,
                  "unmet_usd": 100},
    "services": {"id": "k", "name": "K", "provider": "y", "unit": "PFLOP/s", "workloads": "*", "price_usd": 24},
    "agreements": {"id": "g", "name": "G", "provider": "x", "start": "2026-01", "months": 12, "commit_usd_per_year": 0,
                   "discount": 0.25, "status": "signed"},
    "power_contracts": {"id": "c", "name": "C", "site": "s", "provider": "u", "mw": 10, "start": "2025-07",
                        "months": 12, "usd_per_mw_month": 1000, "capex_usd_per_mw": 1e6, "status": "optional"},
    "policies": {"id": "r", "name": "R"},
    "ports": {"workload": "w", "stack": "s"},
}  # fmt: skip
DAY_AND_NIGHT = {"blocks": [{"name": "night", "share": 0.5}, {"name": "day", "share": 0.5}]}
OTHER = [{}, {"id": "p2", "vendor": "u"}]
"""A platform of another vendor beside the ordinary one."""


def toy(periods: int = 4, months: int = 3, rate: float = 0.0, plan: Document | None = None, **tables: Any) -> Document:
    """A plan of ordinary rows with the named fields replaced."""
    settings = {"name": "toy", "start": "2026-01", "periods": periods, "months_per_period": months,
                "discount_rate": rate, "contract_worth_fraction": 1.0}  # fmt: skip
    made: Document = {"format": "gigaplan/2", "plan": settings | (plan or {})}
    for table in ("platforms", "sites", "offers", "workloads"):
        tables.setdefault(table, [{}])
    return made | {table: [ORDINARY[table] | row for row in rows] for table, rows in tables.items()}


def stock(chips: float, months: float) -> Document:
    return {"installed": [{"site": "s", "chips": chips, "months_left": months}]}


RENT = 100 * 2 * Q
"""Of a quarter."""
OWN = {"kind": "purchase", "price_usd": 10_000}
BUSY = {"demand": 10_000}
DARK = [{"power_mw": 0}]
HOME = [{"forbidden_offers": ["o2"]}, {"id": "w2", "name": "W2", "demand": 50, "forbidden_offers": ["o"]}]
GOOD = {"peak_factor": 1.2, "flexible": True, "checkpoint_minutes": 3, "restart_minutes": 15,
        "throughput": [{"platform": "p", "value": 0.5, "basis": "measured"}]}  # fmt: skip

TOYS: dict[str, tuple[Document, Document]] = {
    # 10 months from November, of which January to August count: a commitment of 1.5 M * 8 / 12 = 1 M. At 1.5 USD/h
    # 328,725 is spent in each of three quarters; of the third, two months of three lie in the year.
    "A a term begins before the plan and ends within a quarter": (
        toy(plan={"overhead_fraction": 0.2}, offers=[{"agreement": "g"}],
            agreements=[{"start": "2025-11", "months": 10, "commit_usd_per_year": 1.5e6}]),
        {"tco_usd": (3 * 328_725 + RENT + 1e6 - (2 + 2 / 3) * 328_725) * 1.25}),
    "A a term ends within a month": (
        toy(offers=[{"agreement": "g"}], agreements=[{"months": 4.5, "commit_usd_per_year": 2e6}]),
        {"tco_usd": 2 * 328_725 + 2 * RENT + 750_000 - 1.5 * 328_725}),
    # Installed: the first quarter's price of 2, less a quarter from April to March. Two years of 100 chips from April
    # at that quarter's 2 less a quarter, kept after the term: seven quarters here, one beyond.
    "A a cohort keeps its price after the term, what is installed does not": (
        toy(8, workloads=[{"demand": [50] + [150] * 7}], agreements=[{"start": "2026-04", "commit_usd_per_year": 5e6}],
            offers=[{"agreement": "g", "term_months": 24, "price_usd": {"steps": [["2026-01", 2], ["2026-10", 3]]},
                     **stock(50, 24)}]),
        {"tco_usd": 50 * Q * (4 * 2 + 4 * 1.5) + 7 * 328_725 + 5e6 - 4 * 1.5 * 150 * Q,
         "liability_beyond_horizon_usd": 328_725, "owed_at_risk_usd": 0}),
    "A installed chips have the discount of the term unsigned": (
        toy(offers=[{"agreement": "g"} | stock(100, 12)],
            agreements=[{"months": 6, "commit_usd_per_year": 1e9, "discount": 0.5, "status": "optional"}]),
        {"objective_usd": 100 * Q * (1 + 1 + 2 + 2)}),
    # 16 months are 5 1/3 quarters, a third of one and one beyond.
    "B rent paid ahead and rent owed of a contract that ends within a quarter": (
        toy(plan={"contract_worth_fraction": 0.6}, offers=[{"term_months": 16, "upfront_fraction": 0.25}]),
        {"tco_usd": RENT * (0.25 * 16 / 3 + 0.75 * 4 + 0.4 * 0.75 * 4 / 3 - 0.6 * 0.25 * 4 / 3),
         "owed_at_risk_usd": RENT * 0.4, "liability_beyond_horizon_usd": RENT, "usd_per_pflop_day": {"w": 54.4}}),
    # A = 1.2 * 2,000, the mean of quarters with work; N = 4,800, M = 10 h; goodput 1 / (1 + sqrt(0.1 / 10) + 1 / 40).
    "C goodput of a run at any time, of a measured throughput": (
        toy(platforms=[{"mtbf_hours": 48_000}], offers=[{"price_usd": 1}],
            workloads=[{"demand": [0, 1000, 3000, 0], **GOOD}]),
        {"objective_usd": 4800 / 0.5 * 1.125 * Q}),
    # Peak 80 on chips of which all run at half power: (0.3 + 0.2 / 2) kW in use; at full power 58 kW, not 40.
    "D a cap with a peak factor": (
        toy(1, platforms=[{"power_caps": [{"power": 0.5, "throughput": 0.8}]}],
            sites=[{"electricity_usd_per_mwh": 100, "hosting_usd_per_kw_month": 10}],
            offers=[OWN | {"can_switch_off": False} | stock(100, 12)], workloads=[{"demand": 40, "peak_factor": 2}]),
        {"objective_usd": 40 * Q / 10 + 3000, "energy_mwh": 0.04 * Q, "peak_it_mw": 0.05, "idle_usd": 0}),
    # F + 0.1 C = 50 with F + C = 100; a capped chip draws 0.2 kW at work or not.
    "D a cap below the idle power": (
        toy(1, platforms=[{"power_caps": [{"power": 0.2, "throughput": 0.1}]}], workloads=[{"demand": 50}],
            sites=[{"electricity_usd_per_mwh": 100}], offers=[OWN | {"can_switch_off": False} | stock(100, 12)]),
        {"objective_usd": (100 - 0.8 * 50 / 0.9) * Q / 10}),
    "E a service's limit holds in each block": (
        toy(1, plan=DAY_AND_NIGHT, offers=[{"available_from": "2030-01"}], services=[{"limit": 120}],
            workloads=[{"profile": [0.5, 1.5], "unmet_usd": 10}]),
        {"objective_usd": (25 + 60 + 15 * 10) * Q, "coverage": {"w": 0.85}, "unmet_usd": 150 * Q}),
    "E a promise holds in each block": (
        toy(1, plan=DAY_AND_NIGHT, workloads=[{"profile": [0.5, 1.5], "unmet_usd": 0.1}],
            policies=[{"kind": "coverage", "limit": 0.9}]),
        {"objective_usd": (135 * 2 + 15 / 2 * 0.1) * Q}),
    "E the profile of work at any hour has no part": (
        toy(1, plan={"blocks": [{"name": "night", "share": 0.25}, {"name": "day", "share": 0.75}]},
            workloads=[{"profile": [4, 0], "day_flexible": True, "peak_factor": 1.5}]),
        {"objective_usd": 1.5 * RENT}),
    "F 4.4 months are one quarter": (
        toy(3, offers=[{"price_usd": 5}, {"id": "cheap", "price_usd": 1, "available_from": "2026-07"}],
            workloads=[{"max_delay_months": 4.4}]),
        {"objective_usd": (100 * 5 + 200) * Q}),
    "F 4.5 months are two": (
        toy(3, offers=[{"price_usd": 5}, {"id": "cheap", "price_usd": 1, "available_from": "2026-07"}],
            workloads=[{"max_delay_months": 4.5}]),
        {"objective_usd": 300 * Q}),
    # 50 of 100 can be done, a quarter late: they are paid for then; what is dropped counts where it came.
    "F what is never done counts in the period whose work it is": (
        toy(2, rate=0.1, offers=[{"price_usd": 1, "available_from": "2026-04", "supply_chips_per_month": 50 / 3}],
            workloads=[{"demand": [100, 0], "max_delay_months": 3, "unmet_usd": 7}]),
        {"objective_usd": 50 * Q * (1.1 ** (-4.5 / 12) + 7 * 1.1 ** (-1.5 / 12)), "coverage": {"w": 0.5}}),
    # The cheap chip only in the first quarter, the dear one only in the second: with that one platform does all 200.
    "F work that waits stays on its platform": (
        toy(2, platforms=OTHER, workloads=[{"max_delay_months": 3, "placement": "one_platform"}],
            offers=[{"price_usd": 1, "available_until": "2026-04"},
                    {"id": "o2", "platform": "p2", "available_from": "2026-04"}]),
        {"objective_usd": 200 * 2 * Q}),
    "F resilience of work that waits is asked of the horizon": (
        toy(2, platforms=OTHER, workloads=[{"max_delay_months": 3}],
            offers=[{"price_usd": 1}, {"id": "o2", "platform": "p2",
                                       "price_usd": {"steps": [["2026-01", 5], ["2026-04", 2]]}}],
            policies=[{"kind": "resilience", "dimension": "vendor", "limit": 0.4}]),
        {"objective_usd": (80 * 2 + 120) * Q}),
    # Begun before the plan: signed, its capex is sunk; optional, 10 M are paid now, and 3 of its 6 months are left.
    "G an optional contract that began before the plan": (
        toy(1, sites=DARK, workloads=[BUSY], power_contracts=[{}]),
        {"objective_usd": 100 * RENT + 1e7 / 2 + 30_000}),
    "G a signed one": (
        toy(1, sites=DARK, workloads=[BUSY], power_contracts=[{"status": "signed"}]),
        {"objective_usd": 100 * RENT + 30_000}),
    "G one of four months, of which one is left": (
        toy(1, sites=DARK, workloads=[BUSY], power_contracts=[{"start": "2026-01", "months": 4}]),
        {"objective_usd": 100 * RENT + 1e7 * 3 / 4 + 30_000}),
    "G one of four months holds in the two quarters that begin in it": (
        toy(3, sites=DARK, workloads=[BUSY], power_contracts=[{"start": "2026-01", "months": 4}]),
        {"objective_usd": 2 * (100 * RENT + 30_000) + 1e7 + 1e6 * Q, "coverage": {"w": 2 / 3}}),
    "G none is signed beside a signed one of its group": (
        toy(1, sites=DARK, power_contracts=[{"mw": 0.05, "group": "a", "status": "signed"},
                                            {"id": "c2", "name": "C2", "group": "a"}]),
        {"objective_usd": (50 * 2 + 50 * 100) * Q + 150}),
    "G groups of agreements and of contracts are two things": (
        toy(1, sites=DARK, offers=[{"agreement": "g"}], agreements=[{"status": "optional", "group": "a"}],
            power_contracts=[{"mw": 0.1, "capex_usd_per_mw": 0, "group": "a"}]),
        {"objective_usd": 100 * 1.5 * Q + 300}),
    "H a lost provider takes its service along": (
        toy(1, offers=[{"price_usd": 3}], services=[{}],
            policies=[{"kind": "resilience", "dimension": "provider", "limit": 0.4}]),
        {"objective_usd": (60 + 40 * 3) * Q}),
    "H work bought nobody knows where is lost with no jurisdiction": (
        toy(1, offers=[{"price_usd": 3}], services=[{}],
            policies=[{"kind": "resilience", "dimension": "jurisdiction", "limit": 0.4}]),
        {"objective_usd": 100 * Q}),
    "H a service stays when a vendor goes": (
        toy(1, offers=[{"price_usd": 0.5}], services=[{}],
            policies=[{"kind": "resilience", "dimension": "vendor", "limit": 0.4}]),
        {"objective_usd": (60 * 0.5 + 40) * Q}),
    "J a service costs the mean of its price, a chip its opening value": (
        toy(1, 12, offers=[{"price_usd": {"start": 3, "annual_growth": 1.0}}], workloads=[{"demand": 200}],
            services=[{"price_usd": {"start": 24, "annual_growth": 1.0}, "limit": 100}]),
        {"objective_usd": 8766 * 100 * (3 + 1 / math.log(2))}),
    "J a year with a quarter without a budget has none": (
        toy(policies=[{"kind": "budget", "limit": {"steps": [["2026-01", 1e5], ["2026-10", None]]}}]),
        {"objective_usd": 4 * RENT}),
    "J a quarter with a month without a promise promises nothing": (
        toy(2, workloads=[{"unmet_usd": 1}],
            policies=[{"kind": "coverage", "limit": {"steps": [["2026-01", 0.9], ["2026-06", None]]}}]),
        {"objective_usd": (90 * 2 + 10 + 100) * Q, "coverage": {"w": 0.45}}),
    "J chips and ports are paid at once, with their overhead": (
        toy(2, rate=0.1, plan={"overhead_fraction": 0.2, "residual_fraction": 0.0}, workloads=[{"demand": [0, 100]}],
            offers=[OWN | {"lead_months": 3}], ports=[{"cost_usd": 5000}]),
        {"objective_usd": 1.25 * (1e6 * 1.1**-0.25 + 5000)}),
    "J half of what is installed is there in the mean": (
        toy(2, offers=[stock(100, 4.5)]), {"objective_usd": (100 + 50 + 50) * 2 * Q}),
    "J four months on quarters": (
        toy(2, offers=[{"term_months": 4}], workloads=[{"demand": [100, 0]}]), {"objective_usd": RENT * 4 / 3}),
    "J a month on quarters is a quarter": (toy(1, offers=[{"term_months": 1}]), {"objective_usd": RENT}),
    # Periods 0 to 2 begin in the first year, 3 and 4 in the second; each may cost 5 / 12 of 1.2 M.
    "J a budget in years where periods are of five months": (
        toy(5, 5, workloads=[{"unmet_usd": 3}], policies=[{"kind": "budget", "limit": 1.2e6}]),
        {"objective_usd": 2.5e6 + (100 * 25 * 730.5 - 1.25e6) * 3}),
    # At 27 months between 0.7 at 24 and 0.1 at 48, which lies beyond the life of 30: 0.625.
    "K a point beyond the life": (
        toy(9, offers=[OWN], platforms=[{"lifetime_months": 30, "resale": [{"age_months": 24, "fraction": 0.7},
                                                                           {"age_months": 48, "fraction": 0.1}]}]),
        {"objective_usd": 1e6 * (1 - 0.625)}),
    "K a life shorter than a period leaves nothing": (
        toy(1, offers=[OWN], platforms=[{"lifetime_months": 2, "resale": [{"age_months": 24, "fraction": 0.7}]}]),
        {"objective_usd": 1e6}),
    "K the price paid is that after the discount, before overhead": (
        toy(8, plan={"overhead_fraction": 0.2, "residual_fraction": 0.8}, offers=[OWN | {"agreement": "g"}],
            platforms=[{"resale": [{"age_months": 24, "fraction": 0.5}]}], agreements=[{"discount": 0.1}]),
        {"tco_usd": 9e5 * (1.25 - 0.5 * 0.8)}),
    # Each site has power for 30 chips.
    "L a least order of all sites together, all that is on offer": (
        toy(1, sites=[{"id": s, "power_mw": 0.03} for s in ("s", "s2", "s3")],
            offers=[{"min_order_chips": 90, "supply_chips_per_month": 30}]),
        {"objective_usd": (90 * 2 + 10 * 100) * Q}),
    "L less on offer than the least order": (
        toy(1, offers=[{"min_order_chips": 91, "supply_chips_per_month": 30}]), {"objective_usd": 100 * 100 * Q}),
    # 100 chips of 1 kW and 50 of 2 kW: half of the fee each.
    "M a power contract by power": (
        toy(1, sites=DARK, platforms=[{}, {"id": "p2", "power_w": 2000}], workloads=HOME,
            offers=[{"price_usd": 1}, {"id": "o2", "platform": "p2", "price_usd": 1}],
            power_contracts=[{"status": "signed"}]),
        {"tco_usd": 150 * Q + 30_000, "unused_usd": 0, "usd_per_pflop_day": {
            "w": 24 * (1 + 150 / Q), "w2": 24 * (1 + 300 / Q)}}),
    # 100 chips at 1.5 USD and 50 at 3: the same spend, so half of the shortfall each.
    "M a shortfall by spend": (
        toy(1, platforms=OTHER, workloads=HOME, agreements=[{"months": 3, "commit_usd_per_year": 8e6}],
            offers=[{"agreement": "g"}, {"id": "o2", "platform": "p2", "price_usd": 4, "agreement": "g"}]),
        {"tco_usd": 2e6, "unused_usd": 0, "usd_per_pflop_day": {"w": 24e6 / 100 / Q, "w2": 24e6 / 50 / Q}}),
    "M a shortfall without spend is unused": (
        toy(1, offers=[{"agreement": "g", "available_from": "2027-01"}, {"id": "o2"}],
            agreements=[{"commit_usd_per_year": 8e6}]),
        {"tco_usd": 2e6 + RENT, "unused_usd": 2e6}),
    "M a port is its workload's": (
        toy(1, plan={"overhead_fraction": 0.5}, ports=[{"cost_usd": 1000}]),
        {"tco_usd": 2 * (RENT + 1000), "usd_per_pflop_day": {"w": 2 * (48 + 240 / Q)}}),
}  # fmt: skip


@pytest.mark.parametrize("case", TOYS)
def test_figures_are_those_by_hand(case: str) -> None:
    document, figures = TOYS[case]
    result = solve_plan(decode_plan(document))
    assert result.status == "optimal"
    model = Model(document)
    by_reference = kpis(model, solve(model).decision)
    for figure, wanted in figures.items():
        assert_near(figure, by_reference[figure], wanted, 1e-6)
        assert_near(figure, result.kpis[figure], wanted, 1e-6)
    check_kpis(result)


def worth(one_more: float, one_less: float, more_until: float | None, less_until: float | None) -> Document:
    return {"one_more": one_more, "one_less": one_less, "more_until": more_until, "less_until": less_until,
            "together": None}  # fmt: skip


JOINT = ["power:s:-:*", "supply:o:-:*"]
WORTHS: dict[str, tuple[Document, str, Document]] = {
    # A chip more saves 98 USD/h, up to the work; less, down to the least order, which is held.
    "N supply of an offer with a least order": (
        toy(1, workloads=[{"demand": 200}], offers=[{"min_order_chips": 50, "supply_chips_per_month": 100 / 3}]),
        "supply:o:-:0", worth(98 * Q, 98 * Q, 100, -50)),
    "N a commitment that is not spent, with overhead": (
        toy(1, plan={"overhead_fraction": 0.5}, offers=[{"agreement": "g"}],
            agreements=[{"months": 3, "commit_usd_per_year": 2e6}]),
        "commitment:g:-:0", worth(2, 2, 500_000 - 328_725, None)),
    "N a share of vendors that cost 1 and 3": (
        toy(1, platforms=OTHER, offers=[{"price_usd": 1}, {"id": "o2", "platform": "p2", "price_usd": 3}],
            policies=[{"kind": "share", "dimension": "vendor", "scope": "v", "metric": "power", "limit": 0.5}]),
        "share:r:v:0", worth(2 * Q, 2 * Q, 50, -50)),
    "N a promise of work at any time, in all periods at once": (
        toy(2, workloads=[{"flexible": True, "unmet_usd": 1}], policies=[{"kind": "coverage", "limit": 0.8}]),
        "coverage:r:w:*", worth(2 * Q, 2 * Q, 80, -20)),
    # By day 1.5 chips at 2 USD less a point, and half a day of 1.5 unserved at 0.1; until the night asks for as many.
    "N a promise in all blocks at once": (
        toy(1, plan=DAY_AND_NIGHT, workloads=[{"profile": [0.5, 1.5], "unmet_usd": 0.1}],
            policies=[{"kind": "coverage", "limit": 0.9}]),
        "coverage:r:w:0", worth(1.5 * 1.95 * Q, 1.5 * 1.95 * Q, 90 - 100 / 3, -10)),
    "N power beside a contract that is held": (
        toy(1, sites=[{"power_mw": 0.02}],
            power_contracts=[{"mw": 0.03, "capex_usd_per_mw": 0, "usd_per_mw_month": 1}]),
        "power:s:-:0", worth(98_000 * Q, 98_000 * Q, 0.05, -0.02)),
    "N power and supply in every period, only together": (
        toy(2, sites=[{"power_mw": 1}], offers=[{"supply_chips_per_month": 1000 / 3}], workloads=[{"demand": 2000}]),
        "power:s:-:*", worth(0, 196_000 * Q, None, -1) | {
            "together": {"limits": JOINT, "worth": 196_000 * Q, "needs": {JOINT[1]: 1000}}}),
}  # fmt: skip


@pytest.mark.parametrize("case", WORTHS)
def test_worths_are_those_by_hand(case: str) -> None:
    document, key, wanted = WORTHS[case]
    found = {name(each.key): report(each) for each in worths(solve_plan(decode_plan(document)))}
    assert_same(found[key], wanted, key)
    model = Model(document)
    for each, told in reference_worths(model, solve(model)).items():
        assert_same(found[each], told, each)


def counts(document: Document) -> tuple[int, int]:
    """Columns and rows of a plan's program."""
    program = build(inputs_of(decode_plan(document)))
    return len(program.cost), len(program.row_upper)


NOTHING_USED = {
    "one block": toy(plan={"blocks": [{"name": "all", "share": 1}]}),
    "profiles without blocks": toy(sites=[{"electricity_profile": [2]}], workloads=[{"profile": [1]}]),
    "chips that stay on": toy(offers=[{"can_switch_off": False}]),
    "figures that only change coefficients": toy(
        platforms=[{"resale": [{"age_months": 12, "fraction": 0.5}], "mtbf_hours": 1000}],
        offers=[{"upfront_fraction": 0.5, "term_months": 16}],
        workloads=[{"software_gain_per_year": 0.3, "checkpoint_minutes": 2}]),
    "a service that may do no work": toy(services=[{"unit": "tokens/s"}]),
    "a least order of what cannot come": toy(
        offers=[{}, {"id": "o2", "min_order_chips": 9, "available_from": "2040-01"}]),
    "a policy that is off": toy(policies=[{"kind": "coverage", "limit": 0.9, "enabled": False}]),
    "a contract year before the plan": toy(agreements=[{"start": "2020-01", "commit_usd_per_year": 1e6}]),
}  # fmt: skip


@pytest.mark.parametrize("case", NOTHING_USED)
def test_what_a_plan_does_not_use_has_no_columns_and_no_rows(case: str) -> None:
    # Deliveries, work and what is unmet, in four quarters; of work that is asked for and chips that can do it.
    assert counts(toy()) == (12, 8)
    assert counts(NOTHING_USED[case]) == (12, 8)


def test_a_feature_has_the_columns_and_rows_that_it_is_about() -> None:
    assert counts(toy(services=[{}])) == (16, 8)  # what is bought
    assert counts(toy(services=[{"limit": 5}])) == (16, 12)  # its limit
    assert counts(toy(workloads=[{"max_delay_months": 3}])) == (15, 12)  # what waits after each quarter but the last
    assert counts(toy(workloads=[{"placement": "one_cluster"}])) == (13, 13)  # one machine; work on it, and one of them
    assert counts(toy(power_contracts=[{}])) == (13, 8)  # its signature; there is no limit that it adds to
    assert counts(toy(offers=[{"min_order_chips": 5}])) == (16, 16)  # the order; least and none
    assert counts(toy(plan=DAY_AND_NIGHT)) == (24, 20)  # work, unmet and capacity by block; chips that run
    assert counts(toy(plan=DAY_AND_NIGHT, workloads=[{"day_flexible": True}])) == (20, 16)  # of the day as a whole
    assert counts(toy(plan=DAY_AND_NIGHT, workloads=[{"profile": [0, 2]}])) == (20, 16)  # nothing asked for by night
