"""The members of a dimension: which vendors, providers, sites, jurisdictions, stacks or kinds of offers a plan has."""

from __future__ import annotations

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.contract_years import contract_years


def members(i: Inputs, dimension: str) -> list[str]:
    """The distinct members of a dimension among a plan's pairs, sorted."""
    return sorted(set(member_of_pairs(i, dimension)))


def members_that_serve(i: Inputs, dimension: str) -> list[str]:
    """The same, those of services among them."""
    bought = {member for member in member_of_services(i, dimension) if member is not None}
    return sorted({*member_of_pairs(i, dimension), *bought})


def member_of_pairs(i: Inputs, dimension: str) -> list[str]:
    """[N] which vendor, provider, site, jurisdiction, stack or kind of offer each pair belongs to."""
    plan = i.plan
    if dimension in ("vendor", "stack"):
        own = [getattr(plan.platforms[p], dimension) for p in i.offer_platform]
        return [own[o] for o in i.pair_offer]
    if dimension in ("provider", "kind"):
        return [getattr(plan.offers[o], dimension) for o in i.pair_offer]
    return [plan.sites[s].id if dimension == "site" else plan.sites[s].jurisdiction for s in i.pair_site]


def member_of_services(i: Inputs, dimension: str) -> list[str | None]:
    """[K] which provider or jurisdiction each service belongs to; None where it has none of the dimension."""
    if dimension not in ("provider", "jurisdiction"):
        return [None] * len(i.plan.services)
    return [getattr(service, dimension) for service in i.plan.services]


def member_of_decisions(i: Inputs, block: str, dimension: str) -> list[str | None]:
    """Of each decision of a block which member it is paid for: a power contract by its provider, site or jurisdiction,
    a shortfall by the provider of its agreement, a port by its stack. None where it is of none."""
    plan = i.plan
    if block == "contracted" and dimension in ("provider", "site"):
        return [getattr(row, dimension) for row in plan.power_contracts]
    if block == "contracted" and dimension == "jurisdiction":
        return [plan.sites[s].jurisdiction for s in i.contract_site.tolist()]
    if block == "shortfall" and dimension == "provider":
        return [plan.agreements[year.agreement].provider for year in contract_years(i)]
    if block == "ported" and dimension == "stack":
        return [port.stack for port in plan.ports]
    counts = {"contracted": len(plan.power_contracts), "shortfall": len(contract_years(i)), "ported": len(plan.ports)}
    return [None] * counts[block]


def members_that_are_paid(i: Inputs, dimension: str) -> list[str]:
    """The members of a dimension for which anything is paid, sorted."""
    blocks = ("contracted", "shortfall", "ported")
    decided = {member for block in blocks for member in member_of_decisions(i, block, dimension) if member is not None}
    return sorted({*members_that_serve(i, dimension), *decided})
