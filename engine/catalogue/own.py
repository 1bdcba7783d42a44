"""A catalogue of one's own: files with the columns of ours, in a folder or beside a plan, checked, shown beside ours or
merged with it."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from gigaplan.engine.catalogue.entries import TABLES, TERMS, Catalogue, entries_of_rows, load_catalogue
from gigaplan.engine.plan.decode import is_identifier, suggestion
from gigaplan.engine.plan.problems import Message, PlanError, Problem, say
from gigaplan.engine.plan.serving import RUNS_AT
from gigaplan.engine.plan.text import counted, listed

MAX_BYTES = 20_000_000
REFERENCES = {
    "offers": {"platform_id": "platforms"},
    "inference_throughput": {"platform_id": "platforms", "model_id": "models"},
    "resale": {"platform_id": "platforms"},
    "serving_curves": {"platform": "platforms", "model": "models"},
}
"""The columns that hold ids of another table, in one's own catalogue or in ours."""
MAY_BE_EMPTY = ("model_id",)
WITHOUT_ID = ("resale", "serving_curves")
"""Tables whose rows have no name of their own."""


class OwnTable(NamedTuple):
    """One file of a catalogue of one's own."""

    columns: tuple[str, ...]
    rows: list[dict[str, str]]


def files_of(folder: Path, of: str = "") -> dict[str, Path]:
    """The files of a catalogue in a folder, by table; those beside the plan `of`: `plan.offers.csv`."""
    begin = f"{of}." if of else ""
    paths = {table: folder / f"{begin}{table}.csv" for table in TABLES}
    return {table: path for table, path in paths.items() if path.is_file()}


def load_own(folder: Path, of: str = "") -> Catalogue:
    """A catalogue of one's own, called after its folder or its plan, before ours: what it lacks is looked for there.

    Its edition is the newest date of its rows. Raises PlanError where it holds none of the files, or has errors.
    """
    own = read_own(folder, of)
    errors = tuple(problem for problem in check_own(own) if problem.severity == "error")
    if errors:
        raise PlanError(errors)
    dates = [row.get("as_of") or "" for _, rows in own.values() for row in rows]
    tables: dict[str, Any] = {
        table: entries_of_rows(table, kind, map(_named, own[table].rows) if table in own else ())
        for table, kind in TABLES.items()
    }
    edition = max((date for date in dates if date[:1].isdigit()), default="undated")
    return Catalogue(name=of or folder.resolve().name, edition=edition, beyond=load_catalogue(), **tables)


def _named(row: dict[str, str]) -> dict[str, str]:
    """A row that is called by its id where it has no name."""
    name = row.get("name") or row.get("id", "")
    return {**row, "name": name, "short_name": row.get("short_name") or name}


