"""The registry of messages: every code is used, every value that a sentence shows is given, each is written as said."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import msgspec
import pytest

from gigaplan.engine.plan.problem_texts import PROBLEM_TEXTS
from gigaplan.engine.plan.problems import Message, Problem, message_of, say

ROOT = Path(__file__).parents[3]
SAYING = ("say", "refused")


def codes_in(node: ast.expr, source: str) -> set[str]:
    """The codes that the first argument of `say` may be: itself, either branch, or what its variable holds."""
    if isinstance(node, ast.Constant):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return codes_in(node.body, source) | codes_in(node.orelse, source)
    return {word for word in re.findall(r'"(\w+)"', source) if word in PROBLEM_TEXTS}


def calls() -> list[tuple[str, set[str], set[str] | None]]:
    """(place, codes, names of the values or None where they are gathered before) of each message in the source."""
    found = []
    for file in [*ROOT.glob("engine/**/*.py"), *ROOT.glob("gui/**/*.py")]:
        source = file.read_text()
        if "plan.problems import" not in source:
            continue
        imported = set(re.findall(r"\w+", re.search(r"plan\.problems import (.*)", source)[1]))
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in imported & {*SAYING}:
                names = [keyword.arg for keyword in node.keywords]
                values = None if None in names else {name for name in names if name}
                found.append((f"{file.name}:{node.lineno}", codes_in(node.args[0], source), values))
    return found


def shown_in(code: str) -> set[str]:
    """The values that the sentences of a code show."""
    return {name for text in PROBLEM_TEXTS[code] for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_code_is_said_somewhere_and_every_message_has_a_sentence() -> None:
    said = set().union(*(codes for _, codes, _ in calls()))
    assert said - set(PROBLEM_TEXTS) == set()
    assert set(PROBLEM_TEXTS) - said - {"in_other_words"} == set()


def test_every_value_that_a_sentence_shows_is_given() -> None:
    lacking = [
        (place, code, shown_in(code) - values)
        for place, codes, values in calls()
        if values is not None and len(codes) < 3
        for code in codes
        if shown_in(code) - values
    ]
    assert lacking == []


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (say("far_below", value=1234.56, unit="USD"), "is 1,235 USD, far below any real value"),
        (say("far_below", value=0.5, unit=""), "is 0.5, far below any real value"),
        (say("wrong_count", count=1, periods=2), "has 1 value, the plan has 2 periods"),
        (say("alternatives_signed", group="x" * 99, signed=["A", "B"]),
         f'is "{"x" * 39}…", and A and B of it is signed too: of alternatives, one is'),
        (say("refused_percent", why=say("not_below_most", le=1.0), value=12.0, fraction=0.12),
         "must be 1 or less; it is 12, and 12% is 0.12"),
        (say("formula_no_table", table="sitse", near=say("did_you_mean", near="sites")),
         'names sitse, which is no table. Did you mean "sites"?'),
        (say("formula_no_table", table="x", near=""), "names x, which is no table"),
    ],
)  # fmt: skip
def test_values_are_written_as_in_every_sentence(message: Message, text: str) -> None:
    assert message.text == text


def test_a_message_keeps_plain_values_alone_and_short_ones() -> None:
    message = say("not_a_choice", obj={"a": "hostile object"}, choices=("a", "b"), long="x" * 10**6, huge=10**400)
    assert message.values == {"obj": "an object", "choices": ("a", "b"), "long": "x" * 2000, "huge": "a number"}
    problem = Problem(severity="error", path="sites[0].pue", message=message)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(problem), type=Problem).text == problem.text


def test_an_error_from_elsewhere_is_said_in_its_own_words() -> None:
    assert message_of(ValueError(say("no_values"))).code == "no_values"
    assert message_of(ValueError("line 3")).text == "line 3"
