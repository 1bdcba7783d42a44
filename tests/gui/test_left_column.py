"""Catalogue, outline and scenarios: adding, choosing, renaming, deleting, and what a scenario changes."""

import json
import time

import msgspec
import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from engine.catalogue import load_catalogue
from engine.checks import check, errors
from engine.defaults import WORK_KINDS, why_not_new, with_new_row
from engine.fields import Growth
from engine.plan import Plan, find, with_fields, with_row, with_settings, without
from engine.problems import PlanError
from engine.results import Result, failure
from engine.schema import Offer, Override, Platform, Policy, Port, Scenario, Settings, Site, Workload
from engine.solve import solve_plan
from gui.catalogue.adding import MIME_TYPE, add_from_catalogue
from gui.catalogue.entries import CHIPS, OFFERS, SITES, WORK, Entry, entries_of
from gui.catalogue.model import REFUSAL, CatalogueModel
from gui.catalogue.panel import CataloguePanel
from gui.document import Document
from gui.outline.model import GROUPS, OutlineModel
from gui.outline.tree import OutlineTree
from gui.planner import Planner
from gui.scenario_words import description, moved, outcome, served_part
from gui.scenarios.model import ASIDE, ScenarioModel
from gui.scenarios.panel import ScenariosPanel

ENTER = Qt.Key.Key_Return
SETTINGS = Settings(name="p", start="2026-01", periods=2, months_per_period=12, discount_rate=0.0)
CHIP = Platform(
    id="chip", name="Chip", vendor="NVIDIA", stack="cuda", bf16_tflops=1000, memory_gb=80, memory_bandwidth_gb_s=3000,
    power_w=1000,
)  # fmt: skip
SITE = Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=10.0, pue=1.0, electricity_usd_per_mwh=50.0)
RENT = Offer(
    id="rent", name="Rent", platform="chip", provider="Cloud", kind="rental", price_usd=2.0, term_months=12, sites="*"
)
WORK_ROW = Workload(
    id="train", name="Train", kind="pretraining", unit="PFLOP/s", demand=10.0, utilisation=0.5, unmet_usd=20.0
)
PLAN = Plan(settings=SETTINGS, platforms=(CHIP,), sites=(SITE,), offers=(RENT,), workloads=(WORK_ROW,))


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    return Document(PLAN)


@pytest.fixture
def planner(document: Document):
    planner = Planner(document)
    yield planner
    planner.stop()


# Catalogue


def test_a_chip_comes_with_an_offer_at_its_published_price_in_one_undo_step(document: Document) -> None:
    document.start(Plan(settings=SETTINGS))
    add_from_catalogue(document, CHIPS, "nvidia_b200")
    entry = load_catalogue().platforms["nvidia_b200"]
    (offer,) = document.plan.offers
    assert (offer.platform, offer.kind, offer.price_usd, offer.sites) == ("nvidia_b200", "purchase", 43730.0, "*")
    assert offer.source == entry.price_source
    assert find(document.plan, "platforms", "nvidia_b200").power_w == entry.server_power_w_per_chip
    assert (document.selection.table, document.selection.ids) == ("offers", (offer.id,))
    assert document.undo_stack.undoText() == "Add B200"
    document.undo_stack.undo()
    assert document.plan == Plan(settings=SETTINGS)


def test_a_chip_that_is_there_with_an_offer_is_chosen_and_nothing_is_added(document: Document) -> None:
    add_from_catalogue(document, CHIPS, "nvidia_b200")
    after = document.plan
    document.select("plan")
    add_from_catalogue(document, CHIPS, "nvidia_b200")
    assert document.plan is after
    assert document.selection.table == "offers"


