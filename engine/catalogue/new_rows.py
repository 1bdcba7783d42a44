"""Rows to begin with: what a new row of each table holds until a person says better.

The figures are round assumptions of a usual size, and the rows that have a source say so there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from itertools import count
from typing import Any

import msgspec

from gigaplan.engine.catalogue.presets import served_model
from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.plan.fields import LONGEST_NAME, Growth
from gigaplan.engine.plan.plan import Plan, find, fresh_id, with_fields, with_row
from gigaplan.engine.plan.schema import (
    Agreement,
    Inference,
    Offer,
    Parameter,
    Platform,
    Policy,
    Port,
    PowerContract,
    Scenario,
    Service,
    Site,
    Workload,
)

ASSUMED = "Assumed, to begin with: replace it by figures of your own."
SITE_POWER_MW = 50.0
"""Facility power of a site that is added without saying how much it has, MW."""


@dataclass(frozen=True)
class WorkKind:
    """A usual kind of work, with the figures that it starts from."""

    id: str
    name: str
    about: str
    """What it is, in a sentence."""
    figures: str
    """Its starting figures, in few words."""


WORK_KINDS = {
    kind.id: kind
    for kind in (
        WorkKind("pretraining", "Pre-training run", "Runs on one cluster, each done half a year after it is asked for.",
                 "1 EFLOP/s · within 6 months"),
        WorkKind("rl_post_training", "RL post-training", "Mostly generation of samples by the model being trained.",
                 "500 k tok/s · steady"),
        WorkKind("chat_serving", "Chat serving", "Interactive answers; capacity is sized for the daily peak.",
                 "200 k tok/s · peak 1.8×"),
        WorkKind("batch_inference", "Batch inference", "Answers that can wait, on spot capacity too.",
                 "500 k tok/s · flexible"),
        WorkKind("research", "Research", "Experiments, on spot capacity too.", "200 PFLOP/s · peak 1.2×"),
    )
}  # fmt: skip


def new_workload(plan: Plan, kind: str) -> Workload:
    """A workload of one of WORK_KINDS with an id that `plan` has not yet. Raises KeyError for another kind."""
    name = fresh_name(plan, "workloads", WORK_KINDS[kind].name)
    row: dict[str, Any] = {"id": fresh_id(plan, "workloads", name), "name": name}
    if kind == "pretraining":
        # Flexible over the horizon, a run would be put off to the last quarter, when chips are cheapest.
        return Workload(
            **row,
            kind="pretraining",
            unit="PFLOP/s",
            demand=1_000.0,
            max_delay_months=6.0,
            placement="one_cluster",
            unmet_usd=25.0,
        )
    if kind == "research":
        return Workload(
            **row,
            kind="research",
            unit="PFLOP/s",
            demand=Growth(start=200.0, annual_growth=0.35),
            peak_factor=1.2,
            utilisation=0.3,
            unmet_usd=20.0,
            accepts_interruptible=True,
        )
    if kind == "rl_post_training":
        return Workload(
            **row,
            kind="post_training",
            unit="tokens/s",
            demand=500e3,
            precision="fp8",
            unmet_usd=0.04,
            inference=_served(6_000, 0.25, None),
        )
    if kind == "chat_serving":
        return Workload(
            **row,
            kind="inference",
            unit="tokens/s",
            demand=Growth(start=200e3, annual_growth=0.5),
            peak_factor=1.8,
            precision="fp8",
            unmet_usd=0.04,
            inference=_served(8_704, 8, 80),
        )
    return Workload(**row, kind="inference", unit="tokens/s", demand=500e3, flexible=True, precision="fp8",
                    unmet_usd=0.02, accepts_interruptible=True, inference=_served(2_740, 0.2, None))  # fmt: skip


def _served(context: float, prompts: float, latency: float | None) -> Inference:
    """DeepSeek-R1 at fp8, the model with the most public measurements."""
    return served_model(
        "deepseek_r1", "fp8", context_tokens=context, prompt_tokens_per_output=prompts, max_token_latency_ms=latency
    )


def fresh_name(plan: Plan, table: str, name: str) -> str:
    """`name`, or with a number after it, so that no row of `table` is called the same."""
    return unused_name(name, {row.name for row in getattr(plan, table)})


def unused_name(name: str, taken: Container[str]) -> str:
    """`name`, or with a number after it, so that it is not taken."""
    return name if name not in taken else next(n for k in count(2) if (n := f"{name} {k}") not in taken)


def why_not_new(plan: Plan, table: str) -> str:
    """What a plan lacks for a new row of `table`, in a sentence; empty where nothing is lacking."""
    if table == "offers" and not plan.platforms:
        return "An offer is of a platform: add a platform first."
    if table == "power_contracts" and not plan.sites:
        return "A power contract is for a site: add a site first."
    if table == "ports":
        if not plan.workloads or not plan.platforms:
            return "A port takes a workload to a platform: add both first."
        if _next_port(plan) is None:
            return "Every workload has a port to every stack already."
    return ""


def with_new_row(plan: Plan, table: str, work_kind: str = "chat_serving") -> tuple[Plan, Any]:
    """The plan with a new row at the end of `table`, and the row. Raises ValueError where `why_not_new` says why."""
    reason = why_not_new(plan, table)
    if reason:
        raise ValueError(reason)
    row = new_workload(plan, work_kind) if table == "workloads" else _NEW[table](plan)
    return with_row(plan, table, row), row


def _names(plan: Plan, table: str, name: str) -> dict[str, Any]:
    name = fresh_name(plan, table, name)
    return {"id": fresh_id(plan, table, name), "name": name}


def _platform(plan: Plan) -> Platform:
    return Platform(
        **_names(plan, "platforms", "New platform"), vendor="New vendor", stack="cuda", bf16_tflops=1_000.0,
        memory_gb=100.0, memory_bandwidth_gb_s=4_000.0, power_w=1_000.0, source=ASSUMED,
    )  # fmt: skip


def _site(plan: Plan) -> Site:
    return Site(
        **_names(plan, "sites", "New site"), jurisdiction="US", power_mw=SITE_POWER_MW, electricity_usd_per_mwh=70.0,
        carbon_g_per_kwh=350.0, source=ASSUMED,
    )  # fmt: skip


def _offer(plan: Plan) -> Offer:
    platform = plan.platforms[-1]
    return Offer(
        **_names(plan, "offers", f"{platform.name} · {ON_DEMAND}"), platform=platform.id, provider=platform.vendor,
        kind="rental", price_usd=3.0, supply_chips_per_month=0.0, sites="*", source=ASSUMED,
    )  # fmt: skip


def _agreement(plan: Plan) -> Agreement:
    provider = plan.offers[0].provider if plan.offers else "New provider"
    return Agreement(
        **_names(plan, "agreements", f"{provider} agreement"), provider=provider, start=plan.settings.start, months=36,
        commit_usd_per_year=10e6, discount=0.1, status="optional",
    )  # fmt: skip


def _power_contract(plan: Plan) -> PowerContract:
    site = plan.sites[-1]
    return PowerContract(
        **_names(plan, "power_contracts", f"{site.name} · more power"), site=site.id, provider="New provider",
        mw=SITE_POWER_MW, start=plan.settings.start, usd_per_mw_month=10_000.0, status="optional", source=ASSUMED,
    )  # fmt: skip


def _service(plan: Plan) -> Service:
    return Service(
        **_names(plan, "services", "New service"), provider="New provider", workloads="*", price_usd=2.0,
        limit=0.0, source=ASSUMED,
    )  # fmt: skip


def _policy(plan: Plan) -> Policy:
    # It starts where it binds nothing: a new rule must not change the plan before a person says how far it goes.
    row = Policy(id="new", kind="share", dimension="vendor", metric="power", limit=1.0)
    return msgspec.structs.replace(row, **_names(plan, "policies", _policy_name(plan, row)))


def _policy_name(plan: Plan, row: Policy) -> str:
    """What a policy is called until a person renames it."""
    about = "" if row.scope in (None, "*") else str(row.scope)
    workload = find(plan, "workloads", about)
    about = getattr(workload, "name", "") or about
    return POLICY_KINDS[row.kind].called(row, about)


def _offer_name(plan: Plan, row: Offer) -> str:
    """What an offer is called until a person renames it."""
    platform = find(plan, "platforms", row.platform)
    chip = getattr(platform, "name", "") or row.platform
    if row.kind == "purchase":
        return f"{chip} · buy"
    if row.interruptible:
        return f"{chip} · spot"
    months = row.term_months
    if months is None:
        return f"{chip} · {ON_DEMAND}"
    return f"{chip} · reserved {months / 12:g} y" if months % 12 == 0 else f"{chip} · reserved {months:g} months"


ON_DEMAND = "on demand"
_FOLLOWING: dict[str, Callable[[Plan, Any], str]] = {"policies": _policy_name, "offers": _offer_name}


def with_following_names(before: Plan, after: Plan) -> Plan:
    """The plan after an edit, with the names of rows that say what they were before saying what they are now, and no
    price called assumed that was given."""
    for table, name_of in _FOLLOWING.items():
        if getattr(before, table) is getattr(after, table):
            continue
        old = {row.id: row for row in getattr(before, table)}
        for row in getattr(after, table):
            was = old.get(row.id)
            if was is None or was is row or was.name != row.name:
                continue
            said, says = name_of(before, was), name_of(after, row)
            if said != says and re.fullmatch(rf"{re.escape(said)}( \d+)?", row.name):
                name = fresh_name(after, table, says)[:LONGEST_NAME]
                after = with_fields(after, table, row.id, name=name)
    return _with_given_prices(before, after)


def _with_given_prices(before: Plan, after: Plan) -> Plan:
    """The plan in which a price that was assumed, and is given now, no longer says so, and something can be had at it.

    Of a new offer or service nothing can be had: at a price that nobody gave, the optimum would be none.
    """
    for table, supply in (("offers", "supply_chips_per_month"), ("services", "limit")):
        if getattr(before, table) is getattr(after, table):
            continue
        assumed = {row.id: row for row in getattr(before, table) if row.source == ASSUMED}
        for row in getattr(after, table):
            was = assumed.get(row.id)
            if was is not None and row.source == ASSUMED and row.price_usd != was.price_usd:
                lifted: dict[str, Any] = {supply: None} if getattr(row, supply) == 0.0 else {}
                after = with_fields(after, table, row.id, source="", **lifted)
    return after


def _scenario(plan: Plan) -> Scenario:
    return Scenario(**_names(plan, "scenarios", "New scenario"))


def _port(plan: Plan) -> Port:
    place = _next_port(plan)
    if place is None:
        raise ValueError(why_not_new(plan, "ports"))
    return Port(workload=place[0], stack=place[1], cost_usd=5e6, months=6)


def _next_port(plan: Plan) -> tuple[str, str] | None:
    """The first workload and stack without a port."""
    taken = {(port.workload, port.stack) for port in plan.ports}
    pairs = ((w.id, p.stack) for w in plan.workloads for p in plan.platforms)
    return next((pair for pair in pairs if pair not in taken), None)


def _parameter(plan: Plan) -> Parameter:
    return Parameter(**_names(plan, "parameters", "New parameter"), value=1.0, source=ASSUMED)


_NEW = {
    "parameters": _parameter,
    "platforms": _platform,
    "sites": _site,
    "offers": _offer,
    "power_contracts": _power_contract,
    "services": _service,
    "agreements": _agreement,
    "policies": _policy,
    "scenarios": _scenario,
    "ports": _port,
}
