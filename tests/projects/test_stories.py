"""Each template says something; here is whether its optimum bears it out, and its scenarios with it."""

import math

import msgspec
import numpy as np
import pytest

from gigaplan.engine.catalogue import load_catalogue
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.throughput import estimate, throughput
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from gigaplan.projects import commitment_200b, cost_history, rainier, tiered_portfolio
from gigaplan.projects.build import TEMPLATES
from gigaplan.projects.parts import rent_by_unit_price

SOLVED: dict[tuple[str, str], Result] = {}


def solved(name: str, scenario: str = "") -> Result:
    """The optimum of a template or of its scenario, solved once."""
    key = (name, scenario)
    if key not in SOLVED:
        plan = load_template(name)
        SOLVED[key] = solve_plan(apply_scenario(plan, scenario) if scenario else plan)
        assert SOLVED[key].status == "optimal", key
    return SOLVED[key]


def total(result: Result, name: str, by: str) -> dict[str, float]:
    return {key: float(values.sum()) for key, values in result.series(name, by).items()}


def shortfall(result: Result) -> float:
    return total(result, "cost", "component")["commitment"]


def objective(name: str, scenario: str = "") -> float:
    return float(solved(name, scenario).kpis["objective_usd"])


# startup


def bought(scenario: str = "") -> np.ndarray:
    """[blocks, T] tokens bought, over all that are asked for in the period."""
    allocation = solved("startup", scenario).allocation
    assert allocation is not None
    return np.asarray(allocation.bought / allocation.inputs.peak[0] / allocation.inputs.demand[0])


def test_the_startup_buys_tokens_until_its_own_chips_stand() -> None:
    night, day, evening = bought()
    assert evening[:2] == pytest.approx([0.1, 0.1], abs=0.005)  # a tenth of all tokens, and none at other hours
    assert evening[2:] == pytest.approx(0, abs=1e-9)
    assert np.concatenate((night, day)) == pytest.approx(0, abs=1e-9)
    assert (bought("api_half_price").sum(axis=0).reshape(3, 4).max(axis=1) > 0.1).all()
    assert objective("startup") < objective("startup", "own_only")


def test_the_startup_grows_as_the_notes_say() -> None:
    stand = solved("startup").series("chips", "total")["total"]
    assert (stand[0], stand.max()) == (pytest.approx(64, abs=2), pytest.approx(1450, abs=25))
    first = {key: chips[:2].sum() for key, chips in solved("startup").series("chips", "workload|offer").items()}
    assert first["experiments|h200_spot"] > 0.9 * sum(v for key, v in first.items() if key.startswith("experiments|"))
    assert not any(v > 1e-6 for key, v in first.items() if key.endswith("_buy"))


def test_the_token_price_is_that_of_what_is_read_and_written() -> None:
    plan = load_template("startup")
    api = plan.services[0]
    assert api.price_usd == pytest.approx(0.53)
    assert "0.13 USD per million tokens in and 0.40 out" in api.source
    evening = find(plan, "workloads", "product").profile
    assert evening is not None
    assert sum(b.share * x for b, x in zip(plan.settings.blocks, evening, strict=True)) == pytest.approx(1)


def test_training_and_experiments_fill_the_night() -> None:
    plan = load_template("startup")
    held = tuple(msgspec.structs.replace(w, day_flexible=False) if w.id == "experiments" else w for w in plan.workloads)
    firm = solve_plan(msgspec.structs.replace(plan, workloads=held))
    assert firm.kpis["objective_usd"] > objective("startup") * 1.001


# frontier-1gw


def test_what_a_run_on_one_machine_loses_to_failures_is_what_the_notes_say() -> None:
    plan = load_template("frontier-1gw")
    ironwood = find(plan, "platforms", "google_tpu_v7")
    assert ironwood.mtbf_hours == pytest.approx(16_384 * 54 * 24 / 419, rel=1e-4)
    lost = [
        1 - estimate(plan, find(plan, "workloads", run), ironwood).goodput
        for run in ("pretraining_2027", "pretraining_2029")
    ]
    assert lost == pytest.approx([0.17, 0.26], abs=0.006)
    m = 50_676 / 16_384  # Meta's own run, by hand
    assert 1 / (1 + math.sqrt(2 * 0.25 / 60 / m) + 5 / 60 / m) == pytest.approx(0.93, abs=0.005)