def test_an_offer_brings_its_platform_once(document: Document) -> None:
    offers = [o for o in load_catalogue().offers.values() if o.platform_id == "nvidia_h100_sxm"][:2]
    for offer in (*offers, offers[0]):
        add_from_catalogue(document, OFFERS, offer.id)
    assert [p.id for p in document.plan.platforms] == ["chip", "nvidia_h100_sxm"]
    added = document.plan.offers[1:]
    assert [o.price_usd for o in added] == [offers[0].price_usd, offers[1].price_usd, offers[0].price_usd]
    assert len({o.id for o in added}) == len({o.name for o in added}) == 3


def test_a_site_has_50_mw_and_keeps_its_source(document: Document) -> None:
    add_from_catalogue(document, SITES, next(s.id for s in load_catalogue().sites.values() if s.name == "Dublin"))
    site = document.plan.sites[-1]
    assert (site.name, site.power_mw) == ("Dublin", 50.0)
    assert "Electricity" in site.source


@pytest.mark.parametrize("kind", WORK_KINDS)
def test_every_kind_of_work_can_be_computed_with_and_is_served(document: Document, kind: str) -> None:
    document.start(Plan(settings=SETTINGS, sites=(msgspec.structs.replace(SITE, power_mw=None),)))
    add_from_catalogue(document, CHIPS, "nvidia_b200")
    add_from_catalogue(document, WORK, kind)
    result = solve_plan(document.plan)
    assert result.status == "optimal"
    assert list(result.kpis["coverage"].values()) == [pytest.approx(1)]


def test_every_entry_that_is_not_refused_can_be_added_and_gives_no_error(document: Document) -> None:
    for kind, entries in entries_of(load_catalogue()).items():
        for entry in entries:
            document.start(Plan(settings=SETTINGS))
            if entry.refusal:
                with pytest.raises(PlanError):
                    add_from_catalogue(document, kind, entry.id)
            else:
                add_from_catalogue(document, kind, entry.id)
                assert errors(check(document.plan)) == (), entry


def test_prices_in_another_currency_than_the_plan_are_refused(
    document: Document, planner: Planner, qtbot: QtBot
) -> None:
    panel = CataloguePanel(document, planner)
    qtbot.addWidget(panel)
    panel.load()
    panel.show_section(OFFERS)
    euro = with_settings(PLAN, currency="EUR")
    document.apply(euro, "Currency")
    assert panel.model.index(0).data(REFUSAL) == "price in USD, the plan is in EUR"
    with pytest.raises(PlanError, match="prices are in USD, and the plan is in EUR"):
        add_from_catalogue(document, OFFERS, next(iter(load_catalogue().offers)))
    add_from_catalogue(document, CHIPS, "nvidia_b200")
    assert document.plan.offers == euro.offers
    assert document.plan.platforms[-1].id == "nvidia_b200"


@pytest.fixture
def catalogue(document: Document, planner: Planner, qtbot: QtBot) -> CataloguePanel:
    panel = CataloguePanel(document, planner)
    qtbot.addWidget(panel)
    panel.resize(215, 500)
    panel.show()
    qtbot.waitUntil(lambda: panel.model.rowCount() > 0)
    return panel


def test_search_enter_enter_adds(catalogue: CataloguePanel, document: Document, qtbot: QtBot) -> None:
    assert catalogue.counts.text() == f"35 chips, {len(load_catalogue().offers)} offers"
    qtbot.keyClicks(catalogue.search, "gb300 nvidia")
    assert [catalogue.model.index(k).data() for k in range(catalogue.model.rowCount())] == ["GB300 NVL72"]
    qtbot.keyClick(catalogue.search, ENTER)
    qtbot.keyClick(catalogue.list, ENTER)
    assert document.plan.platforms[-1].id == "nvidia_gb300_nvl72"


