"""Locks, comments and formulas of fields as a person sets them: each one undo step, in the base."""

from __future__ import annotations

from collections.abc import Sequence

from gigaplan.engine.plan.annotations import Place, annotated, named
from gigaplan.gui.document.document import Document


def lock(document: Document, places: Sequence[Place], locked: bool = True) -> None:
    """Locks fields, or unlocks them."""
    what = named(document.base, places[0]) if len(places) == 1 else f"{len(places)} figures"
    plan = annotated(document.base, places, locked=locked)
    document.apply(plan, f"{'Lock' if locked else 'Unlock'} {what}", in_base=True)


def comment(document: Document, place: Place, text: str) -> None:
    """Gives a field a comment; an empty one takes it away."""
    plan = annotated(document.base, [place], comment=text.strip())
    document.apply(plan, f"Comment on {named(document.base, place)}", in_base=True)