def shares(name: str, workload: str) -> dict[str, float]:
    """The part of a workload's work that each platform does over the horizon."""
    allocation = solved(name).allocation
    assert allocation is not None
    i = allocation.inputs
    mine = i.use_workload == [w.id for w in i.plan.workloads].index(workload)
    work = (allocation.used * i.use_theta[:, None])[mine].sum(axis=1)
    done = np.bincount(i.offer_platform[i.use_offer[mine]], weights=work, minlength=len(i.plan.platforms))
    return dict(zip((p.id for p in i.plan.platforms), (done / done.sum()).tolist(), strict=True))


def test_each_chip_of_the_gigawatt_does_what_the_notes_say() -> None:
    def part(workload: str, platform: str) -> float:
        return shares("frontier-1gw", workload)[platform]

    assert part("pretraining_2027", "google_tpu_v7") == part("pretraining_2029", "google_tpu_v7") == 1
    assert part("research", "google_tpu_v7") == pytest.approx(1 / 2, abs=0.06)
    assert part("rl_post_training", "nvidia_gb300_nvl72") == pytest.approx(2 / 3, abs=0.06)
    assert part("chat_us", "nvidia_gb300_nvl72") == pytest.approx(1 / 2, abs=0.06)
    assert part("chat_eu", "nvidia_gb300_nvl72") == pytest.approx(1 / 2, abs=0.06)
    assert part("chat_apac", "nvidia_b200") > 0.8
    assert part("batch", "amd_mi355x") == pytest.approx(1 / 3, abs=0.06)
    result = solved("frontier-1gw")
    gb300 = result.series("deliveries", "offer")["gb300_buy"]
    offer = find(result.plan, "offers", "gb300_buy")
    limit = result.time.values(offer.supply_chips_per_month) * result.time.months
    assert gb300[gb300 > 0] == pytest.approx(limit[gb300 > 0])
    assert result.kpis["peak_facility_mw"] > 1000


def test_both_phases_of_power_are_signed_and_idle_chips_are_off() -> None:
    allocation = solved("frontier-1gw").allocation
    assert allocation is not None
    assert allocation.contracted.tolist() == pytest.approx([1, 1, 1, 1])
    assert allocation.off.sum() > 1000


def test_hours_and_waiting_save() -> None:
    plan = load_template("frontier-1gw")
    for regions in ("US", "EU", "JP"):
        assert any(w.profile and regions in w.jurisdictions for w in plan.workloads)
    assert find(plan, "workloads", "batch").max_delay_months == 3


def gigawatt_year(plan: Plan, offer: str, site: str) -> tuple[float, float]:
    """Chips to a gigawatt of facility power at a site, and what they cost there in a year, by arithmetic."""
    row, place, time = find(plan, "offers", offer), find(plan, "sites", site), Timeline.of(plan.settings)
    chip = find(plan, "platforms", row.platform)
    chips = 1e9 / (chip.power_w * place.pue)
    price, hours = float(time.opening(row.price_usd)[0]), 12 * 730.5
    if row.kind == "rental":
        return chips, chips * price * hours
    power = 1000 * hours * time.values(place.electricity_usd_per_mwh).mean()
    buildings = 12 * 1e6 / place.pue * time.values(place.hosting_usd_per_kw_month).mean()
    return chips, chips * price * (12 / chip.lifetime_months + row.maintenance_per_year) + buildings + power


