"""The page on how good the numbers are: it is what is computed, and no figure of it gets worse."""

import json

import pytest

from tests.validation.__main__ import FIGURES, files
from tests.validation.page import Page

WORSE = 2.0
"""Points by which a share may fall before it is said to have got worse."""


@pytest.fixture(scope="module")
def page() -> Page:
    return Page()


def test_no_figure_is_worse_than_it_was(page: Page) -> None:
    held, now = json.loads(FIGURES.read_text(encoding="utf-8")), page.figures()
    assert now.keys() == held.keys()
    assert {name: (was, now[name]) for name, was in held.items() if now[name] < was - WORSE} == {}


def test_the_page_is_what_is_computed(page: Page) -> None:
    for path, text in files(page).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run make validation"


def test_it_meets_what_throughput_is_to_meet(page: Page) -> None:
    figures = page.figures()
    assert figures["served"] == 100
    assert figures["within 2x"] >= 64
    assert figures["inside the band"] >= 75
    assert figures["chips in the right order"] >= 80


def test_the_first_edition_was_worse_in_every_class_of_latency(page: Page) -> None:
    for latency in {m.latency for m in page.measurements}:
        members = [m for m in page.measurements if m.latency == latency]
        near = [sum(0.5 <= predicted / m.measured <= 2 for m, predicted in pairs) for pairs in (
            [(m, m.before) for m in members], [(m, m.after) for m in members])]  # fmt: skip
        assert near[0] < near[1], latency
