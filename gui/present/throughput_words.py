"""What a throughput rests on, in words: its basis, how far it may be off, its source and date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.schema import Offer, Workload
from gigaplan.engine.plan.throughput import Estimate, estimate, no_throughput
from gigaplan.gui.text.number_format import band_words, cut, plain

if TYPE_CHECKING:
    from gigaplan.engine.analysis.throughput_bands import OpenChoice

BANDS_TIP = (
    "Each becomes an uncertain factor, lognormal: P10 and P90 are the ends of its band. "
    "Those on one software stack are correlated."
)
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


def open_choice_words(plan: Plan, choice: OpenChoice) -> str:
    """Which platform is chosen, which may be better, and the band within which that turns round."""
    chosen, other, moved = (_platform(plan, id) for id in (choice.chosen, choice.other, choice.moved))
    low, high = (plain(end, 2) for end in choice.band)
    work = find(plan, "workloads", choice.workload)
    order = f"{chosen} is chosen, but {other} may be better"
    band = f"the real throughput of {moved} may be {low} to {high}× the modelled"
    return f"{work.name if work else choice.workload}: {order}: {band}"


def open_choices_words(plan: Plan, choices: Sequence[OpenChoice]) -> str:
    """All of them, a line each, and what was tried."""
    lines = [f"{open_choice_words(plan, each)}." for each in choices]
    how = (
        "The plan was solved again with that throughput at the end of its band: the other platform then does most of "
        "the work. Eight throughputs of ten lie within their band. Signatures and ports were held."
    )
    return "\n".join(["Which platform is best is not sure", *lines, how])


def _platform(plan: Plan, id: str) -> str:
    row = find(plan, "platforms", id)
    return row.name if row is not None and row.name else id