def test_a_gigawatt_year_costs_what_the_notes_say_and_owned_chips_what_the_catalogue_has() -> None:
    result, known = solved("frontier-1gw"), load_catalogue().demand_and_costs
    plan, a = result.plan, result.allocation
    assert a is not None
    i = a.inputs
    chip_w = np.array([p.power_w for p in plan.platforms])[i.offer_platform[i.pair_offer]]
    stands = a.active.sum(axis=1) * chip_w * np.array([s.pue for s in plan.sites])[i.pair_site] / 1e9 / 4
    assert result.kpis["tco_usd"] / stands.sum() == pytest.approx(12.6e9, rel=5e-3)
    offers = [o.id for o in plan.offers]
    cost, weight = {}, {}
    for offer in ("gb300_buy", "gb200_buy"):
        chips, cost[offer] = gigawatt_year(plan, offer, "texas")
        assert chips == pytest.approx(487e3, rel=1e-3)
        weight[offer] = stands[i.pair_offer == offers.index(offer)].sum()
    owned = sum(cost[id] * weight[id] for id in cost) / sum(weight.values())
    assert owned == pytest.approx(9.4e9, abs=0.06e9)
    assert known["dem_092"].value_min < owned < known["dem_092"].value_max
    assert known["dem_095"].value_min == 400e3
    for offer, site, told in (
        ("trainium2_3y", "virginia", 21e9), ("b200_1y", "texas", 22e9), ("ironwood_commitment", "iowa", 12e9),
    ):  # fmt: skip
        assert gigawatt_year(plan, offer, site)[1] == pytest.approx(told, abs=0.5e9)


# commitment-200b


def test_the_commitment_is_200_billion_and_nearly_used() -> None:
    ladder = load_template("commitment-200b").agreements
    assert [tier.commit_usd_per_year * tier.months / 12 for tier in ladder] == [200e9, 100e9, 300e9]
    assert [tier.discount for tier in ladder] == [0.20, 0.14, 0.23]
    assert {tier.group for tier in ladder} == {"cloud"}
    assert [tier.status for tier in ladder] == ["signed", "optional", "optional"]
    assert ladder[0].start == "2027-01"
    base = solved("commitment-200b")
    assert 0 < shortfall(base) < 0.05 * 200e9
    assert base.allocation is not None
    assert base.allocation.shortfall[2:4] == pytest.approx(0, abs=1)
    assert base.allocation.shortfall[4] == pytest.approx(40e9 / 70, rel=0.05)
    assert min(base.kpis["coverage"].values()) > 0.95


def test_each_generation_of_pre_training_is_on_one_platform_and_chat_follows_the_day() -> None:
    result = solved("commitment-200b")
    placed = [name for name, taken in result.decisions["placed"].items() if taken]
    assert placed == ["pretraining_2028|google_tpu_v7", "pretraining_2031|google_tpu_v7"]
    for id in ("chat", "chat_eu"):
        hours = find(result.plan, "workloads", id).profile
        assert hours is not None
        assert sum(hours) / len(hours) == pytest.approx(1)
    firm = tuple(msgspec.structs.replace(w, day_flexible=False) for w in result.plan.workloads)
    held = solve_plan(msgspec.structs.replace(result.plan, workloads=firm))
    assert held.kpis["objective_usd"] > objective("commitment-200b") * 1.0003


def test_forty_billion_a_year_is_the_capacity_of_another_report() -> None:
    catalogue = load_catalogue()
    chip, rent = catalogue.platforms["google_tpu_v7"], catalogue.offers["offer_112"].price_usd or 0
    gigawatts = commitment_200b.COMMIT / (rent * 8766) * (chip.server_power_w_per_chip or 0) * 1.1 / 1e9
    assert gigawatts == pytest.approx(catalogue.demand_and_costs["dem_076"].value_min, rel=0.05)


def test_the_agreed_price_after_its_discount_is_the_analysts() -> None:
    agreed = find(load_template("commitment-200b"), "offers", "ironwood_agreed")
    assert agreed.price_usd * (1 - commitment_200b.DISCOUNT) == pytest.approx(1.6)


def test_signing_pays_at_full_demand_and_not_at_half() -> None:
    name = "commitment-200b"
    assert objective(name, "not_signed") > 1.2 * objective(name)
    free = solved(name, "free_to_sign")
    assert free.allocation is not None
    assert free.allocation.signed.tolist() == [0, 1, 0]  # of 200, 100 and 300 billion
    assert objective(name, "free_to_sign") == pytest.approx(0.965 * objective(name), rel=1e-3)  # as the notes say
    assert objective(name, "half_demand_not_signed") < objective(name, "half_demand")


