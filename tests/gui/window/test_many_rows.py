"""Thousands of rows: what would take the square of their number, or a check of all on the window's thread, does not."""

from __future__ import annotations

import time

import msgspec

from gigaplan.engine.plan.plan import FEW, Plan, find, with_settings
from gigaplan.engine.plan.schema import Scenario
from gigaplan.engine.validation.rules import check
from gigaplan.gui.document.document import Document
from gigaplan.gui.present.problem_list import LARGE, findings
from gigaplan.gui.views.compare.chips import MOST_LISTED, MOST_SEEN, ScenarioChips
from gigaplan.gui.views.inspector.throughput import MOST_LINES
from tests.gui.inspector_forms import an_inspector
from tests.gui.small_plans import PLAN


def with_scenarios(count: int) -> Plan:
    scenarios = tuple(Scenario(id=f"s{k}", name=f"S {k}") for k in range(count))
    return msgspec.structs.replace(PLAN, scenarios=scenarios)


def test_a_row_is_found_as_soon_among_many_as_among_few() -> None:
    few, many = with_scenarios(FEW), with_scenarios(20_000)
    assert find(many, "scenarios", "s19999") is many.scenarios[-1]
    assert find(many, "scenarios", "gone") is None
    twice = msgspec.structs.replace(many, scenarios=(*many.scenarios, Scenario(id="s7", name="Again")))
    assert find(twice, "scenarios", "s7") is many.scenarios[7]

    def seconds(plan: Plan) -> float:
        began = time.process_time()
        for _ in range(20_000):
            find(plan, "scenarios", plan.scenarios[-1].id)
        return time.process_time() - began

    assert seconds(many) < 20 * seconds(few)


def test_a_large_plan_is_not_checked_by_the_window() -> None:
    large = with_scenarios(LARGE)
    assert findings(with_settings(PLAN, discount_rate=0.07), None) is not None
    assert findings(large, None) is None
    assert findings(large, None) is None, "asking is no check"
    assert check(large) == findings(large, None), "once it is known it is shown"


def test_compare_has_chips_for_what_can_be_seen_and_a_menu_with_an_end(qtbot) -> None:
    chips = ScenarioChips()
    qtbot.addWidget(chips)
    names = {f"s{k}": f"S {k}" for k in range(3000)}
    chips.show_names(names, ["s0", "s2999"])
    assert len(chips.buttons) == MOST_SEEN + 1
    assert "s2999" in chips.buttons
    chips.resize(600, 32)
    chips.show()
    chips.menu.aboutToShow.emit()
    actions = chips.menu.actions()
    assert len(actions) == MOST_LISTED + 1
    assert actions[-1].text().endswith("more are not listed")


def test_throughput_lists_a_hundred_platforms_those_with_a_figure_first(qtbot) -> None:
    chip, work = PLAN.platforms[0], PLAN.workloads[0]
    platforms = tuple(msgspec.structs.replace(chip, id=f"p{k}", name=f"P {k}") for k in range(2 * MOST_LINES))
    rows = tuple(msgspec.structs.replace(row, platform=f"p{2 * MOST_LINES - 1}") for row in work.throughput[:1])
    plan = msgspec.structs.replace(
        PLAN, platforms=(chip, *platforms), workloads=(msgspec.structs.replace(work, throughput=rows),)
    )
    document = Document(plan)
    with an_inspector(document, qtbot) as panel:
        document.select("workloads", (work.id,))
        editor = panel.rows["throughput"].editor
        assert len(editor.lines) == MOST_LINES
        assert not rows or editor.lines[0].platform == rows[0].platform
        assert "101 more platforms not listed" in editor.more.text()
