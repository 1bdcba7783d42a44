"""What a throughput rests on, in words: its basis, how far it may be off, its source and date."""

from __future__ import annotations

from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.schema import Offer, Workload
from gigaplan.engine.plan.throughput import Estimate, estimate, no_throughput
from gigaplan.gui.text.number_format import band_words, cut, plain

LONGEST = 110
"""Letters of a source in a tip: the form of its row and the report have all of it."""


def short_standing(found: Estimate) -> str:
    """The basis with its band: `modelled 0.6–1.4×`."""
    return f"{found.basis} {band_words(found.band)}".strip()


def full_standing(found: Estimate) -> str:
    """Basis, band, the beginning of the source, and date, in a sentence without its full stop."""
    rest = f"{cut(found.source, LONGEST)}, {found.as_of}".strip(", ")
    band = f"; in eight cases of ten it is {band_words(found.band)} that" if found.band else ""
    return f"{found.basis}{band}{f' ({rest})' if rest else ''}"


def work_per_chip(plan: Plan, work: Workload, offer: Offer) -> str:
    """What one chip of an offer does for a workload, with what that rests on, or why it does nothing; a sentence."""
    platform = find(plan, "platforms", offer.platform)
    if platform is None:
        return ""
    found = estimate(plan, work, platform)
    if not found.value > 0:
        return f"{no_throughput(work, platform)}."
    return f"{plain(found.value)} {work.unit} per chip, {full_standing(found)}."