def test_half_the_demand_exposes_about_half_of_the_promise() -> None:
    half = solved("commitment-200b", "half_demand")
    assert 0.4 * 200e9 < shortfall(half) < 0.6 * 200e9
    assert min(half.kpis["coverage"].values()) > 0.999
    assert shortfall(solved("commitment-200b", "half_elsewhere")) == pytest.approx(0, abs=1)


def test_prices_that_fall_elsewhere_help_little_where_so_much_is_promised() -> None:
    at = Timeline.of(load_template("commitment-200b").settings)
    fallen = apply_scenario(load_template("commitment-200b"), "falling_elsewhere")
    before, after = (find(p, "offers", "mi355x_3y").price_usd for p in (load_template("commitment-200b"), fallen))
    mean = (0.8**0.25 - 1) / math.log(0.8**0.25)  # over a quarter, of what opens it
    assert at.opening(after)[4::4] == pytest.approx(before * mean * 0.8 ** np.arange(1, 5))
    assert isinstance(find(fallen, "offers", "ironwood_agreed").price_usd, float)
    shares = []
    for scenario in ("", "falling_elsewhere"):
        power = total(solved("commitment-200b", scenario), "it_power", "provider")
        shares.append(power["Google Cloud"] / sum(power.values()))
    assert shares[1] == pytest.approx(shares[0], abs=0.02)
    name = "commitment-200b"
    assert 0.9 * objective(name) < objective(name, "falling_elsewhere") < objective(name)


def test_no_provider_has_more_than_its_share() -> None:
    power = solved("commitment-200b").series("it_power", "provider")
    assert (power["Google Cloud"] <= 0.8 * sum(power.values()) * (1 + 1e-6)).all()


# tiered-portfolio


@pytest.mark.parametrize(
    ("id", "offer", "price", "power"),
    [
        ("h100_rel", "h100_buy", 29_150.0, 1384.0),
        ("groq_rel", "groq_buy", 20_405.0, 503.3),
        ("cs3_rel", "cs3_buy", 26_235.0, 790.9),
        ("inferentia2_rel", "inferentia2_1y", 1.04, 615.1),
        ("tpu_v5e_rel", "tpu_v5e_3y", 1.04, 692.0),
    ],
)
def test_relative_chips_are_the_h100_times_the_articles_table(id: str, offer: str, price: float, power: float) -> None:
    plan = load_template("tiered-portfolio")
    platform = find(plan, "platforms", id)
    assert platform.power_w == pytest.approx(power)
    assert platform.bf16_tflops == 989.4
    assert find(plan, "offers", offer).price_usd == pytest.approx(price)
    assert "Claim" in platform.source
    assert "Relative" in platform.source
    assert "relative" in platform.name
    assert "Claim" in find(plan, "offers", offer).source


def test_the_tiers_of_latency_choose_their_processors() -> None:
    plan = load_template("tiered-portfolio")
    held = {p.id: p.token_latency_ms or 0.0 for p in plan.platforms if p.id != "own_rel"}
    fits = {tier: {p for p, ms in held.items() if ms <= limit} for tier, limit in (("realtime", 2), ("chat", 15))}
    assert fits == {"realtime": {"groq_rel"}, "chat": {"groq_rel", "inferentia2_rel", "tpu_v5e_rel"}}
    for region in tiered_portfolio.REGIONS:
        assert find(plan, "workloads", f"realtime_{region}").max_token_latency_ms == 2
        assert find(plan, "workloads", f"chat_{region}").max_token_latency_ms == 15
    used = {key for key, chips in total(solved("tiered-portfolio"), "chips", "workload|offer").items() if chips > 1e-6}
    assert {key.split("|")[1] for key in used if key.startswith("realtime")} <= {"groq_buy", "groq_cloud"}
    for region in tiered_portfolio.REGIONS:
        chat = shares("tiered-portfolio", f"chat_{region}")
        assert chat["tpu_v5e_rel"] + chat["inferentia2_rel"] > 0.75
        assert min(chat["tpu_v5e_rel"], chat["inferentia2_rel"]) > 0.25
    assert shares("tiered-portfolio", "training")["tpu_v5e_rel"] > 0.7


