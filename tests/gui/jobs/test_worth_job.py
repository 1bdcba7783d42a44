"""What limits are worth is found beside the window: for the newest result alone, and never for a plan that has gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gigaplan.engine.analysis import shadow_prices
from gigaplan.engine.plan.plan import with_fields
from gigaplan.engine.results.result import Result
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.worth_job import Worths


@pytest.fixture
def made(qapp) -> Iterator[tuple[Document, Planner, Worths, list[Result]]]:
    document = Document(load_template("startup"))
    planner = Planner(document)
    worths, told = Worths(planner), []
    worths.changed.connect(told.append)
    planner.submit(document.plan)
    yield document, planner, worths, told
    worths.stop()
    planner.stop()


def settled(planner: Planner, worths: Worths) -> bool:
    return planner.result is not None and not planner.is_stale and worths.is_settled


def test_what_limits_are_worth_follows_the_newest_result(qtbot, made) -> None:
    document, planner, worths, told = made
    qtbot.waitUntil(lambda: settled(planner, worths) and bool(told), timeout=60_000)
    first = planner.result
    assert first.worths.is_complete
    assert any(worth.one_more > 0 for worth in first.worths.found.values())
    site = document.plan.sites[0]
    document.apply(with_fields(document.plan, "sites", site.id, power_mw=1e6), "more power")
    assert not settled(planner, worths)
    qtbot.waitUntil(lambda: settled(planner, worths) and told[-1] is planner.result, timeout=60_000)
    assert planner.result is not first
    assert not any(w.kind == "power" and w.id == site.id and w.one_more for w in planner.result.worths.found.values())


def test_a_name_that_changes_asks_nothing_anew(qtbot, made) -> None:
    document, planner, worths, told = made
    qtbot.waitUntil(lambda: settled(planner, worths) and bool(told), timeout=60_000)
    before = planner.result
    document.apply(with_fields(document.plan, "sites", document.plan.sites[0].id, name="Elsewhere"), "a name")
    qtbot.waitUntil(lambda: planner.result is not before, timeout=60_000)
    assert planner.result.worths is before.worths
    assert settled(planner, worths)


def test_where_it_breaks_it_settles_and_the_next_result_is_asked_about(qtbot, made, monkeypatch) -> None:
    document, planner, worths, told = made
    with monkeypatch.context() as patch:
        patch.setattr(shadow_prices, "worths", lambda *_, **__: 1 / 0)
        qtbot.waitUntil(lambda: settled(planner, worths) and bool(told), timeout=60_000)
    first = planner.result
    assert not first.worths.is_complete
    document.apply(with_fields(document.plan, "sites", document.plan.sites[0].id, power_mw=1e6), "more power")
    qtbot.waitUntil(lambda: settled(planner, worths) and planner.result is not first, timeout=60_000)
    assert planner.result.worths.is_complete
