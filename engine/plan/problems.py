"""A problem with a plan: where it is, and what is wrong as a code with values; `problem_texts` has its sentence."""

from __future__ import annotations

import string
from pathlib import PurePath
from typing import Any, Literal

from msgspec import Struct, field

from gigaplan.engine.plan.problem_texts import PROBLEM_TEXTS
from gigaplan.engine.plan.text import counted, kind_of, listed, percent, rounded, shown, written

LONGEST_VALUE = 2000
"""Of a text that is a value, no sentence shows more, and a hostile file must not fill the memory with it."""


class Message(Struct, frozen=True):
    """What is wrong, for a program to read: a code of `PROBLEM_TEXTS` and what is to stand in its sentence."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What is wrong, in a person's words."""
        return _words.vformat(PROBLEM_TEXTS[self.code][0], (), self.values)

    @property
    def remedy(self) -> str:
        """What would put it right, by the value `remedy` where there is one; empty where nothing is to be said."""
        own = self.values.get("remedy")
        return str(own) if own else _words.vformat(PROBLEM_TEXTS[self.code][1], (), self.values)

    def with_remedy(self, remedy: Message) -> Message:
        """The same, with another remedy."""
        return Message(self.code, {**self.values, "remedy": remedy})

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        return hash(self.code)


def say(code: str, /, **values: Any) -> Message:
    """The message of a code. Values are texts, numbers, messages or lists of them; of anything else the kind."""
    return Message(code, {name: _plain(value) for name, value in values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value
    if isinstance(value, str):
        return str(value[:LONGEST_VALUE])
    if isinstance(value, list | tuple):
        return tuple(map(_plain, value))
    if isinstance(value, Exception | PurePath):
        return str(value)[:LONGEST_VALUE]
    if hasattr(value, "item"):  # a number of numpy
        value = value.item()
    return value if isinstance(value, float) or (isinstance(value, int) and abs(value) < 1e300) else kind_of(value)


def message_of(error: Exception) -> Message:
    """What an error says: its message, or its own words where it comes from elsewhere."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Message) else say("in_other_words", why=str(error))


class _Words(string.Formatter):
    """Templates whose figures and lists are written as in every sentence, by what follows the colon."""

    def format_field(self, value: Any, spec: str) -> str:
        if isinstance(value, list | tuple):
            return listed(value, spec) if spec in ("or", "and") else f"{spec} ".join(map(str, value))
        if spec in ("quoted", "short"):
            return shown(value, quote=spec == "quoted")
        if spec.startswith("*"):
            return counted(value, spec[1:])
        if spec.startswith("rounded"):
            return rounded(value, int(spec[7:] or 4))
        if spec == "percent":
            return percent(value)
        if spec in ("after", "unit"):
            return f"{'.' if spec == 'after' else ''} {value}" if value else ""
        if spec.startswith("="):
            return written(format(value, spec[1:]))
        return format(str(value) if isinstance(value, Message) else value, spec)


_words = _Words()


class Problem(Struct, frozen=True, kw_only=True):
    """Something in a plan that cannot be computed with (error) or that deserves a look (warning)."""

    severity: Literal["error", "warning"]
    path: str = ""
    """Where it is, as in `offers[2].price_usd`."""
    message: Message
    table: str = ""
    row: str = ""
    """The id of the row, where it has one."""
    field: str = ""

    @property
    def text(self) -> str:
        """What is wrong, in a person's words."""
        return self.message.text

    @property
    def remedy(self) -> str:
        """What would put it right."""
        return self.message.remedy

    def __str__(self) -> str:
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.path}: {self.text}.{remedy}" if self.path else f"{self.text}.{remedy}"


class PlanError(ValueError):
    """Input that is no plan: every problem found in it, one line each."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def refused(code: str, /, **values: Any) -> PlanError:
    """The error of one problem that has no place in a plan."""
    return PlanError((Problem(severity="error", message=say(code, **values)),))
