"""Throughput and cost by token latency: curves are what the plan would count, and their limit can be dragged."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from gigaplan.engine.catalogue.presets import served_model
from gigaplan.engine.plan.schema import Throughput, Workload
from gigaplan.engine.plan.throughput import before_goodput
from gigaplan.engine.results.chip_hour_prices import work_prices
from gigaplan.engine.results.latency_curves import LATENCIES, latency_curve, limit_of, with_limit
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.present.latency_charts import limit_at, per_million, place_of
from tests.gui.chart_decks import a_deck, a_plan


def serving_plan(limit: float | None = 25.0):
    """The plan of the decks with a workload that serves DeepSeek-R1, and a chip that was measured with it."""
    plan = a_plan()
    model = served_model(
        "deepseek_r1", "fp8", context_tokens=8704, prompt_tokens_per_output=8, max_token_latency_ms=limit,
        time_to_first_token_ms=None,
    )  # fmt: skip
    chat = Workload(
        id="chat", name="Chat", kind="inference", unit="tokens/s", demand=1000.0, precision="fp8", unmet_usd=0.01,
        inference=model,
    )  # fmt: skip
    tpu, gpu = plan.platforms
    chip = msgspec.structs.replace(gpu, id="nvidia_b300", name="B300", memory_gb=288, memory_bandwidth_gb_s=8000)
    rent, buy = plan.offers
    offers = (rent, msgspec.structs.replace(buy, platform="nvidia_b300"))
    return msgspec.structs.replace(plan, platforms=(tpu, chip), offers=offers, workloads=(*plan.workloads, chat))


def test_a_curve_is_what_the_plan_would_count_at_each_limit() -> None:
    plan = serving_plan()
    chat = plan.workloads[-1]
    for platform in plan.platforms:
        curve = latency_curve(chat, platform)
        for k in (3, 15, 24, len(LATENCIES) - 1):
            found = before_goodput(with_limit(chat, LATENCIES[k]), platform)
            assert curve.value[k] == pytest.approx(found.value, rel=1e-12)
            assert curve.measured[k] == (found.basis == "measured")
    assert curve.points is not None, "this chip was measured with this model"
    assert curve.measured.any()
    assert np.all(np.diff(curve.value) >= -1e-9), "a looser limit never gives fewer tokens"


def test_the_smaller_of_both_limits_moves_and_no_other_binds_before_it() -> None:
    chat = msgspec.structs.replace(serving_plan(40.0).workloads[-1], max_token_latency_ms=30.0)
    assert limit_of(chat) == 30.0
    for limit in (10.0, 35.0, 60.0, None):
        assert limit_of(with_limit(chat, limit)) == limit
    loose = msgspec.structs.replace(chat, max_token_latency_ms=500.0)
    assert with_limit(loose, 20.0).max_token_latency_ms == 500.0


def test_places_and_latencies_are_each_others_inverse() -> None:
    for limit in (2.0, 7.35, 25.0, 180.0):
        assert limit_at(place_of(limit)) == pytest.approx(limit, rel=5e-3)
    assert limit_at(place_of(None)) is None


def test_the_cost_at_the_limit_is_that_of_the_table_of_offers() -> None:
    result = solve_plan(serving_plan())
    picture = per_million(result, {"workload": "chat", "platform": "*", "period": "0"})
    line = next(line for line in picture.lines if line.key == "nvidia_b300")
    price = work_prices(result.allocation, "chat", 0)[1].usd
    assert line.values[LATENCIES.index(25.0)] == pytest.approx(price, rel=1e-9)


def test_a_stated_row_counts_at_any_latency() -> None:
    plan = serving_plan()
    row = Throughput(platform="nvidia_b300", value=777.0, basis="measured")
    chat = msgspec.structs.replace(plan.workloads[-1], throughput=(row,))
    assert latency_curve(chat, plan.platforms[1]).stated == row


def test_the_limit_is_dragged_and_the_plan_follows_as_one_step(qtbot) -> None:
    document = Document(serving_plan())
    with a_deck(document, qtbot) as deck:
        deck.tabs.setCurrentIndex(deck.tabs.count() - 1)
        plot = deck.cards[0].plot
        deck.cards[0].choose("workload", "chat")
        assert plot.picture.mark_words == "limit 25\u2009ms"

        def at(latency: float) -> QPoint:
            return plot.pixel_of(place_of(latency)).toPoint() + QPoint(0, -30)

        qtbot.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=at(25))
        for latency in (35, 45, 60):
            qtbot.mouseMove(plot.viewport(), at(latency))
        qtbot.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=at(60))
        assert limit_of(document.plan.workloads[-1]) == pytest.approx(60, rel=0.05)
        assert document.undo_stack.count() == 1
        assert document.undo_stack.undoText() == "Token latency of Chat"
        document.undo_stack.undo()
        assert limit_of(document.plan.workloads[-1]) == 25.0
        assert document.period == 0, "the mark of a limit is no mark of a period"
