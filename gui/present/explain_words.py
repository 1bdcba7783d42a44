"""How the explanation writes figures, labels and sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gigaplan.engine.plan.text import Form, write_figures
from gigaplan.gui.text import number_format
from gigaplan.gui.text.number_format import THIN, band_words
from gigaplan.gui.widgets.texts import escape

if TYPE_CHECKING:
    from gigaplan.engine.analysis.provenance import Node

UNBROKEN = "\u202f"
"""A thin space at which no line ends."""
WRITTEN = {"tCO2e": "t CO₂e", "m3": "m³", "ratio": "", "fraction": ""}
"""Units that read better than they are spelled in a file."""


def write_as_here() -> None:
    """Has the engine's sentences written with figures as everywhere in the window: 688 700 of 3 600 000, 98,2 %."""
    write_figures(Form(number_format.decimal_sign(), UNBROKEN, UNBROKEN))


def short_value(node: Node, currency: str) -> str:
    """A node's value with its unit, for a column: $38.93 B, 110.5 GWh, 22 903 chips."""
    value, unit = node.value, node.unit
    if value is None:
        return number_format.DASH
    if unit in ("fraction", "MW", "USD") or unit.startswith("USD/"):
        return number_format.with_unit(value, unit.replace("million tokens", "M tok"), currency, 4)
    if unit == "MWh" and abs(value) >= 1e3:
        scale, name = (1e6, "TWh") if abs(value) >= 1e6 else (1e3, "GWh")
        return f"{number_format.plain(value / scale)}{THIN}{name}"
    if unit == "chips":
        return number_format.with_unit(value, unit)
    if unit == "million tokens":
        return f"{number_format.short(value * 1e6, 4)}{THIN}tok"
    if unit == "tCO2e":
        return f"{number_format.mass(value)} CO₂e"
    figure = number_format.short(value, 4) if abs(value) >= 1e6 else _whole(value, 4)
    return f"{figure}{THIN}{_unit(unit, currency)}".rstrip(f" {THIN}")


def exact_value(node: Node, currency: str) -> str:
    """A node's value in full: whole from a thousand on, else to six digits."""
    if node.value is None:
        return number_format.DASH
    if node.unit == "fraction":
        return number_format.percent(node.value, 6)
    return f"{_whole(node.value, 6)} {_unit(node.unit, currency)}".rstrip()


def _whole(value: float, digits: int) -> str:
    return number_format.plain(round(value), 16) if abs(value) >= 1000 else number_format.plain(value, digits)


def _unit(unit: str, currency: str) -> str:
    return WRITTEN.get(unit, unit.replace("USD", currency))


def short_label(label: str, above: Sequence[str]) -> str:
    """A label without what the lines above it have said: 2030 Q4, below Rentals, Ironwood at Iowa."""
    said = {part for text in above for part in _parts(text)} | {*above}
    said.update([f"{what} at {where}" for what in above for where in above])
    parts = _parts(label)
    text = ", ".join([part for part in parts if part not in said] or parts[-1:])
    return text[:1].upper() + text[1:]


def _parts(label: str) -> tuple[str, ...]:
    parts: tuple[str, ...] = getattr(label, "parts", (label,))
    return parts


def in_order(children: Sequence[Node]) -> list[Node]:
    """Parts of different periods in the order of time; others as they come, the largest first."""
    found = list(children)
    if all(node.period is not None for node in found):
        found.sort(key=lambda node: node.period or 0)
    return found


def details(node: Node, currency: str) -> list[tuple[str, str]]:
    """All that is known of a node: (what, words) of its formula, basis, source with its date, and confidence."""
    lines = []
    if node.operation == "limit":
        return [("", node.formula)]
    if node.formula:
        lines.append(("Formula", node.formula))
    elif node.operation == "decision":
        lines.append(("Formula", "chosen by the optimiser"))
    if node.basis:
        lines.append(("Basis", node.basis))
    if node.band:
        lines.append(("Band", f"in eight cases of ten {band_words(node.band)} that"))
    if node.source:
        lines.append(("Source", node.source.strip()))
        if node.as_of:
            lines.append(("As of", node.as_of))
    elif node.operation == "input":
        lines.append(("Source", "none stated"))
    if node.confidence:
        lines.append(("Confidence", node.confidence.replace("-", " ")))
    return lines


def details_html(node: Node, currency: str, link: str = "") -> str:
    """The details as rich text, with a link to the field where there is one to go to."""
    # No line ends within a figure, or before its unit; of other spaces HTML makes such at which it may.
    figure = "&nbsp;".join(escape(exact_value(node, currency)).split())
    value = f"{escape(node.label)}: {figure}"
    lines = [f"<b>{value}</b>"]
    lines += [f"{what}: {escape(words)}" if what else escape(words) for what, words in details(node, currency)]
    if link:
        lines.append(link)
    return "<br>".join(lines)
