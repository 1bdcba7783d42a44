"""Taking an entry of the catalogue into the plan, as one undo step."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from PySide6.QtCore import QMimeData

from gigaplan.engine.catalogue import Catalogue, load_catalogue, offer_row, platform_row, site_row
from gigaplan.engine.catalogue.new_rows import SITE_POWER_MW, WORK_KINDS, fresh_name, new_workload
from gigaplan.engine.catalogue.presets import kept_of, served_model
from gigaplan.engine.catalogue.rows import entry_of
from gigaplan.engine.plan.plan import Plan, find, fresh_id, with_row, with_rows
from gigaplan.engine.plan.problems import PlanError, Problem, say
from gigaplan.engine.plan.schema import Offer, Site, Workload
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.own_catalogues import catalogue_of
from gigaplan.gui.views.catalogue.entries import CHIPS, CURRENCY, MODELS, OFFERS, SITES, WORK

MIME_TYPE = "application/x-gigaplan-catalogue"
"""What a dragged entry is; its bytes are those of `to_mime`."""


def to_mime(kind: str, id: str) -> QMimeData:
    """An entry as it is dragged: JSON with its kind (platform, offer, site, workload, model) and its id."""
    data = QMimeData()
    data.setData(MIME_TYPE, json.dumps({"kind": kind, "id": id}).encode())
    return data


def add_from_catalogue(document: Document, kind: str, id: str) -> None:
    """Adds an entry with what it needs, and chooses it; one of a catalogue of one's own is named by its origin.

    A chip comes with an offer to buy it at its unit price (or its first published price), and an offer with its
    chip; a site has 50 MW until a person says otherwise. Raises PlanError where a figure is missing, or a price is
    in another currency than the plan.
    """
    catalogue, id = catalogue_of(id, document.path)
    if kind == MODELS and (served := _with_model(document, id, catalogue)) is not None:
        document.apply(*served)
        return
    plan, table, row = added(document.plan, kind, id, catalogue)
    if plan is not document.plan:
        named = find(plan, "platforms", id) if kind == CHIPS else None
        document.apply(plan, f"Add {(named or row).name}")
    document.select(table, (row.id,))


def add_serving(document: Document, id: str, catalogue: Catalogue | None = None) -> None:
    """Adds a workload that serves a model, whatever is selected, and chooses it."""
    plan, table, row = added(document.plan, MODELS, id, catalogue)
    document.apply(plan, f"Add {row.name}")
    document.select(table, (row.id,))


def added(plan: Plan, kind: str, id: str, catalogue: Catalogue | None = None) -> tuple[Plan, str, Any]:
    """The plan with an entry of a catalogue, ours without one, and the table and row to look at: the plan itself if it
    has it all."""
    if kind == CHIPS:
        return _with_chip(plan, id, catalogue or load_catalogue())
    if kind == MODELS:
        work = _serving(new_workload(plan, "chat_serving"), id, catalogue)
        name = fresh_name(plan, "workloads", f"Serving {entry_of('models', id, catalogue).model}")
        work = msgspec.structs.replace(work, name=name, id=fresh_id(plan, "workloads", name))
        return with_row(plan, "workloads", work), "workloads", work
    if kind == WORK:
        if id not in WORK_KINDS:
            raise PlanError((Problem(severity="error", path="catalogue.workloads", message=say("no_entry", id=id)),))
        row = new_workload(plan, id)
        return with_row(plan, "workloads", row), "workloads", row
    _require_currency(plan, kind)
    if kind == OFFERS:
        return _with_offer(plan, offer_row(id, catalogue), catalogue)
    if kind == SITES:
        row = _unlike(plan, "sites", site_row(id, SITE_POWER_MW, catalogue))
        return _bought_at_own(plan, with_row(plan, "sites", row)), "sites", row
    raise ValueError(f"the catalogue has no {kind!r}")


def _with_model(document: Document, id: str, catalogue: Catalogue | None) -> tuple[Plan, str] | None:
    """The plan with a model as that of the selected workloads in tokens, and the name of the step; None for none."""
    chosen = document.selection
    works = [w for w in document.plan.workloads if chosen.table == "workloads" and w.id in chosen.ids]
    if not works or any(w.unit != "tokens/s" for w in works):
        return None
    plan = with_rows(document.plan, "workloads", chosen.ids, lambda work: _serving(work, id, catalogue))
    return plan, f"Serve {entry_of('models', id, catalogue).model}"


def _serving(work: Workload, id: str, catalogue: Catalogue | None) -> Workload:
    """The workload with a model of a catalogue; what its users ask for stays."""
    old = work.inference
    asked = {"context_tokens": 8704.0, "prompt_tokens_per_output": 8.0} if old is None else kept_of(old)
    return msgspec.structs.replace(work, inference=served_model(id, work.precision, catalogue=catalogue, **asked))


def _with_chip(plan: Plan, id: str, catalogue: Catalogue) -> tuple[Plan, str, Any]:
    chip = find(plan, "platforms", id) or platform_row(id, catalogue)
    own = next((offer for offer in plan.offers if offer.platform == id), None)
    if own is not None and find(plan, "platforms", id):
        return plan, "offers", own
    offer = _first_offer(id, catalogue) if plan.settings.currency == CURRENCY else None
    if offer is not None and own is None:
        return _with_offer(plan, offer, catalogue)
    return (plan if find(plan, "platforms", id) else with_row(plan, "platforms", chip)), "platforms", chip


def _first_offer(platform: str, catalogue: Catalogue) -> Offer | None:
    """An offer to buy the chip at the catalogue's price; its first price to rent without one; None without any."""
    entry = entry_of("platforms", platform, catalogue)
    if entry.unit_price_usd is not None:
        return Offer(
            id=f"{platform}_buy", name=f"{entry.short_name} · buy", platform=platform, provider=entry.vendor,
            kind="purchase", price_usd=entry.unit_price_usd, sites="*", source=entry.price_source, as_of=entry.as_of,
        )  # fmt: skip
    priced = [o for o in catalogue.offers.values() if o.platform_id == platform and o.price_usd is not None]
    priced.sort(key=lambda o: o.kind == "spot")  # spot last: most work does not run on it
    return offer_row(priced[0].id, catalogue) if priced else None