def test_work_that_may_wait_takes_the_hours_in_which_people_sleep() -> None:
    result = solved("tiered-portfolio")
    a = result.allocation
    assert a is not None
    i = a.inputs
    waits = [w for w, row in enumerate(result.plan.workloads) if row.id == "batch"]
    for site, night in (("north_america", 1), ("europe", 0), ("asia_pacific", 2)):
        here = i.pair_site[i.use_pair] == [s.id for s in result.plan.sites].index(site)
        by_hour = [a.used[here & np.isin(i.use_workload, waits) & (i.use_block == b)].sum() for b in range(3)]
        assert int(np.argmax(by_hour)) == night
    for region, hours in tiered_portfolio.DAYS.items():
        assert sum(hours) / 3 == pytest.approx(1)
        assert find(result.plan, "workloads", f"chat_{region}").profile == hours
    training = find(result.plan, "workloads", "training")
    goodput = {round(estimate(result.plan, training, p).goodput, 2) for p in result.plan.platforms}
    assert goodput == {0.97}
    placed = [name for name, taken in result.decisions["placed"].items() if taken]
    assert placed == ["training|tpu_v5e_rel|north_america"]


def test_three_configurations_keep_their_data() -> None:
    plan = load_template("tiered-portfolio")
    assert {s.jurisdiction for s in plan.sites} == set(tiered_portfolio.REGIONS.values())
    for region, law in tiered_portfolio.REGIONS.items():
        for tier in ("realtime", "chat", "documents"):
            assert find(plan, "workloads", f"{tier}_{region}").jurisdictions == (law,)
    assert {w.sensitivity for w in plan.workloads} == {"public", "internal", "confidential", "restricted"}


def test_several_vendors_serve_what_one_cloud_cannot() -> None:
    base, cloud = (solved("tiered-portfolio", scenario).kpis["coverage"] for scenario in ("", "one_cloud"))
    assert min(base.values()) > 0.998
    assert cloud["realtime_na"] == cloud["realtime_eu"] == 0
    assert cloud["documents_na"] < 0.6
    name = "tiered-portfolio"
    assert objective(name, "own_beside") < objective(name) < objective(name, "federation")
    assert objective(name) < objective(name, "costly_orchestration")
    assert objective(name) < objective(name, "own_everything")


def test_chat_survives_the_loss_of_any_vendor_and_a_federation_of_any_provider() -> None:
    allocation = solved("tiered-portfolio").allocation
    assert allocation is not None
    i = allocation.inputs
    vendor = {p.id: p.vendor for p in i.plan.platforms}
    owner = np.array([vendor[i.plan.offers[o].platform] for o in i.use_offer])
    for w, workload in enumerate(i.plan.workloads):
        if not workload.id.startswith("chat"):
            continue
        for lost in set(owner):
            kept = (i.use_workload == w) & (owner != lost)
            served = (allocation.used * i.use_theta[:, None])[kept].sum(axis=0)
            assert (served[4:] >= 0.5 * i.demand[w, 4:] * i.peak[w] * (1 - 1e-6)).all(), (workload.id, lost)
    allocation = solved("tiered-portfolio", "federation").allocation
    assert allocation is not None
    i = allocation.inputs
    sold_by = np.array([i.plan.offers[o].provider for o in i.pair_offer[i.mode_pair]])
    for provider in set(sold_by):  # each chip has the same compute
        running = allocation.running[sold_by == provider].sum(axis=0)
        assert (running[2:] <= 0.4 * allocation.running.sum(axis=0)[2:] * (1 + 1e-6)).all()


# trainium-rl


