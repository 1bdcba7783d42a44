"""The plans that come with Gigaplan, each ready to open and solve."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

from engine.plan import Plan
from engine.problems import PlanError, Problem
from engine.storage.load import FileStamp, read_plan


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
)
_PACKAGED = FileStamp(0, 0, 0, 0)
"""A packaged file is never saved over, so nobody asks for its stamp."""


def template_names() -> list[Template]:
    """The templates, in the order to show: name, title and one line of description."""
    return list(TEMPLATES)


def load_template(name: str) -> Plan:
    """The plan of a template. Raises PlanError where there is none of that name, or its file is damaged."""
    if name not in {template.name for template in TEMPLATES}:
        known = ", ".join(template.name for template in TEMPLATES)
        problem = Problem(severity="error", path="", text=f"There is no template {name!r}", mend=f"There are: {known}.")
        raise PlanError((problem,))
    return read_plan((files("projects") / f"{name}.gigaplan").read_bytes(), _PACKAGED).plan
