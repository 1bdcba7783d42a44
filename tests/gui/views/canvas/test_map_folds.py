"""Long columns of the plan map fold: what matters stays in sight, the rest is one line for each group."""

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication

from gigaplan.engine.analysis.messages import about_offer
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Offer
from gigaplan.gui.views.canvas.folding import Folding, columns_of, group_of
from gigaplan.gui.views.canvas.picture import Wire
from gigaplan.gui.views.explain.panel import ExplainPanel
from gigaplan.gui.widgets.row_list import RowList
from tests.gui.map_window import Window, shown, small_plan

LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


def wide_plan(offers: int = 100, workloads: int = 60, sites: int = 12) -> Plan:
    """A plan of so many cards of which few offers are used: two chips alone are cheap."""
    small = small_plan()
    (iowa, dublin), (chat, _) = small.sites, small.workloads
    replace = msgspec.structs.replace
    return replace(
        small,
        sites=tuple(replace((iowa, dublin)[k % 2], id=f"s{k}", name=f"Site {k}", power_mw=20.0) for k in range(sites)),
        offers=tuple(
            Offer(id=f"o{k}", name=f"Cloud of the north, reserved for {k} months", platform=("gpu", "tpu")[k % 2],
                  provider="AWS", kind="rental", price_usd=(0.5, 1.0)[k] if k < 2 else 5.0 + k,
                  supply_chips_per_month=None if k else 500.0,
                  sites=(f"s{k % sites}",))
            for k in range(offers)
        ),
        workloads=tuple(
            replace(chat, id=f"w{k}", name=f"Work {k}", demand=10.0 + k, kind=("research", "pretraining")[k % 2],
                    forbidden_offers=tuple(f"o{n}" for n in range(2, offers) if n % 10 != k % 10))
            for k in range(workloads)
        ),
    )  # fmt: skip


@pytest.fixture
def window(qtbot) -> Iterator[Window]:
    QSettings().clear()
    with shown(qtbot, wide_plan(), with_worths=False) as made:
        yield made


def ids(window: Window, table: str) -> list[str]:
    return [row for row in window.scene.columns.shown[table] if not row.startswith("\x1f")]


def test_what_weighs_most_is_in_sight_and_every_row_is_somewhere() -> None:
    plan = wide_plan(30, 26, 3)
    weights = {("offers", "o7"): 5.0, ("offers", "o8"): 9.0, **{("workloads", f"w{k}"): float(k) for k in range(26)}}
    columns = columns_of(plan, weights, 10, Folding())
    # Two lines stand for the rest of two vendors, and for the rest of two kinds of work.
    assert len(columns.shown["offers"]) == 4
    assert columns.shown["offers"][0] == "o8"
    assert columns.shown["offers"][2] == "o7"
    assert columns.shown["sites"] == ("s0", "s1", "s2")
    works = [row for row in columns.shown["workloads"] if row[0] == "w"]
    assert sorted(works, key=lambda row: int(row[1:])) == [f"w{k}" for k in range(18, 26)], "the eight that weigh most"
    names = sorted(fold.name for fold in columns.folds.values())
    assert names == ["Google: 14 not chosen: why?", "NVIDIA: 14 not chosen: why?",
                     "Pretraining: 9 more", "Research: 9 more"]  # fmt: skip
    for table in ("offers", "workloads", "sites"):
        folded = [row for fold in columns.folds.values() if fold.table == table for row in fold.rows]
        rows = [row for row in columns.shown[table] if not row.startswith("\x1f")]
        assert sorted(rows + folded) == sorted(row.id for row in getattr(plan, table))


def test_flows_of_folded_rows_run_together() -> None:
    plan = wide_plan(30, 26, 3)
    columns = columns_of(plan, {("offers", "o0"): 1.0}, 8, Folding())
    line = columns.place(("workloads", "w25"))
    flows = {Wire("use", "w25", "o0"): 3.0, Wire("use", "w23", "o0"): 4.0, Wire("stand", "o0", "s1"): 1.5}
    assert columns.flows(flows) == {Wire("use", line[1], "o0"): 7.0, Wire("stand", "o0", "s1"): 1.5}
    assert columns.peaks({("use", ("workloads", "w25")): 3.0, ("use", ("workloads", "w23")): 4.0}) == {
        ("use", line): 7.0
    }


