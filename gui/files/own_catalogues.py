"""The catalogues of the person who is at work: ours, one in a folder of theirs, and one beside the plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings

from gigaplan.engine.plan.problems import PlanError

if TYPE_CHECKING:
    from gigaplan.engine.catalogue import Catalogue

KEY = "catalogue_folder"
Stamps = tuple[tuple[str, int, int], ...]
_read: dict[tuple[Path, str], tuple[Stamps, Catalogue | PlanError]] = {}
"""What was read last of each folder, with the name, time and size of its files."""


def folder() -> Path | None:
    """The folder with the person's own catalogue; None where none was named."""
    named = str(QSettings().value(KEY, ""))
    return Path(named) if named else None


def set_folder(path: Path | None) -> None:
    """Names the folder from now on, or none."""
    QSettings().setValue(KEY, "" if path is None else str(path))


def catalogues(plan_path: Path | None) -> tuple[list[Catalogue], list[str]]:
    """The catalogues that are there, those of the person first, ours last; and why another is not shown."""
    from gigaplan.engine.catalogue import load_catalogue

    found, problems = [], []
    named = folder()
    places = [(named, "")] if named is not None else []
    if plan_path is not None:
        places.append((plan_path.parent, plan_path.stem))
    for place, of in places:
        own = _own(place, of)
        if isinstance(own, PlanError):
            first = own.problems[0]
            more = f", and {len(own.problems) - 1} more" if len(own.problems) > 1 else ""
            problems.append(f"Your catalogue {of if of else place.name} is not shown: {first.path} {first.text}{more}")
        elif own is not None:
            found.append(own)
    return [*found, load_catalogue()], problems


def catalogue_of(origin: str, plan_path: Path | None) -> tuple[Catalogue | None, str]:
    """The catalogue and the entry of what a row says of its origin; None for an entry of ours, which is named alone."""
    from gigaplan.engine.catalogue.updates import ORIGIN

    said = ORIGIN.fullmatch(origin)
    if said is None:
        return None, origin
    found = next((c for c in catalogues(plan_path)[0] if c.name == said["name"]), None)
    return found, said["id"]


def _own(place: Path, of: str) -> Catalogue | PlanError | None:
    """A catalogue that is read anew only where a file of it changed; None where there is none beside the plan."""
    from gigaplan.engine.catalogue.own import files_of, load_own

    try:
        stamps = tuple(
            (table, (s := path.stat()).st_mtime_ns, s.st_size) for table, path in files_of(place, of).items()
        )
    except OSError:
        stamps = ()
    if of and not stamps:
        return None
    known = _read.get((place, of))
    if known is not None and known[0] == stamps:
        return known[1]
    try:
        own: Catalogue | PlanError = load_own(place, of)
    except PlanError as error:
        own = error
    _read[place, of] = stamps, own
    return own
