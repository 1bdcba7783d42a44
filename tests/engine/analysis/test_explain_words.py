"""What is said of a plan: whole sentences, nothing twice, every offer once, and the same reasons asked either way."""

from __future__ import annotations

import re

import pytest

from gigaplan.engine.analysis import messages
from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.analysis.why_not_chosen import reasons_against, why_not
from gigaplan.engine.analysis.worth_words import what_binds
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from tests.engine.plans import plan_of


@pytest.fixture(scope="module")
def result() -> Result:
    return solve_plan(load_template("trainium-rl"))


def test_everything_said_is_a_whole_sentence_and_said_once(result: Result) -> None:
    said = [[s.text for s in what_binds(result, worths(result, only_binding=True))]]
    said += [[s.text for s in tell(result, row.id)] for table, tell in messages.ABOUT.items()
             for row in getattr(result.plan, table)]  # fmt: skip
    for sentences in said:
        assert len(set(sentences)) == len(sentences)
        for text in sentences:
            assert text.endswith("."), text
            assert not text[0].islower(), text
            assert not re.search(r"\de[-+]?\d", text), text  # no powers of ten
            assert "  " not in text


def test_one_of_something_is_tried_in_the_singular() -> None:
    """A floor that differs by period is told by the step, not by a value."""
    floor = {"id": "p", "kind": "coverage", "limit": [0.005, 0.009]}
    result = solve_plan(plan_of(plan={"periods": 2}, workloads=[{"unmet_usd": 1e-6}], policies=[floor]))
    said = [s.tries.text for s in what_binds(result, worths(result, only_binding=True)) if s.tries is not None]
    assert said == ["Try 1 point less"]


def test_an_offer_is_named_once_for_each_workload(result: Result) -> None:
    for work in result.plan.workloads:
        said = " ".join(s.text for s in messages.about_workload(result, work.id) if "chip-hours" in s.text)
        used = [o for o in result.plan.offers if f"on {o.name}." in said]
        left = reasons_against(result, work.id, {o.id for o in used})
        assert len(used) + len(left) == len(result.plan.offers)
        assert set(left) == {o.id for o in result.plan.offers} - {o.id for o in used}


def test_the_reasons_are_those_of_the_offers(result: Result) -> None:
    """A rule that shuts an offer out at all its sites is the reason given for the workload."""
    for work in result.plan.workloads:
        left = reasons_against(result, work.id, ())
        for offer in result.plan.offers:
            why = why_not(result, offer.id)
            rules = {s.site: s.why for s in why.shut if s.workload == work.id}
            shut_out = bool(rules) and len(rules) == len(why.offered_at)
            assert (left[offer.id] in rules.values()) == shut_out, (work.id, offer.id)
            if not shut_out and why.chips > 0:
                assert "worth more to other work" in left[offer.id]


def test_large_worths_are_told_in_millions() -> None:
    result = solve_plan(plan_of(sites=[{"power_mw": 0.1}], workloads=[{"demand": 1e5, "unmet_usd": 100}]))
    said = " ".join(s.text for s in what_binds(result, worths(result, only_binding=True)))
    assert "million USD, discounted" in said
    assert "000,000" not in said
