"""Texts that people read use the terms of the glossary, and none that it rules out."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import nodes

ROOT = Path(__file__).resolve().parent.parent
GLOSSARY = (ROOT / "resources/docs/glossary.md").read_text(encoding="utf-8")
RULED_OUT = [word.strip() for words in re.findall(r"Not: ([^.|]+)\.", GLOSSARY) for word in words.split(",")]


@functools.cache
def every_text() -> list[tuple[str, str]]:
    """(place, text) of the product, README and CHANGELOG."""
    files = [path for folder in ("engine", "gui") for path in sorted((ROOT / folder).rglob("*.py"))]
    found = [(f"{path.relative_to(ROOT)}:{line}", text) for path in files for line, text in texts(path)]
    return found + [(name, (ROOT / name).read_text(encoding="utf-8")) for name in ("README.md", "CHANGELOG.md")]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of every literal of a file that reads like words, docstrings aside."""
    docstrings = {
        id(node.value) for node in nodes(path) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in nodes(path):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in docstrings else None
        if isinstance(text, str) and " " in text.strip():
            yield node.lineno, text


def test_the_glossary_rules_words_out() -> None:
    assert {"mend", "promise", "worth left"} <= set(RULED_OUT)


@pytest.mark.parametrize("word", RULED_OUT)
def test_no_text_uses_a_word_that_the_glossary_rules_out(word: str) -> None:
    wrong = re.compile(rf"\b{re.escape(word)}(s|ed|ing)?\b", re.IGNORECASE)
    assert [place for place, text in every_text() if wrong.search(text)] == []