def test_groups_open_and_close() -> None:
    plan = wide_plan(30, 26, 3)
    opened = columns_of(plan, {}, 10, Folding(opened=frozenset({("offers", "Google")})))
    assert sum(row.startswith("o") for row in opened.shown["offers"]) == 15
    closed = columns_of(plan, {}, 10, Folding(closed=frozenset({("sites", "EU"), ("offers", "NVIDIA")})))
    assert [fold.rows for fold in closed.folds.values() if fold.table == "sites"] == [("s1",)], "even of a short column"
    assert set(group_of(plan).values()) == {"NVIDIA", "Google", "research", "pretraining", "US", "EU"}


def test_rows_are_grouped_by_vendor_tier_or_region() -> None:
    plan = wide_plan(30, 26, 3)
    trusted = tuple(msgspec.structs.replace(o, sensitivity="public") if o.id < "o15" else o for o in plan.offers)
    plan = msgspec.structs.replace(plan, offers=trusted)
    tiers, regions = group_of(plan, "tier"), group_of(plan, "region")
    assert {tiers["offers", o.id] for o in plan.offers} == {"Public", "Restricted"}
    assert {regions["offers", o.id] for o in plan.offers} == {"US", "EU"}
    assert tiers["sites", "s0"] == regions["sites", "s0"] == "US"
    names = [fold.name for fold in columns_of(plan, {}, 10, Folding(by="region")).folds.values()]
    assert names == ["Any region: 17 more", "US: 20", "EU: 10"]


def test_how_the_map_is_grouped_is_chosen_in_its_menu(window: Window) -> None:
    by_region = window.view.menus.commands["map.by_region"]
    assert by_region.when()
    by_region.run()
    assert not by_region.when()
    assert {fold.group for key, fold in window.scene.columns.folds.items() if key[0] == "offers"} <= {"US", "EU"}
    window.view.menus.commands["map.by_vendor"].run()
    lines = window.scene.columns.folds.values()
    assert {fold.group for fold in lines if fold.table == "offers"} <= {"NVIDIA", "Google"}


def test_nothing_jumps_while_others_come_to_weigh_more() -> None:
    plan = wide_plan(30, 26, 3)
    first = columns_of(plan, {("offers", "o4"): 1.0}, 10, Folding())
    then = columns_of(plan, {("offers", "o9"): 2.0}, 10, Folding(), before=first)
    assert {"o4", "o9"} <= set(then.shown["offers"])
    assert "o4" not in columns_of(plan, {("offers", "o9"): 2.0}, 10, Folding()).shown["offers"]


def test_a_map_of_172_rows_fits_with_legible_text_and_used_rows_in_sight(window: Window) -> None:
    assert len(window.scene.cards) < 60
    assert {"o0", "o1"} <= set(ids(window, "offers")), "what is used"
    assert len(ids(window, "sites")) == 12
    assert "not chosen: why?" in " ".join(fold.name for fold in window.scene.columns.folds.values())
    for least in (0.92, 0.1):
        window.view.fit(least)
        assert 12 * window.view.transform().m11() >= 10
        seen = window.view.mapToScene(window.view.viewport().rect()).boundingRect()
        assert seen.contains(window.scene.cards_rect())
    total = sum(window.scene.flows.values())
    assert sum(window.scene._drawn.values()) == pytest.approx(total), "nothing that flows is left out"


def test_names_are_cut_so_that_twins_differ(window: Window) -> None:
    cards = [window.scene.cards[("offers", id)] for id in ("o0", "o1")]
    for card in cards:
        card._fit()
    assert cards[0]._shown[0] != cards[1]._shown[0]


def test_the_list_behind_a_line_says_why_and_brings_a_row_into_sight(window: Window, qtbot) -> None:
    line = next(key for key in window.scene.columns.folds if key[0] == "offers")
    qtbot.mouseClick(window.view.viewport(), LEFT, pos=window.spot(*line))
    listed = next(w for w in QApplication.topLevelWidgets() if isinstance(w, RowList))
    model = listed.model
    assert model.rowCount() == len(window.scene.columns.folds[line].rows)
    assert "price" in model.data(model.index(0, 1))
    listed.search.setText("for 80 months")
    assert [id for id, _ in model.rows] == ["o80"]
    qtbot.keyClick(listed, Qt.Key.Key_Return)
    assert "o80" in ids(window, "offers")
    assert window.document.selection.rows == (("offers", "o80"),)
    assert window.document.undo_stack.count() == 0, "folding is no edit"


