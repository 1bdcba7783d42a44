"""The plans that come with Gigaplan, each ready to open and solve."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import NamedTuple

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError, Problem, say
from gigaplan.engine.storage.load import FileStamp, read_plan


class Template(NamedTuple):
    """What a list of templates shows of one."""

    name: str
    """The name of its file, without the ending."""
    title: str
    description: str


TEMPLATES = (
    Template(
        "frontier-1gw",
        "One gigawatt, several chips",
        "Train and serve frontier models on TPUs, Trainium and GPUs in the US, the EU and Japan, 2026 to 2030.",
    ),
    Template(
        "startup",
        "Rent or buy",
        "From 64 chips to 2,000 in three years: by the hour, on contract, or your own in a colocation.",
    ),
    Template(
        "commitment-200b",
        "A commitment of 200 billion",
        "40 billion USD a year to one cloud from 2027: signed, not signed, half elsewhere, or half the demand.",
    ),
    Template(
        "tiered-portfolio",
        "Five processors by tier",
        "Work matched to relative processors by latency, trust and law in three regions; strategies compared.",
    ),
    Template(
        "trainium-rl",
        "The bet on bandwidth",
        "Reinforcement learning on nearly a million Trainium against GPUs, and a market that may be left.",
    ),
    Template(
        "rainier",
        "One run, four sites",
        "A pre-training run on hundreds of thousands of Trainium2, as the power of four sites comes on.",
    ),
    Template(
        "cost-history",
        "What 2022, 2024, 2026 cost",
        "Training, inference, overhead and power of a frontier programme in three years, side by side.",
    ),
)
_PACKAGED = FileStamp(0, 0, 0, 0)
"""A packaged file is never saved over, so nobody asks for its stamp."""


def template_names() -> list[Template]:
    """The templates, in the order to show: name, title and one line of description."""
    return list(TEMPLATES)


@functools.cache
def load_template(name: str) -> Plan:
    """The plan of a template, read once in a process.

    Raises PlanError where there is none of that name, or its file is damaged.
    """
    if name not in {template.name for template in TEMPLATES}:
        known = ", ".join(template.name for template in TEMPLATES)
        raise PlanError((Problem(severity="error", path="", message=say("template_unknown", name=name, known=known)),))
    return read_plan((files("gigaplan.projects") / f"{name}.gigaplan").read_bytes(), _PACKAGED).plan
