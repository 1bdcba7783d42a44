"""Every status that an answer can have is told in words."""

from __future__ import annotations

from typing import get_args

from gigaplan.engine.optimization.solution import Status
from gigaplan.engine.results.status import STATUS


def test_every_status_has_words_and_an_exit_code() -> None:
    assert STATUS.keys() == {*get_args(Status), "refused"}
    assert STATUS["optimal"].exit_code == 0
    assert all(words.exit_code in (1, 2, 3, 4) for name, words in STATUS.items() if name != "optimal")


def test_each_failure_says_what_happened_and_a_failed_solve_what_to_do() -> None:
    for name, words in STATUS.items():
        assert words.sentence[0].isupper(), name
        assert not words.sentence.endswith("."), name
        assert words.short == words.short.lower(), name
        if name not in ("optimal", "refused"):
            assert words.remedy.endswith("."), name
    assert len({words.short for words in STATUS.values()}) == len(STATUS)
