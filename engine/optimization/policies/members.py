"""The members of a dimension: which vendors, providers, sites, jurisdictions or stacks a plan has."""

from __future__ import annotations

from gigaplan.engine.optimization.arrays import Inputs


def members(i: Inputs, dimension: str) -> list[str]:
    """The distinct vendors, providers, sites, jurisdictions or stacks of a plan's pairs, sorted."""
    return sorted(set(member_of_pairs(i, dimension)))


def members_that_serve(i: Inputs, dimension: str) -> list[str]:
    """The same, those of services among them."""
    bought = {member for member in member_of_services(i, dimension) if member is not None}
    return sorted({*member_of_pairs(i, dimension), *bought})


def member_of_pairs(i: Inputs, dimension: str) -> list[str]:
    """[N] which vendor, provider, site, jurisdiction or stack each pair belongs to."""
    plan = i.plan
    if dimension in ("vendor", "stack"):
        own = [getattr(plan.platforms[p], dimension) for p in i.offer_platform]
        return [own[o] for o in i.pair_offer]
    if dimension == "provider":
        return [plan.offers[o].provider for o in i.pair_offer]
    return [plan.sites[s].id if dimension == "site" else plan.sites[s].jurisdiction for s in i.pair_site]


def member_of_services(i: Inputs, dimension: str) -> list[str | None]:
    """[K] which provider or jurisdiction each service belongs to; None where it has none of the dimension."""
    if dimension not in ("provider", "jurisdiction"):
        return [None] * len(i.plan.services)
    return [getattr(service, dimension) for service in i.plan.services]
