"""A catalogue of one's own stands beside ours with its name; what it has otherwise is shown before it is taken over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.catalogue import offer_row, platform_row
from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.own_catalogues import catalogues, set_folder
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.catalogue.entries import OFFERS
from gigaplan.gui.views.catalogue.panel import CataloguePanel
from gigaplan.gui.views.catalogue.updating import FIELD, UpdateDialog, found_updates, rows_from_catalogue
from tests.engine.catalogue.test_own_catalogue import OFFER, write
from tests.engine.plans import plan_of


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "acme"
    place.mkdir()
    write(place, "offers", OFFER)
    set_folder(place)
    yield place
    set_folder(None)


def panel_on(plan: Plan, qtbot: QtBot) -> tuple[Document, CataloguePanel]:
    document = Document(plan)
    panel = CataloguePanel(document, Planner(document, waits=True))
    qtbot.addWidget(panel)
    panel.load()
    panel.show_section(OFFERS)
    return document, panel


def test_an_offer_of_ones_own_is_first_has_its_name_and_can_be_added(qtbot: QtBot, folder: Path) -> None:
    document, panel = panel_on(plan_of(), qtbot)
    panel.search.setText("acme b200")
    assert panel.model.rowCount() == 1
    entry = panel.model.entry(panel.model.index(0))
    assert (entry.own, entry.aside) == ("acme", "$2.50/h")
    assert entry.detail.startswith("acme · Acme · ")
    panel.list.setCurrentIndex(panel.model.index(0))
    panel.add_current()
    row = document.plan.offers[-1]
    assert (row.price_usd, row.catalogue) == (2.5, "acme 2026-11: ours_1")
    # Its chip is of ours, and says so.
    assert document.plan.platforms[-1].catalogue.startswith("Gigaplan ")


def test_one_with_errors_is_not_shown_and_says_why(qtbot: QtBot, folder: Path) -> None:
    write(folder, "offers", OFFER | {"price_usd_per_chip_hour": "2,5"})
    _, panel = panel_on(plan_of(), qtbot)
    assert "Your catalogue acme is not shown: offers.csv, row 2, price_usd_per_chip_hour" in panel.message.text()
    panel.search.setText("acme")
    assert panel.model.rowCount() == 0


def test_files_beside_the_plan_are_read_and_read_anew_when_they_change(tmp_path: Path) -> None:
    assert [c.name for c in catalogues(tmp_path / "north.gigaplan")[0]] == ["Gigaplan"]
    write(tmp_path, "north.offers", OFFER)
    first, _ = catalogues(tmp_path / "north.gigaplan")
    assert [c.name for c in first] == ["north", "Gigaplan"]
    assert catalogues(tmp_path / "north.gigaplan")[0][0] is first[0]
    write(tmp_path, "north.offers", OFFER | {"as_of": "2026-12-01"})
    assert catalogues(tmp_path / "north.gigaplan")[0][0].edition == "2026-12-01"


def dialog_on(document: Document, qtbot: QtBot) -> UpdateDialog:
    dialog = UpdateDialog(document, found_updates(document, rows_from_catalogue(document)))
    qtbot.addWidget(dialog)
    return dialog


def test_differences_are_shown_field_by_field_and_taken_as_one_step(qtbot: QtBot) -> None:
    row = offer_row("offer_152")
    old = {"price_usd": 99.0, "source": "an old page", "catalogue": "Gigaplan 2026-04: offer_152"}
    plan = plan_of(offers=[], platforms=[])
    plan = msgspec.structs.replace(
        plan, platforms=(platform_row("nvidia_b200"),), offers=(msgspec.structs.replace(row, **old),)
    )
    document = Document(plan)
    dialog = dialog_on(document, qtbot)
    item = dialog.tree.topLevelItem(0)
    assert item.text(FIELD) == row.name
    lines = {item.child(k).text(0): item.child(k) for k in range(item.childCount())}
    assert set(lines) == {"Price", "Source"}
    assert (lines["Price"].text(1), lines["Price"].text(2)) == ("99 USD/chip-h", f"{row.price_usd:g} USD/chip-h")
    lines["Source"].setCheckState(FIELD, Qt.CheckState.Unchecked)
    dialog.accept()
    now = document.plan.offers[0]
    assert (now.price_usd, now.source, now.catalogue) == (row.price_usd, "an old page", old["catalogue"])
    document.undo_stack.undo()
    assert document.plan == plan
    dialog_on(document, qtbot).accept()
    assert document.plan.offers[0] == row


def test_what_a_person_changed_of_the_present_edition_is_not_ticked(qtbot: QtBot) -> None:
    row = msgspec.structs.replace(offer_row("offer_152"), price_usd=99.0)
    plan = msgspec.structs.replace(
        plan_of(offers=[], platforms=[]), platforms=(platform_row("nvidia_b200"),), offers=(row,)
    )
    dialog = dialog_on(Document(plan), qtbot)
    assert dialog.taken() == []
    assert not dialog.apply.isEnabled()


def test_the_rows_that_are_selected_are_asked_about_with_their_chips() -> None:
    document = Document(plan_of())
    assert rows_from_catalogue(document) is None
    document.select("offers", ["rent"])
    assert rows_from_catalogue(document) == {("offers", "rent"), ("platforms", "chip")}
    document.select("workloads", ["work"])
    assert rows_from_catalogue(document) is None
