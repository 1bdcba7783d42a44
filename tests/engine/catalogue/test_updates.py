"""What a plan has otherwise than the catalogue: named field by field, taken over as far as a person says."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gigaplan.engine.catalogue import load_catalogue, offer_row, platform_row, site_row
from gigaplan.engine.catalogue.entries import EDITION
from gigaplan.engine.catalogue.own import load_own
from gigaplan.engine.catalogue.updates import updated, updates
from gigaplan.engine.plan.plan import Plan, with_fields
from tests.engine.catalogue.test_own_catalogue import OFFER, POINT, write
from tests.engine.plans import plan_of

OFFER_ID = "offer_152"


def taken_plan() -> Plan:
    """A plan of one chip, offer and site of the catalogue, as they are there."""
    plan = plan_of(offers=[], sites=[], platforms=[])
    return msgspec.structs.replace(
        plan,
        platforms=(platform_row("nvidia_b200"),),
        offers=(offer_row(OFFER_ID, name="Ours"),),
        sites=(site_row("us_ia_council_bluffs", 80.0),),
    )


def test_a_row_knows_its_entry_and_edition() -> None:
    plan = taken_plan()
    assert plan.platforms[0].catalogue == f"Gigaplan {EDITION}: nvidia_b200"
    assert plan.offers[0].catalogue == f"Gigaplan {EDITION}: {OFFER_ID}"
    assert plan.sites[0].catalogue == f"Gigaplan {EDITION}: us_ia_council_bluffs"


def test_what_is_as_in_the_catalogue_needs_no_update() -> None:
    assert updates(taken_plan(), [load_catalogue()]) == []


def test_only_fields_that_differ_are_named_and_taken() -> None:
    plan = taken_plan()
    price, memory = plan.offers[0].price_usd, plan.platforms[0].memory_gb
    old = "Gigaplan 2026-04: "
    plan = with_fields(plan, "offers", plan.offers[0].id, price_usd=99.0, term_months=7.0, catalogue=old + OFFER_ID)
    plan = with_fields(plan, "platforms", "nvidia_b200", memory_gb=1.0)
    found = {update.table: update for update in updates(plan, [load_catalogue()])}
    assert {name: {c.field.name: (c.now, c.then) for c in update.changes} for name, update in found.items()} == {
        "offers": {"price_usd": (99.0, price)} | ({"term_months": (7.0, offer_row(OFFER_ID).term_months)}
                   if offer_row(OFFER_ID).term_months is not None else {}),
        "platforms": {"memory_gb": (1.0, memory)},
    }  # fmt: skip
    half = updated(plan, [(found["offers"], {"price_usd"} if len(found["offers"].changes) > 1 else set())])
    assert half.platforms[0].memory_gb == 1.0
    assert half.offers[0].catalogue == old + OFFER_ID
    whole = updated(plan, [(update, {c.field.name for c in update.changes}) for update in found.values()])
    assert whole.offers[0].price_usd == price
    assert whole.offers[0].catalogue == f"Gigaplan {EDITION}: {OFFER_ID}"
    assert whole.offers[0].name == "Ours"
    assert whole.platforms[0] == platform_row("nvidia_b200")


def test_power_of_a_site_and_names_are_the_plans_own() -> None:
    plan = with_fields(taken_plan(), "sites", "us_ia_council_bluffs", power_mw=5.0, name="Here")
    assert updates(plan, [load_catalogue()]) == []


def test_an_older_edition_that_said_the_same_is_told() -> None:
    plan = with_fields(taken_plan(), "platforms", "nvidia_b200", catalogue="Gigaplan 2026-04: nvidia_b200")
    (found,) = updates(plan, [load_catalogue()])
    assert found.changes == ()
    assert updated(plan, [(found, ())]).platforms[0].catalogue == f"Gigaplan {EDITION}: nvidia_b200"


def test_an_entry_or_a_catalogue_that_is_gone_is_named() -> None:
    plan = with_fields(taken_plan(), "offers", taken_plan().offers[0].id, catalogue="Gigaplan 2026-04: offer_9999")
    plan = with_fields(plan, "platforms", "nvidia_b200", catalogue="Acme 2026-01: chip")
    found = {update.table: update.missing for update in updates(plan, [load_catalogue()])}
    assert found == {
        "offers": f"Gigaplan {EDITION} has no offer_9999 any more",
        "platforms": "the catalogue Acme is not there",
    }


def test_some_rows_alone_can_be_asked_about() -> None:
    plan = with_fields(taken_plan(), "platforms", "nvidia_b200", memory_gb=1.0)
    assert updates(plan, [load_catalogue()], {("sites", "us_ia_council_bluffs")}) == []
    assert len(updates(plan, [load_catalogue()], {("platforms", "nvidia_b200")})) == 1


def test_rows_of_ones_own_catalogue_know_it_and_find_the_rest_in_ours(tmp_path: Path) -> None:
    folder = tmp_path / "acme prices"
    folder.mkdir()
    write(folder, "offers", OFFER)
    own = load_own(folder)
    row = offer_row("ours_1", own)
    assert (row.price_usd, row.platform, row.catalogue) == (2.5, "nvidia_b200", "acme prices 2026-11: ours_1")
    assert platform_row("nvidia_b200", own).catalogue == f"Gigaplan {EDITION}: nvidia_b200"
    plan = msgspec.structs.replace(taken_plan(), offers=(row,))
    assert updates(plan, [own, load_catalogue()]) == []
    write(folder, "offers", OFFER | {"price_usd_per_chip_hour": "2.25", "as_of": "2026-12"})
    (found,) = updates(plan, [load_own(folder), load_catalogue()])
    assert {c.field.name: c.then for c in found.changes} == {"price_usd": 2.25, "as_of": "2026-12"}
    assert found.origin == "acme prices 2026-12: ours_1"


def test_files_beside_a_plan_are_a_catalogue_called_after_it(tmp_path: Path) -> None:
    write(tmp_path, "north.offers", OFFER)
    assert offer_row("ours_1", load_own(tmp_path, "north")).catalogue == "north 2026-11: ours_1"


def test_curves_of_ones_own_come_with_the_chip(tmp_path: Path) -> None:
    write(tmp_path, "serving_curves", POINT)
    (point,) = platform_row("nvidia_b200", load_own(tmp_path)).measurements
    assert (point.model, point.token_latency_ms, point.tokens_s_chip) == ("deepseek_r1", 40, 500)
    assert platform_row("nvidia_b200").measurements == ()
