"""What holds a plan back: its policies, every limit that binds, and what one more unit of each is worth."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QLocale

from gigaplan.engine.analysis.messages import WHAT
from gigaplan.engine.analysis.shadow_prices import Limit, binding_limits
from gigaplan.engine.analysis.why_not_chosen import why_not
from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.plan import find
from gigaplan.engine.plan.schema import Offer, Policy
from gigaplan.engine.plan.text import counted
from gigaplan.gui.present.cell_text import Context, displayed
from gigaplan.gui.text.number_format import DASH, money, plain
from gigaplan.gui.views.report.blocks import Block, Column, Heading, Row, Table, Words
from gigaplan.gui.views.report.material import Material
from gigaplan.gui.views.report.results import LEAST_CHIPS

ONE = {"chips": "chip a period", "tCO2e": "t CO\u2082e"}
"""The units of limits, as one says one of them."""
Found = dict[tuple[str, str, str, str], list[Limit]]
"""The limits that bind, by kind, table, row, and what they are about; the dearest first."""
INTEGERS = "Shadow prices hold for signatures and ports as they are."


def limits(material: Material) -> Iterator[Block | None]:
    """The policies of an optimal result, every limit that binds, and what is not chosen; None is a rest between."""
    found: Found = {}
    for limit in binding_limits(material.result):
        found.setdefault((limit.kind, limit.table, limit.row, limit.about), []).append(limit)
    yield Heading("Limits")
    if material.plan.policies:
        yield Heading("Policies", 2)
        yield _policies(material, found)
    yield Heading("What binds", 2)
    yield from _binding(material, found)
    yield from _not_chosen(material)


def _binding(material: Material, found: Found) -> Iterator[Block]:
    if not found:
        yield Words("No limit binds: more of anything would not lower the cost.")
        return
    yield Words(
        f"What one unit more of each limit, or one less of a service-level floor or a commitment, would save, in "
        f"{material.currency}, discounted, in the period in which it is worth most."
    )
    rows = []
    for (kind, table, row, about), mine in found.items():
        dearest = max(mine, key=lambda limit: limit.worth_usd)
        name = _name(material, table, row)
        what = f"{WHAT[kind]} {name}" + (f" for {_about(material, about)}" if about else "")
        worth = money(dearest.worth_usd, material.currency)
        rows.append(Row((what, _times(mine, dearest), dearest.when, _one(material, dearest), worth)))
    columns = (Column("Limit"), Column("Binds in"), Column("Worth most in"), Column("One"),
               Column("saves", is_figure=True))  # fmt: skip
    yield Table(columns, tuple(rows))
    if material.result.integers != "none":
        yield Words(INTEGERS, "muted")


def _not_chosen(material: Material) -> Iterator[Block | None]:
    """Every offer without chips, and what its price would have to be."""
    rows = []
    chips = material.result.series("chips", "offer")
    field, sites = field_of(Offer, "price_usd"), material.names("sites")
    for offer in material.plan.offers:
        if offer.id in chips and chips[offer.id].max(initial=0.0) >= LEAST_CHIPS:
            continue
        yield None
        why = why_not(material.result, offer.id)
        name, unit = offer.name or offer.id, field.unit_in(offer).replace("USD", material.currency)
        if why.no_delivery:
            rows.append(Row((name, DASH, DASH, unit, why.no_delivery)))
            continue
        needed = plain(why.price_needed, 4) if why.price_needed > 0 else "not at any price"
        rows.append(Row((name, plain(why.price_now, 4), needed, unit, f"{sites[why.site]}, {why.period}")))
    if rows:
        yield Heading("Offers that are not chosen", 2)
        yield Words(
            "The price above which each is not chosen, where and when it comes closest; it may have to be lower still."
        )
        columns = (Column("Offer"), Column("Price", is_figure=True), Column("Not above", is_figure=True),
                   Column("Unit"), Column("Closest at"))  # fmt: skip
        yield Table(columns, tuple(rows))


def _one(material: Material, limit: Limit) -> str:
    """One unit of a limit, to the side that saves: more MW, less percentage point."""
    unit = ONE.get(limit.unit, limit.unit.replace("USD", material.currency))
    return f"{unit} {'less' if limit.is_floor else 'more'}"


def _times(limits: list[Limit], dearest: Limit) -> str:
    """How often a limit binds: in 3 periods, in one plan year, over the horizon."""
    if dearest.when == "horizon":
        return "the horizon"
    noun = next((word for word in ("contract year", "plan year") if word in dearest.when), "period")
    return counted(len(limits), noun)


def _policies(material: Material, found: Found) -> Table:
    context = Context(material.plan, QLocale())
    rows = []
    for policy in material.plan.policies:
        mine = [limit for (_, table, row, _), each in found.items() if (table, row) == ("policies", policy.id)
                for limit in each]  # fmt: skip
        field = field_of(Policy, "limit")
        limit = displayed(field, policy.limit, field.unit_in(policy), context, full_unit=True)
        dearest = max(mine, key=lambda m: m.worth_usd, default=None)
        state = "switched off" if not policy.enabled else "binds" if mine else "kept, does not bind"
        worth = DASH
        if dearest is not None:
            worth = f"{money(dearest.worth_usd, material.currency)}, {_one(material, dearest)}, {dearest.when}"
        rows.append(Row((policy.name or policy.id, rule_words(material, policy), limit, state, worth)))
    columns = (Column("Policy"), Column("Rule"), Column("Limit", is_figure=True), Column("State"),
               Column("One is worth"))  # fmt: skip
    return Table(columns, tuple(rows))


def rule_words(material: Material, policy: Policy) -> str:
    """What a policy limits: the most power of each vendor."""
    kind, each, who = POLICY_KINDS[policy.kind], policy.scope in (None, "*"), str(policy.dimension or "vendor")
    sites = material.names("sites") if policy.dimension == "site" else {}
    work, member = "each workload", who
    if kind.is_floor and not each:
        work = material.names("workloads").get(str(policy.scope), str(policy.scope))
    elif not kind.is_floor:
        member = f"each {who}" if each else f"{who} {sites.get(str(policy.scope), str(policy.scope))}"
    return kind.rule(work, member, policy.metric or "power")


def _name(material: Material, table: str, row: str) -> str:
    found = find(material.plan, table, row)
    return getattr(found, "name", "") or row


def _about(material: Material, about: str) -> str:
    workload, _, member = about.partition(" without ")
    name = material.names("workloads").get(workload, workload)
    return f"{name} without {member}" if member else name
