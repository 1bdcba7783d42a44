"""The leaves of an explanation: fields of the plan with their sources, and the numbers of time."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from gigaplan.engine.analysis.provenance.node import Node, combined, constant
from gigaplan.engine.plan.fields import Growth, Steps, field_of
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.engine.plan.text import listed, rounded
from gigaplan.engine.plan.timeline import HOURS_PER_MONTH, Timeline

MARKS = ("measured", "vendor", "press", "derived", "unsourced")
"""How the catalogue marks its figures, from the surest on."""
_MARK = re.compile(rf"\(({'|'.join(MARKS)})\)|\b(assumed)\b")
_HEADING = re.compile(r"\b(Electricity|Carbon, PUE, water|Memory|Power|Embodied carbon|Time between failures): ")
_SPOKEN_OF = {
    "platforms": {
        "memory_gb": "Memory",
        "power_w": "Power",
        "mtbf_hours": "Time between failures",
        "embodied_kgco2e": "Embodied carbon",
        **dict.fromkeys(("bf16_tflops", "fp8_tflops", "fp4_tflops", "memory_bandwidth_gb_s"), ""),
    },
    "sites": {
        "electricity_usd_per_mwh": "Electricity",
        **dict.fromkeys(("carbon_g_per_kwh", "pue", "water_l_per_kwh"), "Carbon, PUE, water"),
    },
    "offers": {"price_usd": ""},
}
"""The fields that the sources of catalogue rows speak of, and under which heading; empty is before any."""


def confidence(table: str, field: str, source: str) -> str:
    """The marks of confidence that a source text states for a field, in its order, as `press`.

    A source that has no part for the field, or no mark in it, gives none: nothing is inferred.
    """
    heading = _SPOKEN_OF.get(table, {}).get(field)
    if heading is None:
        return ""
    pieces = _HEADING.split(source)
    texts = dict.fromkeys([""], pieces[0])
    for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
        texts[name] = texts.get(name, "") + text
    if len(texts) == 1 or (heading == "Memory" and heading not in texts):
        heading = ""  # the source speaks of all, or of the memory with the peaks
    found = [a or b for a, b in _MARK.findall(texts.get(heading, ""))]
    return ", ".join(dict.fromkeys(found))


class Given:
    """Makes the leaves of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.time = Timeline.of(plan.settings)

    def field(self, table: str, k: int, name: str, period: int | None = None) -> Node:
        """A field of row `k` of a table; of a series, its value in the period."""
        row = getattr(self.plan, table)[k]
        source = getattr(row, "source", "")
        return self._leaf(
            row,
            name,
            period,
            path=f"{table}[{k}].{name}",
            table=table,
            row=getattr(row, "id", ""),
            field=name,
            of=_title(row),
            source=source,
            as_of=getattr(row, "as_of", ""),
            confidence=confidence(table, name, source),
        )

    def setting(self, name: str) -> Node:
        """A field of the plan itself."""
        return self._leaf(self.plan.settings, name, None, path=f"plan.{name}", table="plan", field=name)

    def lot(self, offer: int, k: int, name: str) -> Node:
        """A field of an installed lot of an offer."""
        row = self.plan.offers[offer]
        site = find(self.plan, "sites", row.installed[k].site)
        at = row.installed[k].site if site is None else _title(site)
        return self._part("offers", offer, "installed", k, name, f"{row.name} installed at {at}")

    def cap(self, platform: int, k: int, name: str) -> Node:
        """A field of a power cap of a platform."""
        of = f"a cap of {self.plan.platforms[platform].name}"
        return self._part("platforms", platform, "power_caps", k, name, of)

    def _part(self, table: str, at: int, field: str, k: int, name: str, of: str) -> Node:
        """A field of part `k` of a field of row `at`; its source is that of the row."""
        row = getattr(self.plan, table)[at]
        return self._leaf(
            getattr(row, field)[k],
            name,
            None,
            path=f"{table}[{at}].{field}[{k}].{name}",
            table=table,
            row=row.id,
            field=field,
            of=of,
            source=row.source,
            as_of=row.as_of,
        )

    def profile(self, table: str, k: int, name: str, block: int) -> Node:
        """The number that a profile has for a block of the day."""
        row = getattr(self.plan, table)[k]
        return Node(
            f"{field_of(ROW_TYPES[table], name).label} of {row.name} in {self.plan.settings.blocks[block].name}",
            float(getattr(row, name)[block]),
            "ratio",
            "input",
            "",
            path=f"{table}[{k}].{name}[{block}]",
            table=table,
            row=row.id,
            field=name,
            source=getattr(row, "source", ""),
            as_of=getattr(row, "as_of", ""),
        )

    def share(self, block: int) -> Node:
        """The part of the day that a block is."""
        row = self.plan.settings.blocks[block]
        path = f"plan.blocks[{block}].share"
        return self._leaf(row, "share", None, path=path, table="plan", field="blocks", of=row.name)

    def inference(self, workload: int, name: str) -> Node:
        """A field of the model that a workload serves."""
        row = self.plan.workloads[workload]
        path = f"workloads[{workload}].inference.{name}"
        return self._leaf(
            row.inference, name, None, path=path, table="workloads", row=row.id, field="inference", of=row.name
        )

    def utilisation(self, workload: int, k: int) -> Node:
        """The utilisation of a workload on the platform of its row `k`."""
        row = self.plan.workloads[workload]
        path = f"workloads[{workload}].mfu_by_platform[{k}].value"
        return self._leaf(
            row.mfu_by_platform[k], "value", None, path=path, table="workloads", row=row.id,
            field="mfu_by_platform", of=row.name,
        )  # fmt: skip

    def throughput(self, workload: int, k: int, platform: str) -> Node:
        """The stated throughput of a workload on a platform, with its basis."""
        row = self.plan.workloads[workload]
        stated = row.throughput[k]
        return Node(
            f"{row.name} per chip of {platform}",
            float(stated.value),
            f"{row.unit} per chip",
            "input",
            {"measured": "measured", "vendor": "as the vendor states", "modelled": "modelled elsewhere"}[stated.basis],
            path=f"workloads[{workload}].throughput[{k}].value",
            table="workloads",
            row=row.id,
            field="throughput",
            source=stated.source,
            as_of=stated.as_of,
            basis=stated.basis,
        )

    def _leaf(self, holder: Any, name: str, period: int | None, of: str = "", **where: Any) -> Node:
        holder_type: type[Struct] = type(holder)
        field = field_of(holder_type, name)
        raw = getattr(holder, name)
        series = field.kind == "series"
        value = float(self.time.of_field(field, raw)[period]) if series and period is not None else float(raw)
        label = f"{field.label} of {of}" if of else field.label
        if series and period is not None:
            label += f" in {self.time.labels[period]}"
        return Node(
            label,
            value,
            field.unit_in(holder),
            "input",
            _words(raw, field.default if not field.required else None),
            period if series else None,
            **where,
        )

    def hours(self) -> Node:
        """Hours per period."""
        months = self.setting("months_per_period")
        each = constant("Hours per month", HOURS_PER_MONTH, "h", "365.25 × 24 ÷ 12")
        return combined("product", "Hours in a period", "h", [each, months], "hours per month × months per period")

    def opening_discount(self, period: int) -> Node:
        """The discount factor at the start of a period."""
        name = self.time.labels[period]
        before = constant(f"Periods before {name}", period, "periods")
        months = [before, self.setting("months_per_period")]
        return self._factor(f"the start of {name}", combined("product", f"Months before {name}", "months", months))

    def discount(self, period: int) -> Node:
        """The discount factor at the middle of a period."""
        name = self.time.labels[period]
        middle = constant(f"Periods from the start to the middle of {name}", period + 0.5, "periods")
        return self._factor(
            name,
            combined(
                "product", f"Months to the middle of {name}", "months", [middle, self.setting("months_per_period")]
            ),
        )

    def final_discount(self) -> Node:
        """The discount factor at the end of the horizon."""
        months = [self.setting("periods"), self.setting("months_per_period")]
        return self._factor("the horizon", combined("product", "Months to the horizon", "months", months))

    def _factor(self, name: str, months: Node) -> Node:
        years = combined("quotient", "Years", "years", [months, constant("Months per year", 12, "months")])
        one = constant("One", 1)
        base = combined(
            "sum", "One year's growth of money", "ratio", [one, self.setting("discount_rate")], "1 + discount rate"
        )
        growth = combined("power", "Growth of money until then", "ratio", [base, years], "(1 + discount rate) ^ years")
        return combined(
            "quotient", f"Discount factor of {name}", "ratio", [one, growth], "1 ÷ (1 + discount rate) ^ years"
        )


def _title(row: Any) -> str:
    """What a row is called; a port has no name of its own."""
    return row.name if hasattr(row, "name") else f"running {row.workload} on {row.stack}"


def _words(raw: Any, default: Any) -> str:
    if isinstance(raw, Growth) and raw.annual_growth:
        since = f" in {raw.from_}" if raw.from_ else ""
        return f"starts at {rounded(raw.start, 6)}{since} and grows by {rounded(100 * raw.annual_growth)}% a year"
    if isinstance(raw, Steps):
        return f"changes in {listed([month for month, _ in raw.steps], 'and')}"
    if default is not None and raw == default:
        return "given; it equals the default"
    return ""
