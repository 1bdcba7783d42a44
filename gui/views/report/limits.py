"""What holds a plan back: its policies, every limit that binds, and what one more unit of each is worth."""

from __future__ import annotations

import math
from collections.abc import Iterator

from PySide6.QtCore import QLocale

from gigaplan.engine.analysis.limits import SPANS, WHOLE
from gigaplan.engine.analysis.price_falls import is_bought
from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.analysis.why_not_chosen import WhyNot, why_not, why_not_bought
from gigaplan.engine.analysis.worth_words import Binding, bindings, held, limit_name, one_more
from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.schema import Offer, Policy, Service
from gigaplan.engine.plan.text import counted
from gigaplan.gui.present.cell_text import Context, displayed
from gigaplan.gui.text.number_format import DASH, money, plain
from gigaplan.gui.views.report.blocks import Block, Heading, Table, TableColumn, TableRow, Words
from gigaplan.gui.views.report.material import Material
from gigaplan.gui.views.report.results import LEAST_CHIPS


def limits(material: Material) -> Iterator[Block | None]:
    """The policies of an optimal result, every limit that binds, and what is not chosen; None is a rest between."""
    found = bindings(worths(material.result, only_shown=True))
    yield Heading("Limits")
    if material.plan.policies:
        yield Heading("Policies", 2)
        yield _policies(material, found)
    yield Heading("What binds", 2)
    yield from _binding(material, found)
    yield from _not_chosen(material)


def _binding(material: Material, found: list[Binding]) -> Iterator[Block]:
    if not found:
        yield Words("No limit binds: more of anything would not lower the cost.")
        return
    yield Words(
        f"What one more unit of each limit, or one less of a service-level floor or a commitment, would save, and what "
        f"one unit the other way would cost, in {material.currency}, discounted, in the period in which it saves most. "
        f"Where one more saves nothing, the limit binds only together with others."
    )
    result, rows = material.result, []
    for binding in found:
        dearest = binding.dearest
        less = DASH if dearest.one_less is None else money(dearest.one_less, material.currency)
        rows.append(
            TableRow(
                (
                    limit_name(result, dearest.key),
                    _times(binding),
                    dearest.when,
                    one_more(result, dearest),
                    money(dearest.one_more, material.currency),
                    less,
                )
            )
        )
    columns = (TableColumn("Limit"), TableColumn("Binds in"), TableColumn("Worth most in"), TableColumn("What"),
               TableColumn("saves", is_figure=True), TableColumn("other way costs", is_figure=True))  # fmt: skip
    yield Table(columns, tuple(rows))
    if result.integers != "none":
        yield Words(held(material.result), "muted")


def _not_chosen(material: Material) -> Iterator[Block | None]:
    """Every offer without chips and every service of which nothing is bought, and what its price would have to be."""
    rows = []
    chips = material.result.series("chips", "offer")
    sites, works = material.names("sites"), material.names("workloads")
    for offer in material.plan.offers:
        if offer.id in chips and chips[offer.id].max(initial=0.0) >= LEAST_CHIPS:
            continue
        yield None
        why = why_not(material.result, offer.id)
        rows.append(_too_dear(material, offer, why, sites.get(why.site, "")))
    a = material.result.allocation
    for k, service in enumerate(material.plan.services):
        if a is None or is_bought(a, k):
            continue
        yield None
        why = why_not_bought(material.result, service.id)
        rows.append(_too_dear(material, service, why, works.get(why.workload, "")))
    if rows:
        yield Heading("What is not chosen", 2)
        yield Words(
            "The price above which each is not chosen, where and when it comes closest; it may have to be lower still."
        )
        columns = (TableColumn("What"), TableColumn("Price", is_figure=True), TableColumn("Not above", is_figure=True),
                   TableColumn("Unit"), TableColumn("Closest at"))  # fmt: skip
        yield Table(columns, tuple(rows))


def _too_dear(material: Material, row: Offer | Service, why: WhyNot, where: str) -> TableRow:
    """The line of one that is not chosen: its price and the one that it needs, or what else keeps it out."""
    unit = field_of(type(row), "price_usd").unit_in(row).replace("USD", material.currency)
    name = row.name or row.id
    if why.no_delivery:
        return TableRow((name, DASH, DASH, unit, why.no_delivery))
    if math.isnan(why.price_needed):  # of least orders no price is told
        return TableRow((name, DASH, DASH, unit, DASH))
    if why.price_needed <= 0:
        return TableRow((name, DASH, "not at any price", unit, DASH))
    return TableRow((name, plain(why.price_now, 4), plain(why.price_needed, 4), unit, f"{where}, {why.period}"))


def _times(binding: Binding) -> str:
    """How often a limit binds: in 3 periods, in one plan year, over the horizon."""
    when = binding.dearest.when
    if binding.dearest.period == WHOLE:
        return when
    noun = SPANS.get(binding.dearest.kind, "period")
    return counted(len(binding.parts), noun)


def _policies(material: Material, found: list[Binding]) -> Table:
    context = Context(material.plan, QLocale())
    rows = []
    for policy in material.plan.policies:
        mine = [b.dearest for b in found if (b.dearest.table, b.dearest.id) == ("policies", policy.id)]
        field = field_of(Policy, "limit")
        limit = displayed(field, policy.limit, field.unit_in(policy), context, full_unit=True)
        dearest = max(mine, key=lambda m: m.one_more, default=None)
        state = "switched off" if not policy.enabled else "binds" if mine else "kept, does not bind"
        worth = DASH
        if dearest is not None:
            saves = money(dearest.one_more, material.currency)
            worth = f"{saves}, {one_more(material.result, dearest)}, {dearest.when}"
        rows.append(TableRow((policy.name or policy.id, rule_words(material, policy), limit, state, worth)))
    columns = (TableColumn("Policy"), TableColumn("Rule"), TableColumn("Limit", is_figure=True), TableColumn("State"),
               TableColumn("One is worth"))  # fmt: skip
    return Table(columns, tuple(rows))


def rule_words(material: Material, policy: Policy) -> str:
    """What a policy limits: the most power of each vendor."""
    kind, each, who = POLICY_KINDS[policy.kind], policy.scope in (None, "*"), str(policy.dimension or "vendor")
    sites = material.names("sites") if policy.dimension == "site" else {}
    work, member = "each workload", who
    if kind.is_floor and not each:
        work = material.names("workloads").get(str(policy.scope), str(policy.scope))
    elif kind.is_yearly and policy.dimension is None:
        member = ""
    elif not kind.is_floor:
        member = f"each {who}" if each else f"{who} {sites.get(str(policy.scope), str(policy.scope))}"
    moved = ", after moving work" if policy.reassign and "reassign" in kind.uses else ""
    return kind.rule(work, member, policy.metric or "power") + moved