def test_memory_counts_more_than_arithmetic_for_the_rollouts() -> None:
    plan = load_template("trainium-rl")
    before = throughput(plan)[0]
    faster = tuple(
        msgspec.structs.replace(p, bf16_tflops=2 * p.bf16_tflops, fp8_tflops=2 * (p.fp8_tflops or 0))
        for p in plan.platforms
    )
    wider = tuple(msgspec.structs.replace(p, memory_bandwidth_gb_s=2 * p.memory_bandwidth_gb_s) for p in plan.platforms)
    by_arithmetic = throughput(msgspec.structs.replace(plan, platforms=faster))[0] / before
    by_memory = throughput(msgspec.structs.replace(plan, platforms=wider))[0] / before
    assert (by_memory > by_arithmetic * 1.15).all()
    # as the notes say
    assert (by_memory.min(), by_memory.max()) == (pytest.approx(1.4, abs=0.05), pytest.approx(1.6, abs=0.05))
    assert (by_arithmetic.min(), by_arithmetic.max()) == (pytest.approx(1.1, abs=0.05), pytest.approx(1.2, abs=0.05))


def usd_per_million_tokens(plan: Plan) -> dict[str, float]:
    """Of the rollouts, on a chip at full load."""
    rate = dict(zip((p.id for p in plan.platforms), throughput(plan)[0], strict=True))
    return {
        o.id: float(o.price_usd) / rate[o.platform] / 3600 * 1e6 for o in plan.offers if isinstance(o.price_usd, float)
    }


def test_trainium_wins_per_token_and_loses_at_list_price() -> None:
    plan = load_template("trainium-rl")
    cost = usd_per_million_tokens(plan)
    nvidia = [cost[id] for id in ("h100_3y", "b200_3y", "gb200_3y", "gb300_3y")]
    assert cost["trainium3_3y"] < cost["mi355x_3y"] < cost["trainium2_3y"] < min(nvidia)
    told = (cost["trainium3_3y"], cost["mi355x_3y"], cost["trainium2_3y"], min(nvidia), max(nvidia))
    assert told == pytest.approx((0.35, 0.44, 0.51, 0.57, 0.98), abs=0.006)
    listed = usd_per_million_tokens(apply_scenario(plan, "list_price"))
    assert listed["trainium2_3y"] == pytest.approx(1.31, abs=0.006)
    assert listed["trainium2_3y"] > max(nvidia)
    delivered = [total(solved("trainium-rl", s), "deliveries", "vendor")["NVIDIA"] for s in ("", "list_price")]
    assert delivered[1] > delivered[0]


def test_there_are_nearly_a_million_trainium() -> None:
    chips = solved("trainium-rl").series("chips", "vendor")
    assert 0.9e6 < chips["AWS"].max() < 1.1e6
    assert chips["AWS"].max() > 3 * chips["NVIDIA"].max()


def test_the_updates_are_one_run_that_loses_what_the_notes_say() -> None:
    plan = load_template("trainium-rl")
    updates = find(plan, "workloads", "rl_updates")
    assert updates.placement == "one_platform"
    chips = [find(plan, "platforms", id) for id in ("aws_trainium2", "nvidia_gb300_nvl72")]
    assert [1 - estimate(plan, updates, chip).goodput for chip in chips] == pytest.approx([0.37, 0.17], abs=0.006)
    placed = solved("trainium-rl").decisions["placed"]
    assert [name for name, taken in placed.items() if taken] == ["rl_updates|aws_trainium2"]


def test_leaving_the_market_frees_chips_for_core_customers() -> None:
    stay, leave = (solved("trainium-rl", s).kpis["coverage"] for s in ("fivefold", "fivefold_leave"))
    assert stay["serving_market"] > 0.89
    assert leave["serving_core"] > stay["serving_core"] + 0.2
    assert leave["serving_market"] is None
    assert objective("trainium-rl", "leave_market") < objective("trainium-rl")


def test_demand_may_grow_from_one_to_five_within_a_year() -> None:
    plan = load_template("trainium-rl")
    scenarios = {id: find(apply_scenario(plan, id), "workloads", "serving_core").demand for id in ("flat", "fivefold")}
    base = find(plan, "workloads", "serving_core").demand
    assert [demand[4] / demand[0] for demand in (scenarios["flat"], base, scenarios["fivefold"])] == pytest.approx(
        [1, math.sqrt(5), 5], rel=1e-6
    )
    row = find(plan, "uncertainties", "core_demand")
    assert (row.low, row.high) == (pytest.approx(1 / math.sqrt(5), abs=0.01), pytest.approx(math.sqrt(5), abs=0.01))


