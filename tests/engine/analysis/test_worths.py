"""What one more of a limit is worth (section N): by hand, and for random plans by solving again on both sides.

GIGAPLAN_WORTH_PLANS is how many plans are drawn (30 if it is not set; `make random` draws more).
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from reference.model import Model
from reference.random_plans import random_plan
from reference.solving import solve
from reference.worths import rates
from reference.worths import worths as reference_worths

from gigaplan.engine.analysis.limits import limits_of
from gigaplan.engine.analysis.shadow_prices import Worth, worths
from gigaplan.engine.analysis.worth_words import what_binds
from gigaplan.engine.optimization.parametric import BasisLine, LineStretch, Unsure
from gigaplan.engine.optimization.solution import Cancelled
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from tests.engine.analysis.moved_plans import drop
from tests.engine.plans import plan_of

PLANS = int(os.environ.get("GIGAPLAN_WORTH_PLANS", "30"))
CASES = sorted((Path(__file__).parents[2] / "cases" / "2" / "worth").glob("*.worth"))
FLAT = 1e-9
"""Of the objective: what two solves may differ by."""


def name(key: tuple[object, ...]) -> str:
    return ":".join(map(str, key))


def report(worth: Worth) -> dict[str, Any]:
    """What is told of a limit, in the form of the cases."""
    bound = worth.together
    told = None if bound is None else {
        "limits": [name(key) for key in bound.limits],
        "worth": bound.worth,
        "needs": {name(key): amount for key, amount in bound.needs.items()},
    }  # fmt: skip
    four = ("one_more", "one_less", "more_until", "less_until")
    return {each: getattr(worth, each) for each in four} | {"together": told}


def assert_same(found: Any, wanted: Any, where: str) -> None:
    if isinstance(wanted, dict):
        assert set(found) == set(wanted), where
        for key, amount in wanted.items():
            assert_same(found[key], amount, f"{where} {key}")
    elif isinstance(wanted, list | type(None)):
        assert found == wanted, where
    else:
        assert found == pytest.approx(wanted, rel=1e-6, abs=1e-9), where


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_worths_agree_with_hand_arithmetic(case: Path) -> None:
    plan = decode_plan(json.loads(case.with_suffix(".json").read_text(encoding="utf-8")))
    found = {name(worth.key): worth for worth in worths(solve_plan(plan))}
    for key, wanted in json.loads(case.read_text(encoding="utf-8")).items():
        assert_same(report(found[key]), wanted, key)


def assert_true(result: Result, worth: Worth, share: float) -> int:
    """That a worth is what solving again says on both sides of the limit, `share` of the way to where it holds, and
    that it holds no farther. Returns on how many sides it could be tried."""
    flat = FLAT * max(1.0, abs(result.solution.objective))
    limits = {limit.key: limit for limit in limits_of(result)}
    limit = limits[worth.key]
    tried = 0
    for rate, end, cap, sign in ((worth.one_more, worth.more_until, limit.most, 1),
                                 (worth.one_less, worth.less_until, -limit.least, -1)):  # fmt: skip
        if cap <= 0:
            assert rate == 0 if sign > 0 else rate is None
            continue
        if rate is None:
            found = drop(result, worth, -min(cap, 1e-4 * max(worth.size, 1e-6)))
            assert found in (None, -math.inf), (worth, found)
            continue
        far = abs(end) if end is not None else 1000 * max(worth.size, 1.0)
        found = drop(result, worth, sign * share * far)
        if found is None:
            continue
        tried += 1
        off = flat + (0.0101 if worth.kind == "share" else 1e-7) * abs(rate) * share * far
        assert abs(found - sign * rate * share * far) <= off, (worth, sign, found, rate * share * far)
        beyond = min(cap, far * 1.1 + 1e-3 * max(worth.size, 1e-6))
        if end is not None and beyond > far * (1 + 1e-6) and worth.kind != "share":
            found = drop(result, worth, sign * beyond)
            assert found is None or sign * rate * beyond - found > 0, (worth, sign, found, rate * beyond)
    return tried


@pytest.mark.parametrize("seed", range(6))
def test_lines_from_one_basis_tell_what_solving_again_does(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsure(line: BasisLine) -> Iterator[LineStretch]:
        raise Unsure
        yield

    result = solve_plan(decode_plan(random_plan(seed)))
    found = {name(worth.key): report(worth) for worth in worths(result)}
    monkeypatch.setattr(BasisLine, "stretches", unsure)
    assert_same(found, {name(worth.key): report(worth) for worth in worths(result)}, f"seed {seed}")


@pytest.mark.parametrize("seed", range(PLANS))
def test_rates_are_those_of_the_reference(seed: int) -> None:
    """One more and one less of every limit of a random plan, by a second implementation that shares no code."""
    document = random_plan(seed)
    result, model = solve_plan(decode_plan(document)), Model(document)
    best = solve(model)
    assert result.status == best.status
    if best.status != "optimal":
        return
    assert result.solution.objective == pytest.approx(best.objective, rel=1e-6)
    found = {name(worth.key): worth for worth in worths(result)}
    wanted = rates(model, best)
    assert list(found) == list(wanted)
    for key, told in wanted.items():
        small = 1e-9 * abs(best.objective) / max(found[key].size, 1e-9)
        for side in ("one_more", "one_less"):
            there = getattr(found[key], side)
            assert (there is None) == (told[side] is None), (key, side)
            assert there is None or there == pytest.approx(told[side], rel=1e-6, abs=small), (key, side)


@pytest.mark.parametrize("seed", range(PLANS))
def test_every_worth_is_what_solving_again_says(seed: int) -> None:
    result = solve_plan(decode_plan(random_plan(9000 + seed)))
    if result.status != "optimal":
        assert worths(result) == ()
        return
    r = Random(seed)
    found = worths(result)
    assert [w.key for w in found] == [limit.key for limit in limits_of(result)]
    binding = worths(result, only_binding=True)
    assert {w.key for w in found if (w.one_more > 0 or w.binds_jointly) and w.size > 0} <= {w.key for w in binding}
    some = r.sample(found, min(4, len(found))) + r.sample(binding, min(8, len(binding)))
    for worth in some:
        assert_true(result, worth, r.uniform(0.2, 1.0))


def test_a_commitment_of_nothing_may_rise_to_what_is_spent_anyway() -> None:
    """One of 3.3 million costs nothing, one of 16.7 million 8.1 million: no rate holds without end."""
    document = random_plan(82001)
    model = Model(document)
    (told,) = (w for w in worths(solve_plan(decode_plan(document))) if name(w.key) == "commitment:g1:-:0")
    wanted = reference_worths(model, solve(model))["commitment:g1:-:0"]
    assert (told.size, told.one_less) == (0.0, 0.0)
    assert told.less_until == pytest.approx(-10_070_342.165, rel=1e-9)
    assert wanted["less_until"] == pytest.approx(told.less_until, rel=1e-6)


@pytest.mark.parametrize(("seed", "key"), [(89061, "supply:o4:-:*"), (89064, "resilience:r0:w2|cloud:*")])
def test_a_limit_of_nothing_has_a_worth(seed: int, key: str) -> None:
    """No supply in a year in which a chip more is worth 16,157; a promise of nothing that cannot be more."""
    result = solve_plan(decode_plan(random_plan(seed)))
    (worth,) = (worth for worth in worths(result) if name(worth.key) == key)
    assert assert_true(result, worth, 0.5) >= (seed == 89061)


def test_one_more_megawatt_on_rainier_saves_what_solving_again_says() -> None:
    """A solver's own prices told up to 1.764 M USD for one more MW at sites where it saves nothing, or 75,358."""
    result = solve_plan(load_template("rainier"))
    found = [w for w in worths(result, only_binding=True) if w.kind == "power" and not w.is_whole and w.one_less]
    steep = sorted(found, key=lambda w: w.one_more - w.one_less)[:4]
    assert any(worth.one_less > 10 * worth.one_more for worth in steep)
    for worth in steep:
        more, less = 0.5 * min(worth.more_until or 1.0, 1.0), 0.5 * max(worth.less_until or -1.0, -1.0)
        assert drop(result, worth, more) == pytest.approx(more * worth.one_more, rel=1e-5, abs=1)
        assert drop(result, worth, less) == pytest.approx(less * worth.one_less, rel=1e-5, abs=1)


