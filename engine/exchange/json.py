"""Plans as JSON, the interchange form `gigaplan/2`; those in `gigaplan/1` are read too."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn

from gigaplan.engine.plan.bounds import out_of_bounds
from gigaplan.engine.plan.decode import MAX_DEPTH, MAX_ROWS, decode_plan, encode_plan
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Message, PlanError, Problem, say
from gigaplan.engine.plan.text import shown

MAX_BYTES = 32 * 1024 * 1024
MAX_PARTS = 1_000_000
"""The most lists and objects in a text: far more than a plan has, few enough to look at each."""
MAX_VALUES = 5_000_000
"""The most values in a text; of texts and keys, each counts as two. They fit into 300 MB."""


def read_json(path: str | Path) -> Plan:
    """The plan in a JSON file. Raises PlanError where it holds none, OSError where it cannot be read."""
    path = Path(path)
    if path.exists() and not path.is_file():
        _refuse(say("json_not_a_file", kind="folder" if path.is_dir() else "device"))
    with path.open("rb") as file:
        return parse_json(file.read(MAX_BYTES + 1))


def parse_json(text: str | bytes) -> Plan:
    """The plan in a JSON text. Raises PlanError with every problem, each with its path or its line and column."""
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    if len(text) > MAX_BYTES:
        _refuse(say("json_too_large", max_bytes=MAX_BYTES // 1024**2))
    if _is_overfull(text) and _is_overfull(_TEXTS.sub(b'""', text)):  # what stands inside texts does not count
        _refuse(say("json_too_many_parts", max_parts=MAX_PARTS, max_values=MAX_VALUES))
    if not text.strip():
        _refuse(say("json_empty"))
    try:
        value = json.loads(text.decode("utf-8-sig"), object_pairs_hook=_object, parse_int=_integer)
    except UnicodeDecodeError as error:
        before = text[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        _refuse(say("json_not_utf8", line=line, column=column))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        _refuse(say("json_not_json", where=where, said=_said(error.msg)))
    except RecursionError:
        _refuse(say("json_too_deep", max_depth=MAX_DEPTH))
    if problems := _form_problems(value):
        raise PlanError(tuple(problems))
    return decode_plan(value)


_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)


def _is_overfull(text: bytes) -> bool:
    """Whether there is so much in a text that reading it would take the memory; told without reading it."""
    parts = text.count(b"[") + text.count(b"{")
    return parts > MAX_PARTS or text.count(b",") + text.count(b'"') > MAX_VALUES


def to_json(plan: Plan) -> bytes:
    """The plan as indented JSON, the same bytes for the same plan. Raises PlanError where it holds NaN or infinity."""
    try:
        return json.dumps(encode_plan(plan), indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    except ValueError:  # JSON has no such number, and null in its place would be another plan
        raise PlanError(tuple(out_of_bounds(plan))) from None


class _Repeated(dict[str, Any]):
    """An object that had some of its keys twice."""

    keys_twice: list[str]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    seen: set[str] = set()
    repeated = _Repeated(plain)
    repeated.keys_twice = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    return repeated


def _integer(digits: str) -> int | float:
    # Python refuses to convert very many digits; as a float they are refused for their size, by path.
    return int(digits) if len(digits) < 30 else float(digits)


def _form_problems(value: Any) -> list[Problem]:
    """Objects with a key twice, and values nested too deep, each with its path."""
    problems: list[Problem] = []
    todo: list[tuple[Any, Any, int]] = [(value, None, 1)] if isinstance(value, dict | list) else []
    parts = 0
    while todo:
        member, trail, depth = todo.pop()
        parts += 1
        if parts > MAX_PARTS:
            problems.append(_problem("", say("json_too_many_parts_inside", max_parts=MAX_PARTS)))
            break
        if depth > MAX_DEPTH:
            problems.append(_problem(_path(trail), say("nested_too_deep", max_depth=MAX_DEPTH)))
            break
        if isinstance(member, _Repeated):
            for key in member.keys_twice[:10]:
                problems.append(_problem(_path((trail, key)), say("key_twice")))
        if len(member) > MAX_ROWS:
            continue  # refused for its length later
        if isinstance(member, dict):
            todo += [(v, (trail, k), depth + 1) for k, v in member.items() if isinstance(v, dict | list)]
        else:
            todo += [(v, (trail, k), depth + 1) for k, v in enumerate(member) if isinstance(v, dict | list)]
        if len(problems) > 100:
            break
    return problems


def _path(trail: Any) -> str:
    """The path that a chain of (chain before, key) stands for."""
    keys = []
    while trail is not None:
        trail, key = trail
        keys.append(f"[{key}]" if isinstance(key, int) else f".{shown(key, quote=False)}")
    return "".join(reversed(keys)).removeprefix(".")


def _said(message: str) -> str:
    return message[:1].lower() + message[1:].removesuffix(" at")


def _problem(path: str, message: Message) -> Problem:
    return Problem(severity="error", path=path, message=message)


def _refuse(message: Message) -> NoReturn:
    raise PlanError((_problem("", message),))