def read_own(folder: Path, of: str = "") -> dict[str, OwnTable]:
    """The tables of a folder, as text. Raises PlanError where it holds none, or a file that is no table."""
    found: dict[str, OwnTable] = {}
    problems = []
    for table, path in files_of(folder, of).items():
        if path.stat().st_size > MAX_BYTES:
            problems.append(_problem(table, say("table_too_large", max_bytes=MAX_BYTES // 10**6)))
            continue
        try:
            with open(path, encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file, strict=True)
                found[table] = OwnTable(tuple(reader.fieldnames or ()), list(reader))
        except (UnicodeDecodeError, csv.Error) as error:
            problems.append(_problem(table, say("table_not_utf8", error=error)))
    if not found and not problems:
        text = say("no_catalogue_here", files=[f"{t}.csv" for t in TABLES])
        problems.append(Problem(severity="error", path=str(folder), message=text))
    if problems:
        raise PlanError(tuple(problems))
    return found


def check_own(own: dict[str, OwnTable]) -> list[Problem]:
    """Everything wrong with a catalogue of one's own, each with its file, its row and what to do."""
    known = _ids(own)
    problems: list[Problem] = []
    for table, (columns, rows) in own.items():
        problems += _columns(table, columns)
        if any(p.path == table for p in problems):
            continue  # without its columns no row can be read
        seen: dict[str, int] = {}
        for number, row in enumerate(rows, start=2):
            problems += _row(table, number, row, known)
            id = row.get("id")
            if id is not None and seen.setdefault(id, number) != number:
                problems.append(_at(table, number, "id", say("entry_id_taken", id=id, row=seen[id])))
    if "serving_curves" in own and not problems:
        problems += _fronts(own["serving_curves"].rows)
    return problems


def _ids(own: dict[str, OwnTable]) -> dict[str, set[str]]:
    """The ids of chips and models, of one's own and of ours."""
    known = {}
    for table in ("platforms", "models"):
        mine = own[table].rows if table in own else []
        known[table] = set(getattr(load_catalogue(), table)) | {row.get("id") or "" for row in mine}
    return known


def _needed(entry_type: type[Struct]) -> tuple[list[str], list[str]]:
    """The columns of a table, and those of them that no row can be read without."""
    every = [f.name for f in msgspec.structs.fields(entry_type)]
    return every, [name for name in every if name in ("id", "source", "as_of", "platform_id", "platform", "model")]


def _columns(table: str, columns: tuple[str, ...]) -> Iterator[Problem]:
    every, needed = _needed(TABLES[table])
    for name in needed:
        if name not in columns and not (name == "id" and table in WITHOUT_ID):
            yield _problem(table, say("column_missing", name=name, every=every))
    for name in columns:
        if name not in every:
            text = say("column_not_read", remedy=suggestion(name, every))
            yield Problem(severity="warning", path=f"{table}.{name}", message=text)


def _row(table: str, number: int, row: dict[str, str], known: dict[str, set[str]]) -> Iterator[Problem]:
    if None in row or None in row.values():
        yield _at(table, number, "", say("row_wrong_cells"))
        return
    id = row.get("id")
    if id is not None and not is_identifier(id):
        yield _at(table, number, "id", say("not_an_id", text=id))
    if not row.get("source"):
        yield _at(table, number, "source", say("source_empty"))
    for name, other in REFERENCES.get(table, {}).items():
        value = row.get(name) or ""
        if value not in known[other] and not (value == "" and name in MAY_BE_EMPTY):
            near = suggestion(value, sorted(known[other]))
            yield _at(table, number, name, say("entry_unknown_row", value=value, other=other, remedy=near))
    for field in msgspec.structs.fields(TABLES[table]):
        if field.type is not str and field.name in row:
            yield from _number(table, number, field.name, row[field.name])
    if table == "offers" and row.get("kind") not in TERMS:
        yield _at(table, number, "kind", say("not_a_term", kind=row.get("kind"), terms=list(TERMS)))
    if table == "serving_curves" and row.get("precision") not in RUNS_AT:
        yield _at(table, number, "precision", say("not_a_place", precision=row.get("precision"), runs_at=list(RUNS_AT)))


def _number(table: str, number: int, name: str, cell: str) -> Iterator[Problem]:
    needed = table == "serving_curves" and name in (
        "token_latency_ms",
        "tokens_s_chip",
        "prompt_tokens",
        "output_tokens",
    )
    if cell == "":
        if needed:
            yield _at(table, number, name, say("curve_point_empty"))
        return
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        yield _at(table, number, name, say("cell_no_number", cell=cell))
    elif needed and value <= 0:
        code = "latency_must_be_above_0" if name == "token_latency_ms" else "entry_must_be_above_0"
        yield _at(table, number, name, say(code, value=value))
    elif value < 0:
        yield _at(table, number, name, say("entry_must_be_0_or_more", value=value))


def _fronts(rows: list[dict[str, str]]) -> Iterator[Problem]:
    """Points at which a slower token comes with fewer of them: no front has any."""
    shapes: dict[tuple[str, ...], list[tuple[float, float, int]]] = defaultdict(list)
    for number, row in enumerate(rows, start=2):
        shape = tuple(row[name] for name in ("platform", "model", "precision", "prompt_tokens", "output_tokens"))
        shapes[shape].append((float(row["token_latency_ms"]), float(row["tokens_s_chip"]), number))
    for points in shapes.values():
        points.sort()
        best = points[0]
        for point in points[1:]:
            if point[0] == best[0] or point[1] <= best[1]:
                here, there = {"latency": point[0], "rate": point[1]}, {"other_latency": best[0], "other_rate": best[1]}
                message = say("curve_row_not_monotone", row=best[2], **here, **there)
                yield _at("serving_curves", point[2], "tokens_s_chip", message)
            else:
                best = point


def merged(own: dict[str, OwnTable]) -> dict[str, OwnTable]:
    """The tables of a catalogue that holds ours and one's own: a row of one's own wins over ours with its id, a curve
    of one's own over ours of its platform, model, precision and shape."""
    tables = {}
    for table in TABLES:
        ours = (files("gigaplan.resources") / "catalogue" / f"{table}.csv").read_text(encoding="utf-8")
        reader = csv.DictReader(ours.splitlines())
        columns, rows = tuple(reader.fieldnames or ()), list(reader)
        if table in own:
            taken = {_key(table, row) for row in own[table].rows}
            rows = [row for row in rows if _key(table, row) not in taken] + own[table].rows
        tables[table] = OwnTable(columns, rows)
    return tables


def _key(table: str, row: dict[str, str]) -> tuple[str, ...]:
    names = {
        "serving_curves": ("platform", "model", "precision", "prompt_tokens", "output_tokens"),
        "resale": ("platform_id",),
    }.get(table, ("id",))
    return tuple(row.get(name) or "" for name in names)


def contents(own: dict[str, OwnTable]) -> str:
    """How much a catalogue of one's own holds, in words."""
    return listed((f"{table}: {counted(len(rows), 'row')}" for table, (_, rows) in own.items()), "and")


def _problem(table: str, message: Message) -> Problem:
    return Problem(severity="error", path=table, message=message)


def _at(table: str, number: int, name: str, message: Message) -> Problem:
    place = f"{table}.csv, row {number}" + (f", {name}" if name else "")
    return Problem(severity="error", path=place, message=message, table=table, field=name)
