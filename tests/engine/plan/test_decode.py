"""Bad input is refused with its path and in plain words; good input comes back as it went in."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from gigaplan.engine.exchange.json import MAX_BYTES, parse_json, read_json, to_json
from gigaplan.engine.plan.decode import MAX_PROBLEMS, decode_plan, decode_row, encode_plan
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Offer, Scenario, Settings, Site
from tests.engine.plan_shapes import plans
from tests.timing import times

PLATFORM = {
    "id": "h100", "name": "H100", "vendor": "nvidia", "stack": "cuda", "bf16_tflops": 989, "memory_gb": 80,
    "memory_bandwidth_gb_s": 3350, "power_w": 1400,
}  # fmt: skip
SITE = {"id": "iowa", "name": "Iowa", "jurisdiction": "US", "power_mw": [10, 10, 20, 20], "electricity_usd_per_mwh": 45}
OFFER = {
    "id": "buy", "name": "Buy", "platform": "h100", "provider": "nvidia", "kind": "purchase",
    "price_usd": {"start": 30000, "annual_growth": -0.1}, "sites": ["iowa"],
    "installed": [{"site": "iowa", "chips": 100, "months_left": 12}],
}  # fmt: skip
WORKLOAD = {
    "id": "chat", "name": "Chat", "kind": "inference", "unit": "tokens/s", "demand": 1e6, "unmet_usd": 0.01,
    "inference": {
        "total_params_b": 70, "active_params_b": 70, "context_tokens": 4000, "prompt_tokens_per_output": 3,
        "kv_bytes_per_token": 160000,
    },
    "throughput": [{"platform": "h100", "value": 900, "basis": "measured"}],
}  # fmt: skip
GOOD: dict[str, Any] = {
    "format": "gigaplan/2",
    "plan": {"name": "Test", "start": "2027-01", "periods": 4},
    "platforms": [PLATFORM, PLATFORM | {"id": "h200", "fp8_tflops": 1979}],
    "sites": [SITE],
    "offers": [OFFER],
    "workloads": [WORKLOAD],
    "agreements": [
        {"id": "g", "name": "G", "provider": "nvidia", "start": "2027-01", "months": 24, "commit_usd_per_year": 1e6,
         "status": "signed"}
    ],
    "ports": [{"workload": "chat", "stack": "cuda", "cost_usd": 5}],
    "policies": [{"id": "cap", "kind": "share", "dimension": "vendor", "metric": "power", "limit": 0.6}],
    "scenarios": [
        {"id": "dear", "name": "Dear", "overrides": [
            {"table": "sites", "row": "iowa", "field": "power_mw", "op": "scale", "value": 2,
             "from": "2027-01", "until": "2028-01"}]}
    ],
    "uncertainties": [
        {"id": "u", "table": "offers", "row": "buy", "field": "price_usd", "distribution": "uniform", "low": 0.8,
         "high": 1.2}
    ],
    "layout": [{"table": "sites", "row": "iowa", "x": 1, "y": 2}],
}  # fmt: skip
GONE = object()


def changed(place: list[str | int], value: Any) -> dict[str, Any]:
    """The good plan with one value set, or taken out."""
    plan = copy.deepcopy(GOOD)
    spot: Any = plan
    for key in place[:-1]:
        spot = spot[key]
    if value is GONE:
        del spot[place[-1]]
    else:
        spot[place[-1]] = value
    return plan


def problems_of(obj: Any) -> list[tuple[str, str]]:
    with pytest.raises(PlanError) as caught:
        decode_plan(obj)
    return [(p.path, p.text + " " + p.remedy) for p in caught.value.problems]


BAD: list[tuple[list[str | int], Any, str, str]] = [
    # format, tables, objects
    (["format"], GONE, "format", "missing"),
    (["format"], "gigaplan/3", "format", "newer"),
    (["format"], "gigaplan/0", "format", '"gigaplan/2"'),
    (["format"], 1, "format", '"gigaplan/2"'),
    (["format"], {"gigaplan": 1}, "format", '"gigaplan/2"'),
    (["plan"], GONE, "plan", "missing"),
    (["plan"], [], "plan", "object"),
    (["plan"], None, "plan", "object"),
    (["ofers"], [], "ofers", 'Did you mean "offers"'),
    (["Sites"], [], "Sites", 'Did you mean "sites"'),
    (["sites"], {}, "sites", "list of rows"),
    (["sites"], "iowa", "sites", "list of rows, not text"),
    (["sites", 0], "iowa", "sites[0]", "object"),
    (["sites", 0], None, "sites[0]", "object"),
    (["platforms"], [PLATFORM] * 10_001, "platforms", "10000"),
    # missing, unknown, null
    (["plan", "start"], GONE, "plan.start", "missing"),
    (["platforms", 1, "power_w"], GONE, "platforms[1].power_w", "missing Give IT power per chip in W"),
    (["offers", 0, "installed", 0, "chips"], GONE, "offers[0].installed[0].chips", "missing"),
    (["workloads", 0, "inference", "context_tokens"], GONE, "workloads[0].inference.context_tokens", "missing"),
    (["offers", 0, "prise_usd"], 3, "offers[0].prise_usd", 'Did you mean "price_usd"'),
    (["offers", 0, "installed", 0, "chip"], 3, "offers[0].installed[0].chip", 'Did you mean "chips"'),
    (["offers", 0, "zzz"], 3, "offers[0].zzz", "not a field"),
    (["offers", 0, "a\n"], 3, "offers[0].a\N{REPLACEMENT CHARACTER}", "not a field"),
    (["offers", 0, "k" * 500], 3, "offers[0]." + "k" * 39 + "\N{HORIZONTAL ELLIPSIS}", "not a field"),
    (["platforms", 0, "vendor"], None, "platforms[0].vendor", "empty"),
    (["offers", 0, "availability"], None, "offers[0].availability", "Leave it out for 1."),
    (["sites", 0, "electricity_usd_per_mwh"], None, "sites[0].electricity_usd_per_mwh", "empty"),
    (["offers", 0, "sites"], None, "offers[0].sites", "empty"),
    # types
    (["platforms", 0, "power_w"], "1400", "platforms[0].power_w", 'number, not text ("1400")'),
    (["platforms", 0, "power_w"], True, "platforms[0].power_w", "number, not true"),
    (["platforms", 0, "power_w"], [1400], "platforms[0].power_w", "number, not a list"),
    (["platforms", 0, "power_w"], b"1", "platforms[0].power_w", "number, not a bytes"),
    (["platforms", 0, "name"], 7, "platforms[0].name", "text, not a number (7)"),
    (["platforms", 0, "name"], "a\0b", "platforms[0].name", "not text"),
    (["platforms", 0, "name"], "\ud800", "platforms[0].name", "surrogate"),
    (["platforms", 0, "name"], "a" * 1_000_001, "platforms[0].name", "characters"),
    (["offers", 0, "interruptible"], 1, "offers[0].interruptible", "true or false"),
    (["offers", 0, "energy_included"], "yes", "offers[0].energy_included", "true or false"),
    (["offers", 0, "sites"], "iowa", "offers[0].sites", 'list of sites or "*"'),
    (["offers", 0, "sites"], ["iowa", 3], "offers[0].sites[1]", "text"),
    (["offers", 0, "installed"], {"site": "iowa"}, "offers[0].installed", "list of objects"),
    (["offers", 0, "installed", 0], 3, "offers[0].installed[0]", "object"),
    (["workloads", 0, "inference"], 70, "workloads[0].inference", "object"),
    (["workloads", 0, "forbidden_offers"], "*", "workloads[0].forbidden_offers", "list of offers"),
    (["workloads", 0, "jurisdictions"], ["US", None], "workloads[0].jurisdictions[1]", "text, not empty"),
    (["scenarios", 0, "overrides", 0, "from"], "May", "scenarios[0].overrides[0].from", "YYYY-MM"),
    (["scenarios", 0, "overrides", 0, "periods"], [0], "scenarios[0].overrides[0].periods", "not a field"),
    (["scenarios", 0, "overrides", 0, "from_"], None, "scenarios[0].overrides[0].from_", 'Did you mean "from"'),
    (["plan", "periods"], 4.5, "plan.periods", "whole number; it is 4.5"),
    (["plan", "periods"], False, "plan.periods", "whole number, not false"),
    # choices
    (["offers", 0, "kind"], "rentl", "offers[0].kind", 'purchase or rental Did you mean "rental"'),
    (["offers", 0, "kind"], 1, "offers[0].kind", "purchase or rental"),
    (["workloads", 0, "precision"], "int4", "workloads[0].precision", "bf16, fp8 or fp4"),
    (["workloads", 0, "throughput", 0, "basis"], "", "workloads[0].throughput[0].basis", "measured, vendor or"),
    (["plan", "months_per_period"], 13, "plan.months_per_period", "12 or less; it is 13"),
    (["plan", "months_per_period"], True, "plan.months_per_period", "whole number"),
    (["plan", "months_per_period"], "3", "plan.months_per_period", "whole number"),
    (["scenarios", 0, "overrides", 0, "table"], "site", "scenarios[0].overrides[0].table", 'Did you mean "sites"'),
    # ids and months
    (["sites", 0, "id"], "Iowa 1", "sites[0].id", "a-z"),
    (["sites", 0, "id"], "", "sites[0].id", "a-z"),
    (["sites", 0, "id"], "iowa\n", "sites[0].id", "a-z"),
    (["sites", 0, "id"], 5, "sites[0].id", "text"),
    (["platforms", 1, "id"], "h100", "platforms[1].id", "platforms[0] is called already"),
    (["plan", "start"], "2027", "plan.start", "YYYY-MM"),
    (["plan", "currency"], '<img src="file:///dev/stdin">', "plan.currency", "1 to 8 letters"),
    (["plan", "currency"], "ABCDEFGHI", "plan.currency", "1 to 8 letters"),
    (["plan", "currency"], "US D", "plan.currency", "1 to 8 letters"),
    (["plan", "currency"], "", "plan.currency", "1 to 8 letters"),
    (["plan", "start"], "2027-13", "plan.start", "YYYY-MM"),
    (["plan", "start"], "2027-01-01", "plan.start", "YYYY-MM"),
    (["plan", "start"], "٢٠٢٧-01", "plan.start", "YYYY-MM"),
    (["offers", 0, "available_from"], "soon", "offers[0].available_from", "YYYY-MM"),
    (["agreements", 0, "start"], "27-01", "agreements[0].start", "YYYY-MM"),
    # bounds
    (["plan", "periods"], 0, "plan.periods", "1 or more; it is 0"),
    (["plan", "periods"], 481, "plan.periods", "480 or less"),
    (["plan", "discount_rate"], -1, "plan.discount_rate", "more than -1"),
    (["plan", "overhead_fraction"], 1, "plan.overhead_fraction", "less than 1"),
    (["platforms", 0, "power_w"], -1, "platforms[0].power_w", "0 or more; it is -1"),
    (["platforms", 0, "memory_gb"], 0, "platforms[0].memory_gb", "more than 0"),
    (["platforms", 0, "idle_fraction"], 30, "platforms[0].idle_fraction", "1 or less; it is 30"),
    (["platforms", 0, "power_w"], math.nan, "platforms[0].power_w", "finite"),
    (["platforms", 0, "power_w"], math.inf, "platforms[0].power_w", "finite"),
    (["platforms", 0, "power_w"], 1.1e15, "platforms[0].power_w", "larger"),
    # too close to 0: numbers, series, nested rows, overrides, uncertainties
    (["platforms", 0, "power_w"], 5e-324, "platforms[0].power_w", "closer to 0 than 1e-100"),
    (["platforms", 0, "memory_gb"], 9.9e-101, "platforms[0].memory_gb", "closer to 0 than 1e-100"),
    (["sites", 0, "electricity_usd_per_mwh"], -1e-310, "sites[0].electricity_usd_per_mwh", "closer to 0"),
    (["sites", 0, "power_mw", 2], 1e-310, "sites[0].power_mw[2]", "closer to 0"),
    (["sites", 0, "power_mw"], [1.0, 1.0, 5e-324, 2.0], "sites[0].power_mw[2]", "closer to 0"),
    (["offers", 0, "price_usd", "start"], 1e-310, "offers[0].price_usd.start", "closer to 0"),
    (["offers", 0, "price_usd", "annual_growth"], -1e-310, "offers[0].price_usd.annual_growth", "closer to 0"),
    (["offers", 0, "installed", 0, "chips"], 1e-310, "offers[0].installed[0].chips", "closer to 0"),
    (["workloads", 0, "throughput", 0, "value"], 1e-310, "workloads[0].throughput[0].value", "closer to 0"),
    (["policies", 0, "limit"], 1e-310, "policies[0].limit", "closer to 0"),
    (["scenarios", 0, "overrides", 0, "value"], 1e-310, "scenarios[0].overrides[0].value", "closer to 0"),
    (["uncertainties", 0, "low"], 1e-310, "uncertainties[0].low", "closer to 0"),
    (["platforms", 0, "power_w"], 10**30, "platforms[0].power_w", "largest"),
    (["platforms", 0, "power_w"], 10**5000, "platforms[0].power_w", "largest"),
    (["layout", 0, "x"], -math.inf, "layout[0].x", "finite"),
    (["workloads", 0, "peak_factor"], 0.9, "workloads[0].peak_factor", "1 or more"),
    (["workloads", 0, "inference", "compute_efficiency"], 0, "workloads[0].inference.compute_efficiency", "more than"),
    (["offers", 0, "installed", 0, "chips"], -5, "offers[0].installed[0].chips", "0 or more"),
    (["agreements", 0, "months"], 0, "agreements[0].months", "more than 0"),
    # series
    (["sites", 0, "power_mw"], [1, 2, 3], "sites[0].power_mw", "has 3 values, the plan has 4 periods"),
    (["sites", 0, "power_mw"], [], "sites[0].power_mw", "has 0 values, the plan has 4 periods"),
    (["sites", 0, "power_mw"], [1, 2, 3, -4], "sites[0].power_mw[3]", "0 or more; it is -4"),
    (["sites", 0, "power_mw"], [1, math.nan, 3, 4], "sites[0].power_mw[1]", "finite"),
    (["sites", 0, "power_mw"], [1, None, 3, 4], "sites[0].power_mw[1]", "empty"),
    (["sites", 0, "power_mw"], [1, "2", 3, 4], "sites[0].power_mw[1]", 'text ("2")'),
    (["sites", 0, "power_mw"], "12 MW", "sites[0].power_mw", "list of numbers"),
    (["sites", 0, "power_mw"], True, "sites[0].power_mw", "not true"),
    (["sites", 0, "power_mw"], [1] * 10_001, "sites[0].power_mw", "10001"),
    (["offers", 0, "price_usd"], {"annual_growth": 0.1}, "offers[0].price_usd.start", "missing"),
    (["offers", 0, "price_usd"], {"start": -1}, "offers[0].price_usd.start", "0 or more"),
    (["offers", 0, "price_usd"], {"start": 1, "growth": 0}, "offers[0].price_usd.growth", "annual_growth"),
    (["offers", 0, "price_usd"], {"start": 1, "annual_growth": -1}, "offers[0].price_usd.annual_growth", "more than"),
    (["offers", 0, "price_usd"], {"start": 1, "annual_growth": 101}, "offers[0].price_usd.annual_growth", "100"),
    (["offers", 0, "price_usd"], {"start": 1, "annual_growth": math.inf}, "offers[0].price_usd.annual_growth",
     "finite"),
    (["offers", 0, "price_usd"], {"start": 1, "annual_growth": None}, "offers[0].price_usd.annual_growth", "empty"),
    # values whose field is named beside them
    (["scenarios", 0, "overrides", 0, "value"], math.nan, "scenarios[0].overrides[0].value", "finite"),
    (["scenarios", 0, "overrides", 0, "value"], [1, {"a": 1e300}], "scenarios[0].overrides[0].value[1].a", "larger"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "path", "word"), BAD, ids=range(len(BAD)))
def test_bad_input_is_refused_with_its_path(place: list[str | int], value: Any, path: str, word: str) -> None:
    found = problems_of(changed(place, value))
    assert [p for p, _ in found] == [path]
    assert word in found[0][1]


def test_the_good_plan_decodes_to_what_it_says() -> None:
    plan = decode_plan(GOOD)
    assert plan.settings.periods == 4
    assert plan.settings.months_per_period == 3
    assert plan.sites[0].power_mw == (10, 10, 20, 20)
    assert plan.offers[0].price_usd == Growth(30000, -0.1)
    assert type(plan.platforms[0].power_w) is float
    assert plan.platforms[0].fp8_tflops is None
    assert plan.platforms[1].fp8_tflops == 1979
    assert plan.workloads[0].throughput[0].value == 900
    assert (plan.scenarios[0].overrides[0].from_, plan.scenarios[0].overrides[0].until) == ("2027-01", "2028-01")
    assert decode_plan(encode_plan(plan)) == plan


def test_null_lists_and_tables_are_empty() -> None:
    bare = {"format": "gigaplan/2", "plan": GOOD["plan"], "sites": None}
    plan = decode_plan(bare)
    assert plan.sites == ()
    offer, problems = decode_row(Offer, OFFER | {"installed": None, "sites": "*"}, "offers[0]", "offers")
    assert not problems
    assert offer is not None
    assert offer.installed == ()
    assert offer.sites == "*"


def test_whole_floats_stand_for_integers() -> None:
    plan = decode_plan(changed(["plan", "periods"], 4.0))
    assert type(plan.settings.periods) is int


def test_every_problem_is_listed_not_only_the_first() -> None:
    bad = copy.deepcopy(GOOD)
    bad["plan"]["start"] = "soon"
    bad["sites"][0]["power_mw"] = [1, -2, 3]
    bad["offers"][0]["price_usd"] = {"start": "x", "annual_growth": True}
    bad["offers"][0]["kind"] = None
    bad["extra"] = 1
    assert {p for p, _ in problems_of(bad)} == {
        "extra", "plan.start", "sites[0].power_mw", "sites[0].power_mw[1]", "offers[0].price_usd.start",
        "offers[0].price_usd.annual_growth", "offers[0].kind",
    }  # fmt: skip


def test_problems_name_table_row_and_field() -> None:
    with pytest.raises(PlanError) as caught:
        decode_plan(changed(["offers", 0, "installed", 0, "chips"], "many"))
    (problem,) = caught.value.problems
    assert (problem.table, problem.row, problem.field, problem.severity) == ("offers", "buy", "installed", "error")
    assert str(problem) == 'offers[0].installed[0].chips: must be a number, not text ("many").'


def test_a_row_alone_need_not_know_the_periods() -> None:
    site, problems = decode_row(Site, SITE, "sites[0]", "sites")
    assert not problems
    assert site == decode_plan(GOOD).sites[0]
    site, problems = decode_row(Site, SITE, "sites[0]", "sites", periods=5)
    assert site is None
    assert [p.path for p in problems] == ["sites[0].power_mw"]


@pytest.mark.parametrize("obj", [None, 3, "gigaplan/2", [], [GOOD], True])
def test_what_is_no_object_is_no_plan(obj: Any) -> None:
    ((path, text),) = problems_of(obj)
    assert path == ""
    assert "object" in text


def test_a_very_long_input_takes_time_in_proportion() -> None:
    def bad_plan(rows: int) -> dict[str, Any]:
        bad = copy.deepcopy(GOOD)
        bad["platforms"] = [PLATFORM | {"id": f"p{k}", f"key_{k}": 1, "power_w": "x"} for k in range(rows)]
        bad["sites"] = [SITE | {"id": f"s{k}"} for k in range(rows)]
        return bad

    short, long = bad_plan(900), bad_plan(9_000)
    assert times(lambda: problems_of(long), lambda: problems_of(short), 3) < 40
    found = problems_of(long)
    assert len(found) == MAX_PROBLEMS + 1
    assert "there are more" in found[-1][1]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(plans())
def test_what_is_encoded_decodes_to_the_same_plan(plan: Plan) -> None:
    assert decode_plan(encode_plan(plan)) == plan
    assert parse_json(to_json(plan)) == plan
    assert to_json(parse_json(to_json(plan))) == to_json(plan)


# JSON

TEXT = json.dumps(GOOD)


def refusal_of(text: str | bytes) -> tuple[str, str]:
    with pytest.raises(PlanError) as caught:
        parse_json(text)
    return caught.value.problems[0].path, caught.value.problems[0].text


NOT_JSON: list[tuple[str | bytes, str, str]] = [
    ("", "", "it is empty"),
    ("x", "", "line 1, column 1: it is not JSON"),
    ('{\n "a": }', "", "line 2, column 7: it is not JSON"),
    (TEXT + "x", "", "not JSON"),
    (TEXT[:-1], "", "not JSON"),
    (TEXT.replace("1400", "NaN", 1), "platforms[0].power_w", "finite"),
    (TEXT.replace("1400", "-Infinity", 1), "platforms[0].power_w", "finite"),
    (TEXT.replace("1400", "1e999", 1), "platforms[0].power_w", "finite"),
    (TEXT.replace("1400", "1" * 5000, 1), "platforms[0].power_w", "finite"),
    (TEXT.replace("1400", "1" * 20, 1), "platforms[0].power_w", "largest"),
    (TEXT.replace('"power_w"', '"power_w": 3, "power_w"', 1), "platforms[0].power_w", "twice"),
    (TEXT.replace('"start": 30000', '"start": 30000, "start": 2', 1), "offers[0].price_usd.start", "twice"),
    ('{"plan": 1, "plan": 2}', "plan", "twice"),
    (TEXT.replace("1400", "[" * 25 + "]" * 25, 1), "platforms[0].power_w" + "[0]" * 17, "more than 20 deep"),
    ("[" * 1_000_000, "", "more than 20 deep"),
    ('{"a":' * 100_000, "", "more than 20 deep"),
    (TEXT.encode("utf-16"), "", "UTF-8"),
    (b'{\n "a": "\xff"}', "", "line 2, byte 8: it is not text in UTF-8"),
    (b"\xef\xbb\xbf\xef\xbb\xbf{}", "", "not JSON"),
    ('"\ud800"', "", "UTF-8"),
    (TEXT.replace('"Iowa"', '"\\ud800"'), "sites[0].name", "surrogate"),
    ("3", "", "object"),
    ("[]", "", "object"),
    (b" " * (MAX_BYTES + 1), "", "32 MB"),
    ("[" + ",".join(["[" + ",".join(["[]"] * 5000) + "]"] * 201) + "]", "", "1,000,000 lists and objects"),
]


@pytest.mark.parametrize(("text", "path", "word"), NOT_JSON, ids=range(len(NOT_JSON)))
def test_bad_json_is_refused_by_path_or_line(text: str | bytes, path: str, word: str) -> None:
    found_path, found = refusal_of(text)
    assert (path, word in found) == (found_path, True), found


def test_a_byte_order_mark_is_accepted() -> None:
    assert parse_json(b"\xef\xbb\xbf" + TEXT.encode()) == decode_plan(GOOD)
    assert parse_json(TEXT) == decode_plan(GOOD)


def test_json_begins_with_the_format_and_keeps_every_digit(tmp_path: Any) -> None:
    plan = decode_plan(changed(["platforms", 0, "power_w"], 0.1 + 0.2))
    data = to_json(plan)
    assert data.startswith(b'{\n "format": "gigaplan/2",\n "plan": {\n')
    file = tmp_path / "plan.json"
    file.write_bytes(data)
    assert read_json(file) == plan
    assert read_json(file).platforms[0].power_w == 0.1 + 0.2


def test_what_is_no_file_is_not_read(tmp_path: Any) -> None:
    with pytest.raises(PlanError, match="not a file"):
        read_json(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "none.json")


def test_a_number_that_json_cannot_hold_is_not_written_as_null() -> None:
    site = Site(id="s", name="S", jurisdiction="US", power_mw=math.nan, electricity_usd_per_mwh=1.0)
    plan = Plan(settings=Settings(name="x", start="2027-01", periods=1), sites=(site,))
    with pytest.raises(PlanError) as caught:
        to_json(plan)
    assert caught.value.problems[0].path == "sites[0].power_mw"


def test_an_override_takes_any_plain_value() -> None:
    row = {"id": "a", "name": "A", "overrides": [
        {"table": "offers", "row": "buy", "field": "sites", "op": "set", "value": ["iowa"]},
        {"table": "sites", "row": "iowa", "field": "power_mw", "op": "set", "value": None},
    ]}  # fmt: skip
    scenario, problems = decode_row(Scenario, row, "scenarios[0]", "scenarios")
    assert not problems
    assert scenario is not None
    assert [o.value for o in scenario.overrides] == [("iowa",), None]