# rainier


def test_the_run_is_what_the_notes_say_and_is_done_at_several_sites() -> None:
    plan = load_template("rainier")
    rates = Timeline.of(plan.settings).values(find(plan, "workloads", "run").demand)
    operations = rates.sum() * 1e15 * 730.5 * 3600
    assert f"{operations:.1e} FLOP" in plan.settings.notes
    base = solved("rainier")
    assert base.kpis["coverage"]["run"] == pytest.approx(1)
    assert 400e3 < base.series("chips", "offer")["trainium2_own"].max() < 700e3
    headroom = base.series("power_headroom", "site")
    assert sum(bool((left < 1e-6).any()) for left in headroom.values()) >= 3
    assert all(values.max() > 10e3 for values in base.series("chips", "site").values())


def test_the_run_is_one_machine_that_failures_slow_down() -> None:
    plan, base = load_template("rainier"), solved("rainier")
    run, chip = find(plan, "workloads", "run"), find(plan, "platforms", "aws_trainium2")
    chips = rainier.RATE / (0.667 * 0.35)
    assert (chips, chip.mtbf_hours / chips * 60) == (pytest.approx(257e3, rel=2e-3), pytest.approx(12, abs=0.5))
    assert 1 - estimate(plan, run, chip).goodput == pytest.approx(0.39, abs=0.006)
    assert [name for name, taken in base.decisions["placed"].items() if taken] == ["run|aws_trainium2"]
    assert 480 < base.kpis["peak_facility_mw"] < 520
    assert base.allocation is not None
    off = base.allocation.off.sum(axis=0)
    assert (off[:6] > 50e3).all()
    assert (off[rainier.RUN[1] :] > 400e3).all()
    chips = total(base, "chips", "workload|offer")
    assert min(chips["research|h200_3y"], chips["research|b200_on_demand"]) > 1000
    for scenario in ("site_late", "power_slower", "chips_late", "trainium_only"):
        coverage = solved("rainier", scenario).kpis["coverage"]
        assert coverage["research"] == pytest.approx(1)
        assert coverage["run"] < 0.97


def test_what_comes_late_costs_and_more_time_saves() -> None:
    for scenario in ("site_late", "power_slower", "chips_late", "trainium_only"):
        assert objective("rainier", scenario) > 1.05 * objective("rainier"), scenario
    assert objective("rainier", "later_deadline") < 0.8 * objective("rainier")
    late = apply_scenario(load_template("rainier"), "site_late")
    power = Timeline.of(late.settings).values(find(late, "sites", "oregon").power_mw)
    assert (power[:9] == 0).all()
    assert power[9] == rainier.SITES["oregon"][2][0]
    assert find(late, "workloads", "run").demand == find(load_template("rainier"), "workloads", "run").demand


# cost-history

COLUMNS = [("2022", "year_2022"), ("2024", "year_2024"), ("2026", "")]