def test_a_selection_elsewhere_brings_its_row_into_sight_and_a_line_stands_for_many(window: Window) -> None:
    assert "o77" not in ids(window, "offers")
    window.document.select("offers", ["o77"])
    assert "o77" in ids(window, "offers")
    assert window.scene.cards[("offers", "o77")].chosen
    window.document.select("offers", [f"o{k}" for k in range(20, 60)])
    assert len(window.scene.cards) < 60
    assert any(card.chosen for key, card in window.scene.cards.items() if key[1].startswith("\x1f"))


def test_search_dims_the_rest(window: Window, qtbot) -> None:
    qtbot.keyClick(window.view, Qt.Key.Key_F, CONTROL)
    assert window.map.search.isVisible()
    window.map.search.setText("work 5")
    opacity = {key: card.opacity() for key, card in window.scene.cards.items()}
    assert opacity[("workloads", "w59")] == 1.0
    assert opacity[("offers", "o0")] < 0.5
    window.map.search.setText("for 93 months")
    assert window.scene.cards[("offers", "o93")].opacity() == 1.0, "what is found comes into sight"
    qtbot.keyClick(window.map.search, Qt.Key.Key_Escape)
    assert {card.opacity() for card in window.scene.cards.values()} == {1.0}


def test_keys_walk_over_lines_and_open_their_groups(window: Window) -> None:
    line = next(key for key in window.scene.columns.folds if key[0] == "offers")
    window.document.select_rows(window.scene.rows_of(line))
    commands = window.view.menus.commands
    assert commands["map.open_group"].when()
    commands["map.open_group"].run()
    assert line not in window.scene.columns.folds
    commands["map.close_group"].run()
    assert window.scene.columns.folds[line].is_whole
    commands["map.fold"].run()
    assert not window.scene.columns.folds[line].is_whole
    commands["map.open_all"].run()
    assert len(window.scene.cards) == 172
    commands["map.fit"].run()
    assert len(window.scene.cards) < 60


def test_folds_are_kept_for_each_plan(window: Window, tmp_path, qtbot) -> None:
    document = window.document
    document.save(tmp_path / "a.gigaplan")
    document.select("sites", ["s1"])
    window.view.menus.commands["map.close_group"].run()
    document.start(small_plan())
    assert not window.scene.columns.folds
    document.open(tmp_path / "a.gigaplan")
    assert {fold.group for fold in window.scene.columns.folds.values() if fold.table == "sites"} == {"EU"}


def test_a_line_is_no_end_of_an_edit(window: Window) -> None:
    wire = next(w for w in window.scene.ribbons if w.start.startswith("\x1f"))
    at = window.middle_of(wire)
    assert window.view.single_at(at) is None or window.view.single_at(at) != wire
    line = next(key for key in window.scene.columns.folds if key[0] == "offers")
    window.document.select_rows(window.scene.rows_of(line))
    window.view.commands.delete()
    assert window.document.undo_stack.count() == 0, "what lies folded is not deleted from the map"
    assert np.isfinite(window.view.transform().m11())


def test_a_reason_for_many_rows_counts_them_and_has_the_list_behind_it(window: Window, qtbot) -> None:
    """Offer o5 is forbidden to the 54 workloads whose number does not end in 5."""
    said = about_offer(window.planner.result, "o5")
    counted = [s for s in said if s.listed]
    assert [s.text for s in counted] == [
        "Not for 54 workloads: Cloud of the north, reserved for 5 months is forbidden for it."
    ]
    assert counted[0].listed[:2] == ("Work 0", "Work 1")
    panel = ExplainPanel(window.document, window.planner)
    qtbot.addWidget(panel)
    panel.show()
    window.document.select("offers", ["o5"])
    qtbot.waitUntil(lambda: any(b.text() == "Which 54?" for b in panel.findChildren(QAbstractButton)))
    button = next(b for b in panel.findChildren(QAbstractButton) if b.text() == "Which 54?")
    qtbot.mouseClick(button, LEFT)
    listed = next(w for w in QApplication.topLevelWidgets() if isinstance(w, RowList))
    assert listed.model.rowCount() == 54
    listed.search.setText("work 14")
    assert listed.model.rowCount() == 1
    listed.close()
