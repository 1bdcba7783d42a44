"""The value of a field in one cell, and back. What is written reads as the same value, from a workbook and from CSV.

A series is a number, `100 +5%/year` (`100 +5%/year from 2026-01`), `1; 2; 3`, one value per period, or dated steps,
`2026-01: 1; 2027-07: none`. A list is `a; b`, and JSON where that would not do. An empty cell is no value, or the
default; a text that is empty is written `""` where that is not the default.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from gigaplan.engine.exchange.sheets import Cell, Mark, Value, number_of
from gigaplan.engine.plan.fields import Field, Growth, Steps
from gigaplan.engine.plan.problems import message_of, say
from gigaplan.engine.plan.text import shown

LISTS = ("references", "texts", "numbers")
TEXTS = ("text", "identifier", "reference", "month", "choice")
MISSING: Any = object()
"""What an empty cell gives where the field is not optional: it is left out, for its default."""
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PLAIN = re.compile(_NUMBER, re.ASCII)
_GROWTH = re.compile(
    rf"({_NUMBER})\s*([-+]\s*(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*%\s*(?:/|a |per )\s*year"
    r"(?:\s+from\s+([0-9]{4}-[0-9]{2}))?",
    re.ASCII,
)
_SHORT_MONTH = re.compile(r"([A-Za-z]{3})[-' ](?:20)?(\d\d)", re.ASCII)
"""A month as a spreadsheet writes it into CSV: Jan-26."""
_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
_STEP = re.compile(rf"([0-9]{{4}}-[0-9]{{2}})\s*:\s*({_NUMBER}|none)", re.ASCII)
NO_LIMIT = "none"
"""A dated step without a limit."""
_JSON_LIKE = re.compile(rf"[\"\[{{]|(?:{_NUMBER}|true|false)\Z|\s|\Z", re.IGNORECASE | re.ASCII)


class CellError(ValueError):
    """Why a cell means nothing in its field: a message."""


def to_cell(field: Field, value: Any) -> Value:
    """The cell that holds the value of a field; None is an empty one."""
    if value is None:
        return None
    if field.kind in ("number", "integer", "flag"):
        return value if isinstance(value, bool) else float(value)
    if field.kind == "series":
        return _series_cell(value)
    if field.kind in LISTS and not isinstance(value, str):
        return _list_cell(field, value)
    if field.kind == "any":
        return _any_cell(value)
    text = str(value)
    quoted = _may_be_quoted(field) and (text == "" or text[0] == text[-1] == '"')
    return f'"{text}"' if quoted else text or None


def _may_be_quoted(field: Field) -> bool:
    """Whether an empty cell means something else than an empty text."""
    return field.optional or field.required or field.default != ""


def _series_cell(value: Any) -> Value:
    if isinstance(value, Growth):
        growth = _percent(value.annual_growth)
        since = f" from {value.from_}" if value.from_ else ""
        return f"{value.start!r} {'' if growth[0] == '-' else '+'}{growth}%/year{since}"
    if isinstance(value, Steps):
        return "; ".join(f"{month}: {NO_LIMIT if v is None else repr(v)}" for month, v in value.steps)
    if isinstance(value, tuple):
        # One value alone, for a plan of one period, would read as a constant.
        return "; ".join(map(repr, value)) + (";" if len(value) == 1 else "")
    return float(value)


def _percent(fraction: float) -> str:
    exact = Decimal(repr(float(fraction))).scaleb(2)
    return f"{exact:f}" if -20 < exact.adjusted() < 20 else str(exact)


def _list_cell(field: Field, value: tuple[Any, ...]) -> Value:
    if not value:
        return None if field.default == () and not field.required else "[]"
    plain = [repr(member) if field.kind == "numbers" else str(member) for member in value]
    as_json = field.kind != "numbers" and (
        any(not p or p != p.strip() or re.search('[,;"\r\n]', p) or p in field.choices for p in plain)
        or plain[0].startswith("[")
    )
    return json.dumps(list(value), ensure_ascii=False) if as_json else "; ".join(plain)


def _any_cell(value: Any) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    is_plain = isinstance(value, str) and not _JSON_LIKE.match(value)
    return str(value) if is_plain else json.dumps(value, ensure_ascii=False)


def from_cell(field: Field, cell: Cell) -> Any:
    """The plain value that a cell means in a field, as `gigaplan.engine.plan.decode` takes it. Raises CellError."""
    if cell is None:
        return None if field.optional or field.kind == "any" else MISSING
    if isinstance(cell, Mark):
        if cell.kind == "error":
            raise CellError(say("cell_is_error", text=cell.text))
        if cell.kind == "formula":
            raise CellError(say("formula_not_saved"))
    if field.kind in TEXTS:
        return _text(field, cell)
    if field.kind in ("number", "integer"):
        return _number(cell)
    if field.kind == "flag":
        return _flag(cell)
    if field.kind == "series":
        return _series(cell)
    return _any(cell) if field.kind == "any" else _list(field, cell)


def _text(field: Field, cell: Cell) -> Any:
    if isinstance(cell, str) and field.kind == "month" and (match := _SHORT_MONTH.fullmatch(cell.strip())):
        month = _MONTHS.find(match[1].lower()) // 3 + 1
        if _MONTHS.find(match[1].lower()) % 3 == 0:
            return f"20{match[2]}-{month:02d}"
    if isinstance(cell, str):
        quoted = _may_be_quoted(field) and len(cell) > 1 and cell[0] == cell[-1] == '"'
        return cell[1:-1] if quoted else cell
    if isinstance(cell, Mark) and cell.kind == "date":
        is_month = cell.text.endswith("-01") and len(cell.text) == 10
        if field.kind == "month" and not is_month:
            raise CellError(say("date_for_month", text=cell.text))
        return cell.text[:7] if is_month else cell.text
    if isinstance(cell, float):
        return repr(cell).removesuffix(".0")
    raise CellError(say("cell_not_text", kind=_kind(cell)))


def _number(cell: Cell) -> float:
    if isinstance(cell, Mark) and cell.kind == "percent":
        return cell.number
    if isinstance(cell, str) and _PLAIN.fullmatch(cell.strip()):
        try:
            return number_of(cell)
        except ValueError as error:
            raise CellError(say("cell_wrong_number", cell=cell, why=message_of(error))) from None
    if isinstance(cell, float) and not isinstance(cell, bool):
        return cell
    raise CellError(say("text_not_number" if isinstance(cell, str) else "cell_not_number", kind=_kind(cell)))


def _flag(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    word = cell.strip().lower() if isinstance(cell, str) else ""
    if word in ("true", "yes", "1") or cell == 1.0:
        return True
    if word in ("false", "no", "0") or cell == 0.0:
        return False
    raise CellError(say("cell_not_flag", kind=_kind(cell)))


def _series(cell: Cell) -> Any:
    if not isinstance(cell, str) or _PLAIN.fullmatch(cell.strip()):
        return _number(cell)
    text = cell.strip()
    if ":" in text:
        return {"steps": [_step(part.strip()) for part in text.removesuffix(";").split(";")]}
    if ";" in text:
        parts = [part.strip() for part in text.removesuffix(";").split(";")]
        wrong = next((part for part in parts if not _PLAIN.fullmatch(part)), None)
        if wrong is not None:
            raise CellError(say("part_not_number", part=wrong))
        return [_number(part) for part in parts]
    if match := _GROWTH.fullmatch(text):
        growth = Decimal(match[2].replace(" ", "")).scaleb(-2)
        since = {"from": match[3]} if match[3] else {}
        return {"start": float(match[1]), "annual_growth": float(growth)} | since
    raise CellError(say("cell_not_series", kind=_kind(cell)))


def _step(text: str) -> list[Any]:
    found = _STEP.fullmatch(text)
    if found is None:
        raise CellError(say("part_not_step", part=text))
    return [found[1], None if found[2] == NO_LIMIT else _number(found[2])]


def _list(field: Field, cell: Cell) -> Any:
    if isinstance(cell, float) and not isinstance(cell, bool):
        cell = repr(cell).removesuffix(".0")
    if not isinstance(cell, str):
        raise CellError(say("cell_not_list", kind=_kind(cell)))
    text = cell.strip()
    if text in field.choices:
        return text
    if text.startswith("["):
        return _json(text)
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if field.kind != "numbers":
        return parts
    return [float(part) if _PLAIN.fullmatch(part) else part for part in parts]


def _any(cell: Cell) -> Any:
    if isinstance(cell, Mark):
        return cell.number if cell.kind == "percent" else cell.text
    if not isinstance(cell, str):
        return cell
    if cell[:1] in ('"', "[", "{"):
        return _json(cell)
    if _PLAIN.fullmatch(cell):
        return float(cell)
    return {"true": True, "false": False}.get(cell.lower(), cell)


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        raise CellError(say("cell_not_json", text=text)) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found


def _kind(cell: Cell) -> str:
    if isinstance(cell, Mark):
        return f"a date ({cell.text})" if cell.kind == "date" else "a percentage"
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    return f"the text {shown(cell)}" if isinstance(cell, str) else f"a number ({shown(cell)})"