def inside(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def test_work_grows_and_its_price_falls_as_the_notes_say() -> None:
    first, last = (cost_history.YEARS[name] for name in ("2022", "2026"))
    assert last.training_pflop_s / first.training_pflop_s == pytest.approx(123, abs=0.5)
    assert last.inference_tokens_s / first.inference_tokens_s == pytest.approx(56, abs=0.5)
    cost = []
    for name, scenario in (COLUMNS[0], COLUMNS[2]):
        own = 1 - cost_history.YEARS[name].overhead
        cost.append({id: own * usd for id, usd in total(solved("cost-history", scenario), "cost", "workload").items()})
    training = cost[1]["training"] / cost[0]["training"] / (last.training_pflop_s / first.training_pflop_s)
    inference = cost[1]["inference"] / cost[0]["inference"] / (last.inference_tokens_s / first.inference_tokens_s)
    assert (training, inference) == (pytest.approx(2 / 3, abs=0.07), pytest.approx(2 / 3, abs=0.07))


@pytest.mark.parametrize(
    ("scenario", "chip", "lost"),
    [("year_2022", "nvidia_a100_40", 0.014), ("year_2024", "nvidia_h100_sxm", 0.04), ("", "nvidia_h100_sxm", 0.12)],
)
def test_training_is_one_machine_of_the_year(scenario: str, chip: str, lost: float) -> None:
    result = solved("cost-history", scenario)
    assert [name for name, taken in result.decisions["placed"].items() if taken] == [f"training|{chip}|virginia"]
    work, platform = find(result.plan, "workloads", "training"), find(result.plan, "platforms", chip)
    assert 1 - estimate(result.plan, work, platform).goodput == pytest.approx(lost, abs=0.006)


@pytest.mark.parametrize(("name", "scenario"), COLUMNS)
def test_money_and_overhead_fall_into_the_articles_ranges(name: str, scenario: str) -> None:
    year, result = cost_history.YEARS[name], solved("cost-history", scenario)
    parts, cost = total(result, "cost", "component"), total(result, "cost", "workload")
    assert min(result.kpis["coverage"].values()) == pytest.approx(1)
    assert parts["overhead"] / sum(parts.values()) == pytest.approx(year.overhead)
    compute = {id: value * (1 - year.overhead) for id, value in cost.items()}
    assert inside(compute["training"], year.training_usd)
    assert inside(compute["inference"] / 12, year.inference_usd_per_month)
    assert inside(sum(parts.values()) - parts["overhead"], year.infrastructure_usd)
    assert result.time.dates[0] == f"{name}-01"


@pytest.mark.parametrize(("name", "scenario"), COLUMNS[1:])
def test_power_of_2024_and_2026_falls_into_the_articles_ranges(name: str, scenario: str) -> None:
    result = solved("cost-history", scenario)
    assert inside(result.kpis["peak_facility_mw"], cost_history.YEARS[name].power_mw)
    assert result.kpis["energy_mwh"] < cost_history.YEARS[name].power_mw[1] * 8766


def test_power_of_2022_cannot_be_had_for_its_money() -> None:
    """The whole of the year's money, on the chip that keeps most watts running for it, stays below 10 MW."""
    year, plan = cost_history.YEARS["2022"], load_template("cost-history")
    money = year.training_usd[1] + 12 * year.inference_usd_per_month[1]
    pue = plan.sites[0].pue
    watts = {p.id: p.power_w * pue for p in plan.platforms}
    usd_per_kwh = {o.id: float(o.price_usd) / watts[o.platform] * 1000 for o in plan.offers if o.price_usd}
    assert min(usd_per_kwh.values()) == pytest.approx(0.716, abs=0.001)
    assert money / min(usd_per_kwh.values()) / 8766 / 1000 < year.power_mw[0]
    assert 5 < solved("cost-history", "year_2022").kpis["peak_facility_mw"] < 7


def test_each_year_uses_the_chips_of_its_time() -> None:
    used = {
        name: {id for id, n in total(solved("cost-history", s), "chips", "offer").items() if n > 0}
        for name, s in COLUMNS
    }
    assert used == {"2022": {"a100_rent"}, "2024": {"a100_rent", "h100_2023"}, "2026": {"h100_3y", "b200_3y"}}


# what they share


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_scenario_applies_and_solves(name: str) -> None:
    for scenario in load_template(name).scenarios:
        assert solved(name, scenario.id).status == "optimal", scenario.id


def test_a_derived_rent_is_that_of_a_gb200_by_unit_price_and_life() -> None:
    # 15,000 USD over 5 years is 0.254 of 47,222 over 4, and a GB200 rents for 3.30
    assert rent_by_unit_price("aws_trainium2")[0] == pytest.approx(3.30 * (15_000 / 5) / (47_222 / 4), abs=5e-4)
    assert "Derived" in rent_by_unit_price("aws_trainium3")[1]


@pytest.mark.parametrize("name", ["commitment-200b", "tiered-portfolio", "trainium-rl", "rainier", "cost-history"])
def test_every_plan_has_uncertainties_and_says_where_it_comes_from(name: str) -> None:
    plan = load_template(name)
    assert 2 <= len(plan.uncertainties) <= 4
    assert len(plan.scenarios) >= 2
    assert "Assumed:" in plan.settings.notes
    assert "press" in plan.settings.notes
