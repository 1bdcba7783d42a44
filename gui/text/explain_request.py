"""Figures of the comparison of scenarios that a person asks about: what a view hands on to be explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Key(NamedTuple):
    """A key figure; `workload` is empty where it is of the whole plan."""

    kpi: str
    workload: str = ""


class Drawn(NamedTuple):
    """A value of a series, added up from the period `first` to `last`."""

    series: str
    by: str
    key: str
    first: int
    last: int


class Part(NamedTuple):
    """A part of a key figure that is a sum, as `gigaplan.engine.analysis.waterfall.parts_of` has it."""

    kpi: str
    part: str


class CauseOfMove(NamedTuple):
    """What moves of a scenario change of a key figure: their words, overrides by position, and USD."""

    kpi: str
    words: str
    overrides: tuple[int, ...]
    value: float


@dataclass(frozen=True)
class Asked:
    """A figure under a scenario, or how much more it is there than in the base."""

    scenario: str
    """Its id; empty for the base."""
    name: str
    """What the scenario is called."""
    figure: Key | Drawn | Part | CauseOfMove
    is_step: bool = False
    """Whether it is the difference to the base."""