def test_what_limits_bind_together_is_said() -> None:
    chips = {"supply_chips_per_month": 200 / 12, "name": "H200"}
    plan = plan_of(plan={"periods": 1}, sites=[{"power_mw": 0.3, "name": "Iowa"}], offers=[chips],
                   workloads=[{"demand": 1000}])  # fmt: skip
    result = solve_plan(plan)
    (said,) = what_binds(result, worths(result, only_binding=True))
    # A chip of 1 kW, at a PUE of 1.5, does half a PFLOP/s worth 100 USD/h for 2 USD/h.
    assert said.text == (
        "All 0.3 MW at Iowa are in use in 2026, but not that alone holds the plan back: one more MW with 666.7 chips "
        "of supply of H200 more saves 267.5 million USD, discounted, and without them nothing. One MW less costs "
        "267.5 million USD."
    )


def test_a_search_that_nobody_waits_for_ends() -> None:
    result = solve_plan(load_template("startup"))
    asked = 0

    def enough() -> bool:
        nonlocal asked
        asked += 1
        return asked > 20

    with pytest.raises(Cancelled):
        worths(result, only_binding=True, cancelled=enough)
    assert not result.worths.is_complete
    told: list[Worth] = []
    found = worths(result, only_binding=True, told=told.append)
    assert result.worths.is_complete
    assert {worth.key: worth for worth in told} == {worth.key: worth for worth in found}
    assert sum(worth.is_ranged for worth in told) >= len(found)


def test_what_is_shown_alone_is_what_all_of_it_says_and_the_rest_is_found_when_asked() -> None:
    plan = plan_of(
        plan={"periods": 4},
        sites=[{"power_mw": [0.1, 0.15, 0.2, 0.15]}],
        offers=[{"supply_chips_per_month": 4}, {"id": "dear", "name": "Dear", "price_usd": 3}],
    )
    result = solve_plan(plan)
    whole = worths(solve_plan(plan), only_binding=True)
    shown = worths(result, only_shown=True)
    assert what_binds(result, shown) == what_binds(result, whole)
    assert [(w.key, w.one_more, w.one_less) for w in shown] == [(w.key, w.one_more, w.one_less) for w in whole]
    assert 0 < sum(w.is_ranged for w in shown) < len(shown)
    assert worths(result, only_shown=True) == shown
    assert worths(result, only_binding=True) == whole
