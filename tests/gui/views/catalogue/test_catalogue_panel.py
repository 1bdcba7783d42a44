"""The catalogue: searched, dragged and added from, each entry with its source; what lacks a figure says so."""

import html
import json

import msgspec
import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.catalogue import load_catalogue
from gigaplan.engine.catalogue.new_rows import WORK_KINDS
from gigaplan.engine.plan.plan import Plan, find, with_settings
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.validation.rules import check, errors
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.catalogue.adding import MIME_TYPE, add_from_catalogue
from gigaplan.gui.views.catalogue.entries import CHIPS, OFFERS, SITES, WORK, Entry, entries_of
from gigaplan.gui.views.catalogue.model import REFUSAL, CatalogueModel
from gigaplan.gui.views.catalogue.panel import CataloguePanel
from tests.gui.small_plans import ENTER, PLAN, SETTINGS, SITE
from tests.timing import times


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    return Document(PLAN)


@pytest.fixture
def planner(document: Document):
    planner = Planner(document)
    yield planner
    planner.stop()


@pytest.fixture
def catalogue(document: Document, planner: Planner, qtbot: QtBot) -> CataloguePanel:
    panel = CataloguePanel(document, planner)
    qtbot.addWidget(panel)
    panel.resize(215, 500)
    panel.show()
    qtbot.waitUntil(lambda: panel.model.rowCount() > 0)
    return panel


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
    for entries in entries_of(load_catalogue()).values():
        for entry in entries:
            document.start(Plan(settings=SETTINGS))
            if entry.refusal:
                with pytest.raises(PlanError):
                    add_from_catalogue(document, entry.kind, entry.id)
            else:
                add_from_catalogue(document, entry.kind, entry.id)
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


def test_search_enter_enter_adds(catalogue: CataloguePanel, document: Document, qtbot: QtBot) -> None:
    assert catalogue.counts.text() == f"43 chips, {len(load_catalogue().offers)} offers"
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
    assert index.data(REFUSAL) == "no published peak bf16 rate"
    assert not index.flags() & Qt.ItemFlag.ItemIsDragEnabled
    catalogue.list.setCurrentIndex(index)
    qtbot.keyClick(catalogue.list, ENTER)
    assert document.plan is PLAN
    assert catalogue.message.text() == "VR200 cannot be added: no published peak bf16 rate."


def test_a_tooltip_tells_source_date_and_confidence(catalogue: CataloguePanel, qtbot: QtBot) -> None:
    qtbot.keyClicks(catalogue.search, "b200 sxm")
    text = catalogue.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    entry = load_catalogue().platforms["nvidia_b200"]
    assert html.escape(entry.source) in text
    assert f"{entry.as_of}, {entry.confidence}" in text
    assert "1\u2009788\u2009W (press)" in text


def test_the_source_of_the_chosen_entry_is_seen_without_a_mouse(catalogue: CataloguePanel, qtbot: QtBot) -> None:
    assert not catalogue.about.isVisible()
    qtbot.keyClicks(catalogue.search, "b200")
    qtbot.keyClick(catalogue.search, ENTER)
    entry = catalogue.model.entry(catalogue.list.currentIndex())
    chip = load_catalogue().platforms[entry.id]
    assert catalogue.about.standing.text() == f"{chip.as_of} · {chip.confidence}"
    shown = catalogue.about.source.text()
    assert chip.source.startswith(shown.removesuffix("\N{HORIZONTAL ELLIPSIS}"))
    assert len(shown) > 10
    assert chip.source in catalogue.list.currentIndex().data(Qt.ItemDataRole.AccessibleDescriptionRole)
    catalogue.show_section(WORK)
    assert not catalogue.about.isVisible()


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


def test_a_catalogue_of_ten_thousand_is_searched_in_some_walks_over_it() -> None:
    entries = tuple(
        Entry(CHIPS, f"c{k}", f"Chip {k}", "", "", "", "", haystack=f"chip {k} nvidia") for k in range(10_000)
    )
    model = CatalogueModel()
    model.set_sections({CHIPS: entries})
    words = (f"chip {k}" for k in range(9_990, 10_000))
    bare = lambda: [entry for entry in entries if "chip 9990" in entry.haystack]  # noqa: E731
    assert times(lambda: model.show(CHIPS, next(words)), bare, 10) < 30
    assert model.rowCount() == 1


def test_the_panel_is_painted_before_the_catalogue_is_read(document: Document, planner: Planner, qtbot: QtBot) -> None:
    panel = CataloguePanel(document, planner)
    qtbot.addWidget(panel)
    painted = []

    class FirstPaint(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                painted.append(panel.model.rowCount())
            return False

    watch = FirstPaint(panel)
    panel.installEventFilter(watch)
    panel.show()
    qtbot.waitUntil(lambda: panel.model.rowCount() > 0)
    assert painted[0] == 0


def test_a_search_shows_last_what_only_ends_so(catalogue: CataloguePanel) -> None:
    catalogue.show_section(OFFERS)
    catalogue.search.setText("b200")
    entries = [catalogue.model.entry(catalogue.model.index(row)) for row in range(catalogue.model.rowCount())]
    names = [entry.name for entry in entries if not entry.refusal]
    assert names == sorted(names)  # B200, then GB200 NVL72
    assert len(set(names)) > 1
