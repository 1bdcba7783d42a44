"""What can be saved of a damaged plan file: every row that still makes sense, and a list of what does not.

The file is only read, and never given to SQLite. Nothing is made up in silence: a field that is unfit takes its
default, if it has one, and is named; a row that cannot do without the field is left out, and is named.
"""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from gigaplan.engine.plan.decode import MAX_PROBLEMS, decode_row
from gigaplan.engine.plan.fields import fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError, Problem, say
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.engine.storage.format import HISTORY_COLUMNS, Cell, content_hash, signed
from gigaplan.engine.storage.guard import refuse
from gigaplan.engine.storage.history import Version, bounded, versions_in
from gigaplan.engine.storage.load import known_meta
from gigaplan.engine.storage.migrations import migrated
from gigaplan.engine.storage.pages import Blob, PageCell, PageRow, Pages, Torn
from gigaplan.engine.storage.salvage.found_rows import FoundRows, Rows, rows_in
from gigaplan.engine.storage.salvage.row_repair import error, repaired, typed, values, warning

STAND_INS = {"name": "(the name is lost)", "start": "2000-01"}
"""What stands for settings without a default that are lost, chosen so that nobody takes them for real."""


class Salvage(Struct, frozen=True, kw_only=True):
    """What was saved of a file."""

    plan: Plan
    kept: int
    """How many rows were saved, the settings not counted."""
    found: tuple[Problem, ...]
    """What was left out (errors) and what was changed or is in doubt (warnings), each with its reason."""
    uuid: str | None
    """That of the plan, where it can still be read."""
    revision: int
    """The revision that what was saved should have."""
    history: tuple[Version, ...]


def salvage(data: bytes) -> Salvage:
    """Every row that can be saved from the bytes of a plan file. Raises PlanError where there is none."""
    pages = Pages(data)
    file = rows_in(pages, data)
    rows, notes = file.rows, file.notes
    columns = file.columns | file.lost
    read = {table: [typed(names, row.cells) for row in rows[table]] for table, names in columns.items()}
    tables = migrated(file.version, columns, read)
    plan, found = _plan(rows, tables)
    notes += found
    kept = sum(len(getattr(plan, table)) for table in ROW_TYPES)
    if not kept and not rows["plan"]:
        refuse(say("nothing_to_save"))
    meta = _meta(rows["meta"])
    known, wrong = known_meta(meta)
    bad = {problem.path.removeprefix("meta.") for problem in wrong}
    notes += [warning(problem.path, say("new_one_made", why=problem.message)) for problem in wrong]
    history, lost = _history(rows["history"])
    notes += lost
    revisions = [version.revision for version in history]
    if "revision" not in bad:
        revisions.append(int(known["revision"]))
    doubt = _doubt(meta, known, file, read, pages)
    notes = [note for note in notes if doubt or note is not file.no_damage] + doubt
    return Salvage(
        plan=plan,
        kept=kept,
        found=tuple(notes[:MAX_PROBLEMS]),
        uuid=None if "uuid" in bad else known["uuid"],
        revision=max(revisions, default=0) + 1,
        history=history,
    )


def _meta(rows: list[PageRow]) -> list[tuple[Cell, ...]]:
    """The entries of `meta` that can be read."""
    texts = (tuple(c for c in row.cells if isinstance(c, bytes) and not isinstance(c, Blob)) for row in rows)
    return [*sorted(entry for entry in texts if len(entry) == 2)]


def _plan(rows: Rows, tables: Mapping[str, Sequence[Sequence[PageCell]]]) -> tuple[Plan, list[Problem]]:
    """The plan of all rows that can be saved, and what is wrong with the others."""
    notes: list[Problem] = []
    kept: dict[str, list[Any]] = {}
    for table in ROW_TYPES:
        kept[table] = []
        ids: set[str] = set()
        for row, cells in zip(rows[table], tables[table], strict=True):
            made, found = repaired(table, row.key, cells)
            id = getattr(made, "id", None)
            if made is not None and id in ids:
                found.append(error(f"{table}[{row.key}]", say("row_id_taken", id=id), table, id))
            elif made is not None:
                kept[table].append(made)
                ids |= {id} if id else set()
            notes += found
    if len(rows["plan"]) > 1:
        notes.append(warning("plan", say("first_row_taken", count=len(rows["plan"])), "plan"))
    settings, found = _settings(tables["plan"], kept)
    plan = Plan(settings=settings, **{table: tuple(members) for table, members in kept.items()})
    return plan, found + notes


def _settings(rows: Sequence[Sequence[PageCell]], kept: dict[str, list[Any]]) -> tuple[Settings, list[Problem]]:
    """The settings of the plan; what is lost of them and has no default is stood in for, and named."""
    cells: Sequence[PageCell] = rows[0] if rows else [Torn.TORN] * len(fields(Settings))
    given, unfit, changed = values("plan", "plan", cells)
    notes = [warning(place, message, "plan", field=field.name) for field, place, message in changed]
    for field, place, why in unfit:
        given[field.name] = STAND_INS.get(field.name) or _usual_length(kept)
        said = say("stand_in_used", why=why, given=given[field.name])
        notes.append(error(place, said, "plan", field=field.name))
    settings, problems = decode_row(Settings, given, "plan", "plan")
    if settings is None:
        raise PlanError(tuple(problems))
    return settings, notes


def _usual_length(kept: dict[str, list[Any]]) -> int:
    """The commonest number of values of the series that are lists; 1 where there are none."""
    lengths = collections.Counter(
        len(value)
        for table, rows in kept.items()
        for row in rows
        for field in fields(ROW_TYPES[table])
        if field.kind == "series" and isinstance(value := getattr(row, field.name), tuple) and len(value) <= 480
    )
    return lengths.most_common(1)[0][0] if lengths else 1


def _history(rows: list[PageRow]) -> tuple[tuple[Version, ...], list[Problem]]:
    """The versions that can still be trusted, and what is wrong with the others."""
    cells: list[tuple[Cell, ...]] = []
    for row in reversed(rows):
        read = [cell for cell in row.cells[1:] if not isinstance(cell, Torn)]
        cells.append((row.key, *read) if len(read) == len(HISTORY_COLUMNS) - 1 else (row.key, b"", b"", b"", b""))
    versions, warnings = versions_in(cells)
    sound: list[Version] = []
    notes = [error(w.path, say("left_out_after", why=w.message), "history", w.row) for w in warnings]
    for version in versions:
        try:
            version.plan()
        except PlanError as refused:
            notes += [error(p.path, say("left_out_after", why=p.message), "history", p.row) for p in refused.problems]
        else:
            sound.append(version)
    return bounded(sound), notes


def _doubt(
    meta: list[tuple[Cell, ...]],
    known: dict[str, str],
    file: FoundRows,
    tables: dict[str, list[list[PageCell]]],
    pages: Pages,
) -> list[Problem]:
    """A warning where the check sum does not say that the content is as it was saved."""
    cells = {t: [[c for c in row if not isinstance(c, Torn)] for row in tables[t]] for t in file.columns}
    if pages.broken or any(Torn.TORN in row for rows in tables.values() for row in rows):
        return [warning("", say("checksum_parts_missing"))]
    if known.get("content_hash") == content_hash(signed(file.version, meta, file.columns, cells)):
        return []
    return [warning("", say("checksum_doubt"))]