def test_a_double_click_adds(catalogue: CataloguePanel, document: Document, qtbot: QtBot) -> None:
    qtbot.mouseClick(catalogue._buttons[WORK], Qt.MouseButton.LeftButton)
    place = catalogue.list.visualRect(catalogue.model.index(2)).center()
    qtbot.mouseClick(catalogue.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(catalogue.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [w.name for w in document.plan.workloads] == ["Train", "Chat serving"]
    assert document.selection.ids == ("chat_serving",)


def test_what_lacks_a_figure_says_so_and_is_neither_dragged_nor_added(
    catalogue: CataloguePanel, document: Document, qtbot: QtBot
) -> None:
    qtbot.keyClicks(catalogue.search, "vr200")
    index = catalogue.model.index(0)
    assert index.data(REFUSAL) == "no published peak bf16 rate, power"
    assert not index.flags() & Qt.ItemFlag.ItemIsDragEnabled
    catalogue.list.setCurrentIndex(index)
    qtbot.keyClick(catalogue.list, ENTER)
    assert document.plan is PLAN
    assert catalogue.message.text() == "VR200 cannot be added: no published peak bf16 rate, power."


def test_a_tooltip_tells_source_date_and_confidence(catalogue: CataloguePanel, qtbot: QtBot) -> None:
    qtbot.keyClicks(catalogue.search, "b200 sxm")
    text = catalogue.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    entry = load_catalogue().platforms["nvidia_b200"]
    assert entry.source in text
    assert f"{entry.as_of}, {entry.confidence}" in text
    assert "1\u2009736\u2009W (analyst-estimate)" in text


def test_a_search_without_a_match_says_where_there_are_some(catalogue: CataloguePanel, qtbot: QtBot) -> None:
    qtbot.keyClicks(catalogue.search, "hamina")
    assert catalogue.message.text() == "Nothing in Chips matches. There are 1 in Sites."
    catalogue.search.clear()
    assert not catalogue.message.isVisible()


def test_a_dragged_entry_names_its_kind_and_id(catalogue: CataloguePanel) -> None:
    data: QMimeData = catalogue.model.mimeData([catalogue.model.index(0)])
    entry = json.loads(data.data(MIME_TYPE).data())
    assert entry["kind"] == "platform"
    assert entry["id"] in load_catalogue().platforms


def test_a_catalogue_of_ten_thousand_is_searched_within_a_frame() -> None:
    entries = tuple(
        Entry(CHIPS, f"c{k}", f"Chip {k}", "", "", "", "", haystack=f"chip {k} nvidia") for k in range(10_000)
    )
    model = CatalogueModel()
    model.set_sections({CHIPS: entries})
    best = min(_timed(lambda k=k: model.show(CHIPS, f"chip {k}")) for k in range(9_990, 10_000))
    assert model.rowCount() == 1
    assert best < 0.016, f"{best * 1000:.1f} ms"


def _timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# Outline


def full_plan() -> Plan:
    """A plan with a row in every table of the outline."""
    return msgspec.structs.replace(
        PLAN,
        workloads=(WORK_ROW, msgspec.structs.replace(WORK_ROW, id="chat", name="Chat")),
        ports=(Port(workload="train", stack="xla", cost_usd=1e6), Port(workload="chat", stack="xla", cost_usd=2e6)),
        policies=(Policy(id="cap", kind="budget", limit=1e9),),
    )


@pytest.fixture
def outline(document: Document, planner: Planner, qtbot: QtBot) -> OutlineTree:
    document.start(full_plan())
    tree = OutlineTree(document, planner)
    qtbot.addWidget(tree)
    tree.resize(215, 600)
    tree.show()
    tree.tree.expandAll()
    return tree


def lines(outline: OutlineTree) -> dict[str, list[str]]:
    model = outline.model
    groups = {table: model.group_index(table) for table in GROUPS}
    return {
        table: [model.index(k, 0, group).data() for k in range(model.rowCount(group))]
        for table, group in groups.items()
    }


def at(outline: OutlineTree, table: str, row: int):
    return outline.model.index(row, 0, outline.model.group_index(table))


def test_the_outline_shows_every_row_and_follows_edits_and_undo(outline: OutlineTree, document: Document) -> None:
    before = lines(outline)
    assert before == {
        "workloads": ["Train", "Chat"], "offers": ["Rent"], "sites": ["Iowa"], "platforms": ["Chip"],
        "agreements": [], "ports": ["Train → xla", "Chat → xla"], "policies": ["cap"],
    }  # fmt: skip
    document.apply(with_row(document.plan, "offers", msgspec.structs.replace(RENT, id="x", name="X"), 0), "Add")
    document.apply(with_fields(document.plan, "workloads", "train", name="Run"), "Rename")
    assert lines(outline) == before | {
        "offers": ["X", "Rent"], "workloads": ["Run", "Chat"], "ports": ["Run → xla", "Chat → xla"],
    }  # fmt: skip
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert lines(outline) == before


def test_choosing_goes_both_ways(outline: OutlineTree, document: Document, qtbot: QtBot) -> None:
    place = outline.tree.visualRect(at(outline, "sites", 0)).center()
    qtbot.mouseClick(outline.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert (document.selection.table, document.selection.ids) == ("sites", ("iowa",))
    document.select("workloads", ("train", "chat"))
    assert [i.data() for i in outline.tree.selectionModel().selectedIndexes()] == ["Train", "Chat"]
    qtbot.keyClick(outline.tree, Qt.Key.Key_Down)
    assert document.selection.ids == ("chat",)


def test_f2_renames_in_place_as_one_step(outline: OutlineTree, document: Document, qtbot: QtBot) -> None:
    outline.tree.setCurrentIndex(at(outline, "offers", 0))
    qtbot.keyClick(outline.tree, Qt.Key.Key_F2)
    editor = outline.tree.findChild(QLineEdit)
    qtbot.keyClicks(editor, "  Rent   again ")
    qtbot.keyClick(editor, ENTER)
    qtbot.waitUntil(lambda: document.plan.offers[0].name == "Rent again")
    assert document.undo_stack.undoText() == "Rename Rent"
    assert document.undo_stack.count() == 1
    assert not outline.model.setData(at(outline, "offers", 0), "   ")


def test_delete_and_duplicate(outline: OutlineTree, document: Document, qtbot: QtBot) -> None:
    outline.tree.setCurrentIndex(at(outline, "offers", 0))
    qtbot.keyClick(outline.tree, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert [(o.id, o.name) for o in document.plan.offers] == [("rent", "Rent"), ("rent_copy", "Rent copy")]
    assert document.selection.ids == ("rent_copy",)
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert document.plan.offers == (RENT,)
    assert document.undo_stack.undoText() == "Delete Rent copy"
    assert document.selection.ids == ("rent",)
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert document.plan.offers == ()
    assert document.selection.table == "plan"


def test_a_row_that_goes_elsewhere_leaves_no_neighbour_chosen(
    outline: OutlineTree, document: Document, qtbot: QtBot
) -> None:
    document.select("workloads", ("train",))
    document.apply(without(document.plan, "workloads", ("train",)), "Delete")
    assert document.selection.table == "plan"
    assert outline.tree.selectionModel().selectedIndexes() == []


def test_a_port_is_deleted_by_its_place_and_never_renamed(
    outline: OutlineTree, document: Document, qtbot: QtBot
) -> None:
    document.select("sites", ("iowa",))
    outline.tree.setCurrentIndex(at(outline, "ports", 1))
    assert document.selection.table == "plan"
    qtbot.keyClick(outline.tree, Qt.Key.Key_F2)
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert [p.workload for p in document.plan.ports] == ["train"]
    assert document.plan.sites == (SITE,)


def test_several_ports_are_deleted_at_once_and_come_back_with_one_undo(
    outline: OutlineTree, document: Document, qtbot: QtBot
) -> None:
    stacks = ("rocm", "neuron", "cuda")
    ports = (*document.plan.ports, *(Port(workload="train", stack=stack, cost_usd=1e6) for stack in stacks))
    document.apply(msgspec.structs.replace(document.plan, ports=ports), "Ports")
    outline.tree.expandAll()
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    outline.tree.scrollTo(at(outline, "ports", 4))
    for k, modifier in ((1, none), (3, Qt.KeyboardModifier.ControlModifier), (4, Qt.KeyboardModifier.ControlModifier)):
        place = outline.tree.visualRect(at(outline, "ports", k)).center()
        qtbot.mouseClick(outline.tree.viewport(), left, modifier, pos=place)
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert document.plan.ports == (ports[0], ports[2])
    assert document.undo_stack.undoText() == "Delete 3 ports"
    assert outline.tree.currentIndex() == at(outline, "ports", 1)
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert document.plan.ports == (ports[0],)
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.plan.ports == ports


@pytest.mark.parametrize("table", [t for t in GROUPS if t != "workloads"])
def test_a_click_on_a_plus_adds_a_row_that_can_be_computed_with(
    outline: OutlineTree, document: Document, qtbot: QtBot, table: str
) -> None:
    outline.tree.collapseAll()
    rect = outline.tree.visualRect(outline.model.group_index(table))
    place = rect.center()
    place.setX(rect.right() - 10)
    qtbot.mouseClick(outline.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    rows = getattr(document.plan, table)
    assert len(rows) == len(getattr(full_plan(), table)) + 1
    assert errors(check(document.plan)) == ()
    assert document.undo_stack.count() == 1
    if table != "ports":
        assert (document.selection.table, document.selection.ids) == (table, (rows[-1].id,))


def test_new_rows_of_an_empty_plan_say_what_they_lack() -> None:
    plan = Plan(settings=SETTINGS)
    assert "platform first" in why_not_new(plan, "offers")
    assert "both first" in why_not_new(plan, "ports")
    with pytest.raises(ValueError, match="platform first"):
        with_new_row(plan, "offers")
    for table in ("workloads", "sites", "platforms", "agreements", "policies", "scenarios"):
        plan, _ = with_new_row(plan, table)
        plan, _ = with_new_row(plan, table)
    assert errors(check(plan)) == ()


def figures(outline: OutlineTree) -> list[str]:
    return [at(outline, table, 0).data(Qt.ItemDataRole.UserRole) for table in ("workloads", "sites")]


def test_figures_are_those_of_the_period_shown(outline: OutlineTree, document: Document) -> None:
    plan = with_fields(document.plan, "workloads", "train", demand=Growth(start=10, annual_growth=0.5))
    document.apply(with_fields(plan, "sites", "iowa", power_mw=(10.0, 30.0)), "Edit")
    assert figures(outline) == ["10\u2009PF/s", "10\u2009MW"]
    document.show_period(1)
    assert figures(outline) == ["15\u2009PF/s", "30\u2009MW"]


def test_another_plan_is_taken_up_whole(outline: OutlineTree, document: Document) -> None:
    document.select("workloads", ("chat",))
    document.start(Plan(settings=SETTINGS))
    assert all(rows == [] for rows in lines(outline).values())
    document.start(full_plan())
    assert lines(outline)["workloads"] == ["Train", "Chat"]


def test_a_plan_of_ten_thousand_rows_follows_an_edit_within_a_frame(qtbot: QtBot) -> None:
    offers = tuple(msgspec.structs.replace(RENT, id=f"o{k}", name=f"Offer {k}") for k in range(10_000))
    plan = msgspec.structs.replace(PLAN, offers=offers)
    model = OutlineModel(plan, lambda *_: False)
    times = []
    for k in range(5_000, 5_010):
        plan = with_fields(plan, "offers", f"o{k}", price_usd=3.0)
        times.append(_timed(lambda plan=plan: model.set_plan(plan)))
    assert min(times) < 0.016, f"{min(times) * 1000:.1f} ms"


def test_model_is_sound_through_edits(outline: OutlineTree, document: Document, qtmodeltester) -> None:
    qtmodeltester.check(outline.model)
    first = full_plan()
    for offers in ((), (RENT,), tuple(msgspec.structs.replace(RENT, id=f"r{k}") for k in range(4)), (RENT,)):
        document.apply(msgspec.structs.replace(first, offers=offers), "Edit")
        assert outline.model.rowCount(outline.model.group_index("offers")) == len(offers)


# Scenarios


def scenario(*overrides: Override, name: str = "S", id: str = "s") -> Scenario:
    return Scenario(id=id, name=name, overrides=overrides)


def test_overrides_in_words() -> None:
    other = msgspec.structs.replace(SITE, id="dublin", name="Dublin")
    plan = with_row(PLAN, "sites", other)
    overrides = (
        Override(table="sites", row="iowa", field="electricity_usd_per_mwh", op="scale", value=1.4),
        Override(table="sites", row="dublin", field="electricity_usd_per_mwh", op="scale", value=1.4),
        Override(table="sites", row="iowa", field="power_mw", op="add", value=-2.0, periods=(1,)),
        Override(table="plan", field="discount_rate", op="set", value=0.1),
        Override(table="plan", field="residual_fraction", op="set", value=0.5),
        Override(table="offers", row="gone", field="price_usd", op="set", value=1.0),
    )
    assert moved(plan, scenario(*overrides)) == [
        "Electricity price of all sites × 1.4",
        "Facility power of Iowa − 2 MW, in 2027",
        "Discount rate = 0.1 /year",
        "Residual value = 50\u2009%",
        "Price of “gone” (gone) = 1",
    ]
    assert description(plan, scenario(name="Empty")) == "Empty\nIt moves nothing yet."


def test_the_outcome_is_the_cost_or_the_work_that_is_no_longer_served() -> None:
    # 10 PFLOP/s at 1 PFLOP/s × 0.5 a chip: 20 chips, rented at 2 USD/h over 2 × 8766 h.
    base = solve_plan(PLAN)
    assert base.kpis["tco_usd"] == pytest.approx(20 * 2 * 2 * 8766)
    dearer = solve_plan(with_fields(PLAN, "offers", "rent", price_usd=3.0))
    assert outcome(dearer, base).text == "+$351\u2009k"
    assert outcome(base, base).text == "as base"
    half = solve_plan(with_fields(PLAN, "offers", "rent", supply_chips=(10.0, 10.0)))
    assert served_part(half) == pytest.approx(0.5)
    assert (outcome(half, base).text, outcome(half, base).role) == ("−50\u2009% served", "warning")
    assert outcome(failure(PLAN, "infeasible", ()), base).text == "infeasible"
    nothing = solve_plan(with_fields(PLAN, "workloads", "train", demand=0.0))
    assert served_part(nothing) is None
    assert outcome(nothing, base).text == "−$701\u2009k"


@pytest.fixture
def scenarios(document: Document, planner: Planner, qtbot: QtBot):
    dearer = Override(table="offers", row="rent", field="price_usd", op="scale", value=1.5)
    unknown = Override(table="offers", row="none", field="price_usd", op="scale", value=2.0)
    rows = (scenario(dearer, id="dear", name="Dear"), scenario(unknown, id="bad", name="Bad"))
    document.start(msgspec.structs.replace(PLAN, scenarios=rows))
    panel = ScenariosPanel(document, planner)
    qtbot.addWidget(panel)
    panel.resize(215, 250)
    panel.show()
    yield panel
    panel.stop()


def texts(panel: ScenariosPanel) -> list[str]:
    return [panel.model.index(k).data(ASIDE) for k in range(panel.model.rowCount())]


def test_scenarios_are_solved_in_the_background_and_wait_while_the_plan_moves(
    scenarios: ScenariosPanel, document: Document, qtbot: QtBot
) -> None:
    assert texts(scenarios)[1:] == ["…", "…"]
    qtbot.waitUntil(lambda: texts(scenarios) == ["optimum", "+$351\u2009k", "error"], timeout=20_000)
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=4.0), "Edit")
    assert texts(scenarios) == ["…", "…", "…"]
    assert scenarios.results == {}
    qtbot.waitUntil(lambda: texts(scenarios) == ["optimum", "+$701\u2009k", "error"], timeout=20_000)
    assert scenarios.results["dear"].kpis["tco_usd"] == pytest.approx(20 * 6 * 2 * 8766)


def test_what_no_optimum_depends_on_solves_nothing_again(
    scenarios: ScenariosPanel, document: Document, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: len(scenarios.results) == 2, timeout=20_000)
    before = scenarios.results["dear"]
    document.apply(with_settings(document.plan, notes="A word."), "Edit")
    qtbot.waitUntil(lambda: len(scenarios.results) == 2, timeout=20_000)
    assert scenarios.results["dear"] is before


def test_the_newest_plan_wins(scenarios: ScenariosPanel, document: Document, qtbot: QtBot) -> None:
    for price in (3.0, 4.0, 5.0):
        document.apply(with_fields(document.plan, "offers", "rent", price_usd=price), "Edit")
        scenarios.worker.solve(document.plan)
    qtbot.waitUntil(lambda: len(scenarios.results) == 2, timeout=20_000)
    assert scenarios.results["dear"].kpis["tco_usd"] == pytest.approx(20 * 7.5 * 2 * 8766)


def test_stop_ends_the_thread(scenarios: ScenariosPanel, document: Document, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(scenarios.results) == 2, timeout=20_000)
    thread = scenarios.worker._thread
    scenarios.stop()
    assert not thread.is_alive()


def test_scenarios_are_chosen_renamed_copied_and_deleted_with_the_keyboard(
    scenarios: ScenariosPanel, document: Document, qtbot: QtBot
) -> None:
    qtbot.keyClick(scenarios.list, Qt.Key.Key_Down)
    assert (document.selection.table, document.selection.ids) == ("scenarios", ("dear",))
    qtbot.keyClick(scenarios.list, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert [s.name for s in document.plan.scenarios] == ["Dear", "Dear copy", "Bad"]
    assert scenarios.list.currentIndex().data() == "Dear copy"
    qtbot.keyClick(scenarios.list, Qt.Key.Key_Delete)
    assert [s.name for s in document.plan.scenarios] == ["Dear", "Bad"]
    scenarios.list.setCurrentIndex(scenarios.model.index(1))
    qtbot.keyClick(scenarios.list, Qt.Key.Key_F2)
    editor = scenarios.list.findChild(QLineEdit)
    qtbot.keyClicks(editor, "Cost")
    scenarios.model.set_base(scenarios._planner.result, False)
    qtbot.keyClicks(editor, "ly")
    qtbot.keyClick(editor, ENTER)
    qtbot.waitUntil(lambda: document.plan.scenarios[0].name == "Costly")
    qtbot.keyClick(scenarios.list, Qt.Key.Key_Insert)
    assert document.plan.scenarios[-1].name == "New scenario"
    qtbot.keyClick(scenarios.list, Qt.Key.Key_Home)
    assert document.selection.table == "plan"


def test_scenario_model_is_sound(qtmodeltester) -> None:
    model = ScenarioModel(msgspec.structs.replace(PLAN, scenarios=(scenario(),)), lambda *_: False)
    result: Result = failure(PLAN, "infeasible", ())
    model.set_base(result, False)
    model.set_result("s", result)
    qtmodeltester.check(model)
    assert [model.index(k).data(ASIDE) for k in range(2)] == ["infeasible", "infeasible"]


def test_keys_of_the_lists_are_kept_from_shortcuts_of_the_window(outline: OutlineTree, qtbot: QtBot) -> None:
    event = QKeyEvent(QKeyEvent.Type.ShortcutOverride, Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    assert outline.eventFilter(outline.tree, event)
    assert event.isAccepted()
