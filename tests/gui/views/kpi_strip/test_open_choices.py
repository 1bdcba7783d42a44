"""The line below the key figures says where the choice of a platform is open, and makes the throughputs uncertain."""

from collections.abc import Iterator

import pytest

from gigaplan.engine.analysis.throughput_bands import open_choices
from gigaplan.engine.plan.plan import with_fields
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.kpi_strip.open_choices import OpenChoices
from tests.engine.analysis.test_throughput_bands import served_by


@pytest.fixture
def made(qapp) -> Iterator[tuple[Document, OpenChoices]]:
    document = Document(served_by(2, 3))
    planner = Planner(document)
    yield document, OpenChoices(document, planner)
    planner.stop()


def test_what_is_open_is_said_once_it_is_known(made) -> None:
    document, line = made
    result = solve_plan(document.plan)
    line.refresh(result)
    assert line.isHidden()
    open_choices(result)
    line.refresh(result)
    assert not line.isHidden()
    assert line.said.text() == (
        "Work: P0 is chosen, but P1 may be better: the real throughput of P0 may be 0.45 to 1.6× the modelled"
    )
    assert line.said.isEnabled()


def test_a_newer_plan_dims_it_until_more_is_known(made) -> None:
    document, line = made
    result = solve_plan(document.plan)
    open_choices(result)
    line.refresh(result)
    document.apply(with_fields(document.plan, "offers", "o1", price_usd=50.0), "a dear rival")
    assert not line.isHidden()
    assert not line.said.isEnabled()
    result = solve_plan(document.plan)
    line.refresh(result)
    assert not line.isHidden()
    assert not line.said.isEnabled()
    open_choices(result)
    line.refresh(result)
    assert line.isHidden()


def test_one_click_makes_the_throughputs_uncertain_and_undo_takes_it_back(made) -> None:
    document, line = made
    result = solve_plan(document.plan)
    open_choices(result)
    line.refresh(result)
    asked: list[bool] = []
    line.risk_requested.connect(lambda: asked.append(True))
    line.take.click()
    assert [row.field for row in document.plan.uncertainties] == ["throughput.p0", "throughput.p1"]
    assert asked
    assert document.selection.table == "uncertainties"
    document.undo_stack.undo()
    assert not document.plan.uncertainties