def _with_offer(plan: Plan, offer: Offer, catalogue: Catalogue | None) -> tuple[Plan, str, Any]:
    if find(plan, "platforms", offer.platform) is None:
        plan = with_row(plan, "platforms", platform_row(offer.platform, catalogue))
    if offer.kind == "rental" and offer.sites == "*":
        plan, region = _with_region(plan, catalogue)
        offer = msgspec.structs.replace(offer, sites=(region,))
    offer = _unlike(plan, "offers", offer)
    plan = _bought_at_own(plan, with_row(plan, "offers", offer))
    return plan, "offers", find(plan, "offers", offer.id)


REGIONS = {"EU": "ie_dublin", "JP": "jp_tokyo", "US": "us_va_ashburn"}
"""Where a provider rents out chips, by jurisdiction, until a person says better."""
RENTED = "Rented region"


def _with_region(plan: Plan, catalogue: Catalogue | None) -> tuple[Plan, str]:
    """The plan with a site that is the provider's, and its id: what is rented takes no power of one's own sites.

    It is in the jurisdiction of the first site of one's own, where the catalogue has a region there.
    """
    there = next((s for s in plan.sites if _is_rented(s)), None)
    if there is not None:
        return plan, there.id
    at = REGIONS.get(plan.sites[0].jurisdiction if plan.sites else "US", REGIONS["US"])
    site = site_row(at, None, catalogue)
    source = f"{site.source.rstrip('.')}. The provider's own power: no limit assumed."
    row = msgspec.structs.replace(site, id=f"rented_{site.id}", name=f"{RENTED}, {site.name}", source=source)
    row = _unlike(plan, "sites", row)
    return with_row(plan, "sites", row), row.id


def _is_rented(site: Site) -> bool:
    return site.power_mw is None and site.name.startswith(RENTED)


def _own(plan: Plan) -> tuple[str, ...]:
    return tuple(s.id for s in plan.sites if not _is_rented(s))


def _bought_at_own(before: Plan, after: Plan) -> Plan:
    """Chips that could be bought for every site stand at every site of one's own: a provider's region takes none."""
    own = _own(after)
    if not own or len(own) == len(after.sites):
        return after
    everywhere = [o.id for o in after.offers if o.kind == "purchase" and o.sites in ("*", _own(before))]
    return with_rows(after, "offers", everywhere, lambda offer: msgspec.structs.replace(offer, sites=own))


def _unlike(plan: Plan, table: str, row: Any) -> Any:
    """The row under an id and a name that no other of its table has."""
    return msgspec.structs.replace(row, id=fresh_id(plan, table, row.id), name=fresh_name(plan, table, row.name))


def _require_currency(plan: Plan, kind: str) -> None:
    currency = plan.settings.currency
    if currency != CURRENCY:
        text = say("currency_differs", currency=CURRENCY, plan_currency=currency)
        raise PlanError((Problem(severity="error", path=f"catalogue.{kind}s", message=text),))
