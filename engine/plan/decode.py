"""From plain values (dict, list, str, number, bool, None) to the rows of a plan, and back.

Strict: whatever is not exactly what `plan.schema` declares is refused, and every problem is listed, each with
its path. JSON, SQLite and spreadsheets all come in through here.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from gigaplan.engine.plan import edition_1
from gigaplan.engine.plan.bounds import refusals
from gigaplan.engine.plan.fields import LARGEST, SMALLEST, Field, Growth, Series, Steps, field_of, fields
from gigaplan.engine.plan.plan import FORMAT, Plan
from gigaplan.engine.plan.problems import Message, PlanError, Problem, say
from gigaplan.engine.plan.schema import ROW_TYPES, Settings, Workload
from gigaplan.engine.plan.text import kind_of, listed, shown
from gigaplan.engine.plan.timeline import is_month

MAX_ROWS = 10_000
"""The most rows in a table, and the most members of any list."""
MAX_DEPTH = 20
MAX_PROBLEMS = 1000
"""Nobody reads further, and a hostile file must not fill the memory with its problems."""
_IDENTIFIER = re.compile(r"[a-z0-9_-]+")
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_REFUSED: Any = object()
"""What a reader gives for a value that it refused."""


Row = TypeVar("Row", bound=Struct)


class _Enough(Exception):
    """There are so many problems that looking for more helps nobody."""


def decode_row(
    row_type: type[Row], obj: Any, path: str, table: str = "", *, periods: int | None = None
) -> tuple[Row | None, list[Problem]]:
    """The row that `obj` describes, or None, and every problem found in it.

    Problems carry `table`, the id of the row and the field of the row that holds what is wrong.
    With `periods`, a series that is a list must have that many values.
    """
    reader = _Reader(periods)
    try:
        row = reader.outer_row(row_type, obj, path, table)
    except _Enough:
        return None, reader.problems
    return (None if row is _REFUSED else row), reader.problems


def decode_value(field: Field, obj: Any, path: str, *, periods: int | None = None) -> tuple[Any, list[Problem]]:
    """The value of one field from plain values, and every problem found; the value is None if there is one."""
    reader = _Reader(periods)
    reader.field = field.name
    try:
        value = reader.value(field, obj, path)
    except _Enough:
        return None, reader.problems
    return (None if value is _REFUSED else value), reader.problems


def decode_plan(obj: Any, *, half_finished: bool = False) -> Plan:
    """The plan that `obj` describes. Raises PlanError with every problem in it (the first 1000, if there are more).

    With `half_finished`, a series that is a list may have another length than the plan, as it may in a plan file.
    """
    reader = _Reader(None, half_finished)
    try:
        plan = reader.plan(obj)
    except _Enough:
        plan = None
    if plan is None or reader.problems:
        raise PlanError(tuple(reader.problems))
    return plan


def encode_plan(plan: Plan) -> dict[str, Any]:
    """The plan as plain values in the interchange form: `format` first, then `plan`, then the tables."""
    document = {"format": FORMAT, **msgspec.to_builtins(plan)}
    for work in document["workloads"]:
        table = {row["platform"]: row["value"] for row in work["mfu_by_platform"]}
        if len(table) == len(work["mfu_by_platform"]) and "*" not in table:  # else it would lose a row of them
            del work["mfu_by_platform"]
            work["utilisation"] = table | {"*": work["utilisation"]} if table else work["utilisation"]
    return document


def is_identifier(text: str) -> bool:
    """Whether `text` can be an id: of a-z, 0-9, - and _."""
    return _IDENTIFIER.fullmatch(text) is not None


def _periods_of(settings: Any) -> int | None:
    """The number of periods, where that much of the settings can be read."""
    count = settings.get("periods") if isinstance(settings, Mapping) else None
    value, problems = decode_value(field_of(Settings, "periods"), count, "")
    return None if problems else value


def duplicate(table: str, id: str, first: str, second: str) -> Problem:
    """The problem of an id that the rows at two paths share."""
    return _problem(f"{second}.id", say("id_taken", id=id, first=first), table=table, row=id[:100], field="id")


class _Reader:
    """Reads one row and gathers its problems."""

    def __init__(self, periods: int | None, half_finished: bool = False) -> None:
        self.problems: list[Problem] = []
        self.half_finished = half_finished
        self.periods = periods
        self.table = ""
        self.id = ""
        self.field = ""

    def plan(self, obj: Any) -> Plan | None:
        """A whole plan, or None where it has problems."""
        if not isinstance(obj, Mapping):
            self.refuse("", say("plan_no_object", kind_of=kind_of(obj)))
            return None
        if not self.format_is_known(obj):
            return None
        if obj.get("format") == edition_1.FORMAT:
            obj = edition_1.in_edition_2(obj)
        known = ("format", "plan", *ROW_TYPES)
        for key in obj:
            if key not in known:
                self.refuse(shown(key, quote=False), say("not_a_table", remedy=suggestion(key, known)))
        self.periods = None if self.half_finished else _periods_of(obj.get("plan"))
        if "plan" in obj:
            settings = self.outer_row(Settings, obj["plan"], "plan", "plan")
        else:
            settings = self.refuse("plan", say("plan_missing"))
        tables = {table: self.rows_of(table, obj.get(table)) for table in ROW_TYPES}
        return None if self.problems else Plan(settings=settings, **tables)

    def format_is_known(self, obj: Mapping[Any, Any]) -> bool:
        """Whether it makes sense to read on: not in a plan of a newer format."""
        given = obj.get("format")
        version = re.fullmatch(r"gigaplan/([0-9]{1,9})", given) if isinstance(given, str) else None
        if version and int(version[1]) > int(FORMAT.rpartition("/")[2]):
            self.refuse("format", say("newer_format", given=given, format=FORMAT))
            return False
        if "format" not in obj:
            self.refuse("format", say("format_missing", format=FORMAT))
        elif given not in (FORMAT, edition_1.FORMAT):
            self.refuse("format", say("format_unknown", given=shown(given), format=FORMAT))
        return True

    def rows_of(self, table: str, obj: Any) -> tuple[Any, ...]:
        """The rows of a table; what is refused is left out, or stands as _REFUSED."""
        self.table, self.id, self.field = table, "", ""
        if obj is None:
            return ()
        first: dict[str, str] = {}

        def row(member: Any, path: str) -> Any:
            read = self.outer_row(ROW_TYPES[table], member, path, table)
            if self.id and first.setdefault(self.id, path) != path:
                self.add(duplicate(table, self.id, first[self.id], path))
            return read

        rows = self.each(obj, table, "a list of rows", row)
        return () if rows is _REFUSED else rows

    def outer_row(self, row_type: type[Struct], obj: Any, path: str, table: str) -> Any:
        """A row of a table, whose problems carry the table, the id and the field."""
        id = obj.get("id") if isinstance(obj, Mapping) else None
        self.table, self.id, self.field = table, (id if isinstance(id, str) else ""), ""
        return self.row(row_type, obj, path)

    def add(self, problem: Problem) -> None:
        if len(self.problems) >= MAX_PROBLEMS:
            self.problems.append(_problem("", say("more_problems", max_problems=MAX_PROBLEMS)))
            raise _Enough
        self.problems.append(problem)

    def refuse(self, path: str, message: Message) -> Any:
        self.add(_problem(path, message, table=self.table, row=self.id[:100], field=self.field))
        return _REFUSED

    def wrong(self, path: str, wanted: str, obj: Any) -> Any:
        return self.refuse(path, say("wrong_kind", wanted=wanted, kind_of=kind_of(obj)))

    def row(self, row_type: type[Struct], obj: Any, path: str) -> Any:
        """A row of `row_type`, or _REFUSED. The first level names the field that each problem belongs to."""
        if not isinstance(obj, Mapping):
            return self.wrong(path, "an object with fields", obj)
        outermost = not self.field
        if row_type is Workload and isinstance(obj.get("utilisation"), Mapping):
            obj = self.utilisation_apart(obj, path)
        declared = fields(row_type)
        names = [f.key for f in declared]
        before = len(self.problems)
        for key in obj:
            if key not in names:
                self.refuse(f"{path}.{shown(key, quote=False)}", say("not_a_field", remedy=suggestion(key, names)))
        values = {}
        for field in declared:
            if outermost:
                self.field = field.name
            place = f"{path}.{field.key}"
            if field.key in obj:
                values[field.name] = self.value(field, obj[field.key], place)
            elif field.required:
                self.refuse(place, say("field_missing", label=_label(field)))
        if outermost:
            self.field = ""
        return _REFUSED if len(self.problems) > before else row_type(**values)

    def utilisation_apart(self, obj: Mapping[Any, Any], path: str) -> Mapping[Any, Any]:
        """A workload whose utilisation is a table by platform, "*" for all others, as its two fields hold it."""
        table, self.field = obj["utilisation"], "utilisation"
        bounds = field_of(Workload, "utilisation")
        fit = {}
        for platform, share in table.items():
            value = self.number(bounds, share, f"{path}.utilisation.{shown(platform, quote=False)}")
            if value is not _REFUSED:
                fit[platform] = value
        self.field = ""
        apart = {key: member for key, member in obj.items() if key != "utilisation"}
        given = {"utilisation": fit.pop("*")} if "*" in fit else {}
        rows = [{"platform": platform, "value": share} for platform, share in fit.items()]
        return apart | given | {"mfu_by_platform": rows}

    def value(self, field: Field, obj: Any, path: str) -> Any:
        """The value of one field, or _REFUSED."""
        if obj is None:
            if field.optional or field.kind == "any":
                return None
            if field.default == () and not field.required:
                return ()
            if field.required:
                return self.refuse(path, say("required_empty", label=_label(field)))
            return self.refuse(path, say("must_not_be_empty", default=shown(field.default)))
        return _READERS[field.kind](self, field, obj, path)

    def text(self, field: Field, obj: Any, path: str) -> Any:
        if not isinstance(obj, str):
            return self.wrong(path, "text", obj)
        if _NOT_TEXT.search(obj):
            return self.refuse(path, say("not_text"))
        if refusal := field.text_refusal(obj):
            return self.refuse(path, refusal)
        return obj

    def identifier(self, field: Field, obj: Any, path: str) -> Any:
        text = self.text(field, obj, path)
        if text is not _REFUSED and not is_identifier(text):
            return self.refuse(path, say("not_an_id", text=text))
        return text

    def month(self, field: Field, obj: Any, path: str) -> Any:
        text = self.text(field, obj, path)
        if text is not _REFUSED and not (text.isascii() and is_month(text)):
            return self.refuse(path, say("not_a_month", text=text))
        return text

    def flag(self, field: Field, obj: Any, path: str) -> Any:
        return obj if isinstance(obj, bool) else self.wrong(path, "true or false", obj)

    def number(self, field: Field, obj: Any, path: str) -> Any:
        value = self.plain_number(obj, path, "a number")
        return value if value is _REFUSED else self.bounded(field, value, path)

    def plain_number(self, obj: Any, path: str, wanted: str) -> Any:
        if isinstance(obj, bool) or not isinstance(obj, int | float):
            return self.wrong(path, wanted, obj)
        if isinstance(obj, int) and abs(obj) > LARGEST:
            return self.refuse(path, say("number_too_large", largest=LARGEST))
        return float(obj)

    def bounded(self, field: Field, value: Any, path: str) -> Any:
        """`value` where it is within the bounds of the field."""
        before = len(self.problems)
        for suffix, message in refusals(field, value, self.periods):
            self.refuse(path + suffix, message)
        return _REFUSED if len(self.problems) > before else value

    def integer(self, field: Field, obj: Any, path: str) -> Any:
        value = self.plain_number(obj, path, "a whole number")
        if value is _REFUSED:
            return value
        if math.isfinite(value) and not value.is_integer():
            return self.refuse(path, say("not_whole", value=value))
        value = self.bounded(field, value, path)
        return value if value is _REFUSED else int(value)

    def choice(self, field: Field, obj: Any, path: str) -> Any:
        if not isinstance(obj, str):
            return self.wrong(path, f"one of {listed(field.choices)}", obj)
        if obj in field.choices:
            return obj
        text = say("not_a_choice", obj=obj, choices=field.choices, remedy=suggestion(obj, field.choices))
        return self.refuse(path, text)

    def series(self, field: Field, obj: Any, path: str) -> Any:
        value: Series | Any
        if isinstance(obj, list | tuple):
            if len(obj) > MAX_ROWS:
                return self.refuse(path, say("too_many_values", count=len(obj), max_rows=MAX_ROWS))
            if set(map(type, obj)) == {float}:  # as nearly all are: a million of them one by one take half a second
                return self.bounded(field, tuple(obj), path)
            value = tuple([self.plain_number(m, f"{path}[{t}]", "a number") for t, m in enumerate(obj)])
            if any(m is _REFUSED for m in value):
                return _REFUSED
        elif isinstance(obj, Mapping):
            value = self.steps(field, obj, path) if "steps" in obj else self.growth(field, obj, path)
        else:
            forms = "a number, a list of numbers, a start with annual_growth or dated steps"
            value = self.plain_number(obj, path, forms)
        return value if value is _REFUSED else self.bounded(field, value, path)

    def growth(self, field: Field, obj: Mapping[Any, Any], path: str) -> Any:
        before = len(self.problems)
        self.known_keys(obj, path, ("start", "annual_growth", "from"), "a growing series")
        if "start" not in obj:
            self.refuse(f"{path}.start", say("growth_start_missing"))
        numbers = ("start", "annual_growth")
        values = {k: self.plain_number(obj[k], f"{path}.{k}", "a number") for k in numbers if k in obj}
        if obj.get("from") is not None:
            values["from_"] = self.month(field, obj["from"], f"{path}.from")
        return _REFUSED if len(self.problems) > before else Growth(**values)

    def steps(self, field: Field, obj: Mapping[Any, Any], path: str) -> Any:
        self.known_keys(obj, path, ("steps",), "a series of steps")
        steps = self.each(obj["steps"], f"{path}.steps", "a list of steps", lambda m, at: self.step(field, m, at))
        return steps if steps is _REFUSED else Steps(steps=steps)

    def step(self, field: Field, obj: Any, path: str) -> Any:
        if not isinstance(obj, list | tuple) or len(obj) != 2:
            return self.wrong(path, 'a month and a value, as ["2027-01", 5.0]', obj)
        month, value = self.month(field, obj[0], f"{path}[0]"), obj[1]
        if value is not None:
            value = self.plain_number(value, f"{path}[1]", "a number")
        return _REFUSED if month is _REFUSED or value is _REFUSED else (month, value)

    def known_keys(self, obj: Mapping[Any, Any], path: str, known: tuple[str, ...], what: str) -> None:
        """Refuses the keys of an object that are not among these."""
        for key in obj:
            if key not in known:
                message = say("not_part_of", what=what, remedy=suggestion(key, known))
                self.refuse(f"{path}.{shown(key, quote=False)}", message)

    def texts(self, field: Field, obj: Any, path: str) -> Any:
        return self.each(obj, path, "a list of texts", lambda m, place: self.text(field, m, place))

    def numbers(self, field: Field, obj: Any, path: str) -> Any:
        values = self.each(obj, path, "a list of numbers", lambda m, place: self.plain_number(m, place, "a number"))
        return values if values is _REFUSED else self.bounded(field, values, path)

    def references(self, field: Field, obj: Any, path: str) -> Any:
        if isinstance(obj, str) and obj in field.choices:
            return obj
        words = "".join(f' or "{c}"' for c in field.choices)
        return self.each(obj, path, f"a list of {field.refers}{words}", lambda m, place: self.text(field, m, place))

    def nested(self, field: Field, obj: Any, path: str) -> Any:
        return self.row(field.row_type, obj, path)

    def rows(self, field: Field, obj: Any, path: str) -> Any:
        members = self.each(obj, path, "a list of objects", lambda m, place: self.row(field.row_type, m, place))
        return None if members == () and field.optional else members

    def each(self, obj: Any, path: str, wanted: str, read: Callable[[Any, str], Any]) -> Any:
        if not isinstance(obj, list | tuple):
            return self.wrong(path, wanted, obj)
        if len(obj) > MAX_ROWS:
            return self.refuse(path, say("too_many_members", count=len(obj), max_rows=MAX_ROWS))
        members = tuple([read(m, f"{path}[{i}]") for i, m in enumerate(obj)])
        return _REFUSED if any(m is _REFUSED for m in members) else members

    def any(self, field: Field, obj: Any, path: str, depth: int = 1) -> Any:
        """A value whose field is named beside it: finite, real text, not deep; lists become tuples."""
        if depth > MAX_DEPTH:
            return self.refuse(path, say("nested_too_deep", max_depth=MAX_DEPTH))
        if obj is None or isinstance(obj, bool):
            return obj
        if isinstance(obj, str):
            return self.text(field, obj, path)
        if isinstance(obj, list | tuple):
            if len(obj) <= MAX_ROWS and all(map(_is_usual, obj)):
                return tuple(obj)  # as nearly all are; a version of 200 KB unpacks to half a million
            return self.each(obj, path, "", lambda m, place: self.any(field, m, place, depth + 1))
        if isinstance(obj, Mapping):
            before = len(self.problems)
            values = {}
            for key, member in obj.items():
                place = f"{path}.{shown(key, quote=False)}"
                values[self.text(field, key, place)] = self.any(field, member, place, depth + 1)
            return _REFUSED if len(self.problems) > before else values
        number = self.plain_number(obj, path, "a plain value")
        return number if number is _REFUSED else self.bounded(field, number, path)


def _is_usual(value: Any) -> bool:
    return type(value) is float and (value == 0 or SMALLEST <= abs(value) <= LARGEST)


def suggestion(word: Any, known: Sequence[str]) -> Message | str:
    """Did you mean ...? Empty where no known word is near."""
    # The search costs the square of the length.
    near = difflib.get_close_matches(word.lower(), known, n=1) if isinstance(word, str) and len(word) <= 60 else []
    return say("did_you_mean", near=near[0]) if near else ""


_READERS: dict[str, Callable[[_Reader, Field, Any, str], Any]] = {
    "text": _Reader.text,
    "identifier": _Reader.identifier,
    "number": _Reader.number,
    "integer": _Reader.integer,
    "flag": _Reader.flag,
    "choice": _Reader.choice,
    "month": _Reader.month,
    "series": _Reader.series,
    "reference": _Reader.text,
    "references": _Reader.references,
    "texts": _Reader.texts,
    "numbers": _Reader.numbers,
    "row": _Reader.nested,
    "rows": _Reader.rows,
    "any": _Reader.any,
}


def _problem(path: str, message: Message, table: str = "", row: str = "", field: str = "") -> Problem:
    return Problem(severity="error", path=path, message=message, table=table, row=row, field=field)


def _label(field: Field) -> str:
    unit = field.unit if isinstance(field.unit, str) else ""
    return f"{field.label} in {unit}" if unit else field.label
