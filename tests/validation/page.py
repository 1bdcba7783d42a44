"""The page `resources/docs/validation.md`: predicted against measured, published against ours, with the misses."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from tests.validation.measured import (
    CLASSES,
    Measurement,
    Score,
    cut_fronts,
    grouped,
    left_out_points,
    measurements,
    order_of_chips,
    score,
)
from tests.validation.published import (
    UTILISATION,
    Compared,
    electricity,
    gigawatts,
    load_against_provisioned,
    solved_cases,
    training_runs,
)

HEAD = """\
# How good are these numbers?

Gigaplan predicts what a chip does where nobody measured it, and plans with prices and powers that others publish. Here
both are held against what is known. `make validation` computes this page anew; the tests fail where a figure of it gets
worse by more than two points. Misses stay in.

"""
HELD_OUT = """\
The constants of the formula were fitted to 1,381 measurements, which include the curves above. What they are worth on
chips and models that they have never seen was tried once, when they were fitted, on 18 whole combinations of a platform
and a model that were set aside before (335 measurements, which are not in the catalogue): none refused, 42 % within
1.5 times, 64 % within 2 times, 78 % inside the band. Expect that on a chip of your own, not the shares above.
"""
Figures = dict[str, float]
"""What the tests hold this page to: shares in per cent, and the median error of curves."""


class Page:
    """The page, and the figures on it, computed once."""

    def __init__(self) -> None:
        self.measurements = measurements()
        self.order = order_of_chips()
        self.left_out = np.array(left_out_points())
        self.cut = {name: np.array(ratios) for name, ratios in cut_fronts().items()}
        self.runs = training_runs()

    def figures(self) -> Figures:
        """The shares that must not fall, in per cent."""
        whole = score(self.measurements, lambda m: m.after)
        found = {
            "served": 100 * (1 - whole.refused / whole.count),
            "within 1.5x": 100 * whole.within_1_5,
            "within 2x": 100 * whole.within_2,
            "inside the band": 100 * whole.in_band,
            "chips in the right order": 100 * self.order.after / self.order.pairs,
            "left-out points within 25 %": 100 * float((abs(np.log(self.left_out)) <= math.log(1.25)).mean()),
            "training runs within 1.5x": 100 * _share(self.runs, 1.5),
        }
        for latency, members in grouped(self.measurements, lambda m: m.latency).items():
            found[f"within 2x, {latency}"] = 100 * score(members, lambda m: m.after).within_2
        for name, ratios in self.cut.items():
            found[f"beyond the curve, {name}, within 2x"] = 100 * _within(ratios, 2)
        return {name: round(value, 1) for name, value in found.items()}

    def text(self) -> str:
        """The page as Markdown."""
        return HEAD + "\n".join([*self._throughput(), *self._order(), *self._curves(), *self._published()])

    def _throughput(self) -> Iterable[str]:
        count = len(self.measurements)
        yield "## Throughput: predicted against measured"
        yield ""
        yield _paragraph(
            f"{count} measurements of the catalogue with a known model, precision and lengths: points of measured "
            "curves (InferenceX, TensorRT-LLM) and single rows. Each is predicted by the formula alone, as if nobody "
            "had measured it. *Before* is the roofline of the first edition on the same inputs. A refusal counts as "
            "outside. Where a row states no token latency, none is asked for: its true one may have been short."
        )
        yield ""
        yield "![Predicted over measured, by token latency](validation-throughput.svg)"
        yield ""
        yield from _score_table(self.measurements, lambda m: m.latency, CLASSES)
        yield ""
        yield _paragraph("By kind of model, by software stack, by precision, and by where the measurement is from:")
        yield ""
        kinds: tuple[Callable[[Measurement], str], ...] = (
            lambda m: "dense" if m.dense else "mixture of experts",
            lambda m: _stack(m.platform),
            lambda m: m.work.precision,
            lambda m: "points of curves" if m.origin == "curve" else "single rows",
        )
        yield from _table_head()
        for kind in kinds:
            for name, members in sorted(grouped(self.measurements, kind).items()):
                yield _score_row(name, members)
        yield ""
        yield HELD_OUT

    def _order(self) -> Iterable[str]:
        o = self.order
        yield "## Which of two chips is faster"
        yield ""
        yield _paragraph(
            f"{o.pairs} pairs: a measured point of one chip, and another chip's curve for the same model, precision "
            "and lengths at the same token latency, where the two differ by 5 % or more. The faster one was named "
            f"rightly in {o.after / o.pairs:.0%} (before: {o.before / o.pairs:.0%}; the first edition refused both "
            f"chips in {o.undecided_before / o.pairs:.0%}, which counts as wrong)."
        )
        yield ""

    def _curves(self) -> Iterable[str]:
        errors = abs(np.exp(abs(np.log(self.left_out))) - 1)
        low, middle, high = np.quantile(self.left_out, (0.1, 0.5, 0.9))
        yield "## Measured curves"
        yield ""
        yield _paragraph(
            f"Each of {len(self.left_out)} inner points of a curve was left out in turn and interpolated from its "
            f"neighbours: median error {np.median(errors):.0%}, nine of ten within {np.quantile(errors, 0.9):.0%} "
            f"(predicted over measured {low:.2f} / {middle:.2f} / {high:.2f} at P10 / P50 / P90)."
        )
        yield ""
        for name, ratios in self.cut.items():
            low, middle, high = np.quantile(ratios[ratios > 0], (0.1, 0.5, 0.9))
            yield f"- {name} than a curve cut in half ({len(ratios)} points): {_within(ratios, 2):.0%} within 2 times,"
            yield f"  {low:.2f} / {middle:.2f} / {high:.2f}"
        yield ""

    def _published(self) -> Iterable[str]:
        yield "## Training: published chip-hours against ours"
        yield ""
        yield _paragraph(
            "Every run of the catalogue with known operations, chips and hours. Ours: operations over the bf16 peak at "
            f"the utilisation of {UTILISATION:.0%} that a workload has where nobody gives one."
        )
        ratios = np.array([run.ratio for run in self.runs])
        low, middle, high = np.quantile(ratios, (0.1, 0.5, 0.9))
        yield _paragraph(
            f"Ours over published: {low:.2f} / {middle:.2f} / {high:.2f} at P10 / P50 / P90, "
            f"{_share(self.runs, 1.5):.0%} within 1.5 times, {_share(self.runs, 2):.0%} within 2 times."
        )
        yield ""
        yield "![Ours over published chip-hours](validation-training.svg)"
        yield ""
        yield from _compared(self.runs, "reached")
        yield ""
        yield "## Electricity of training"
        yield ""
        yield _paragraph(
            "Ours: chip-hours at the power that the catalogue provisions for a chip with its server, and a PUE of "
            "1.1. Most model cards count the thermal power of the chips alone (400 W of an A100, 700 W of an H100): "
            "ours is about twice as much, and is meant to be."
        )
        yield ""
        yield from _compared(electricity(), "published")
        yield ""
        yield _paragraph("Provisioned against measured under load:")
        yield ""
        yield from _compared(load_against_provisioned(), "basis of ours")
        yield ""
        yield "## Published cases as plans"
        yield ""
        yield from _compared(solved_cases(), "")
        yield ""
        yield "## A gigawatt"
        yield ""
        yield _paragraph(
            "Chips, power and money of large sites as reported (`demand_and_costs.csv`), and as the catalogue's powers "
            "and prices have them, with a PUE of 1.1."
        )
        yield ""
        yield from _compared(gigawatts(), "")


def _paragraph(text: str) -> str:
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def _stack(platform: str) -> str:
    from gigaplan.engine.catalogue import load_catalogue

    return load_catalogue().platforms[platform].stack


def _within(ratios: np.ndarray, factor: float) -> float:
    with np.errstate(divide="ignore"):
        return float((abs(np.log(ratios)) <= math.log(factor)).mean())


def _share(rows: Sequence[Compared], factor: float) -> float:
    return _within(np.array([row.ratio for row in rows]), factor)


def _table_head() -> Iterable[str]:
    yield "| class | n | refused | within 1.5x | within 2x | P10 / P50 / P90 before | P10 / P50 / P90 after | in band |"
    yield "|---|---|---|---|---|---|---|---|"


def _score_table(
    members: Sequence[Measurement], key: Callable[[Measurement], str], order: Sequence[str]
) -> Iterable[str]:
    yield from _table_head()
    found = grouped(members, key)
    for name in order:
        if name in found:
            yield _score_row(name, found[name])
    yield _score_row("**all**", members)


def _score_row(name: str, members: Sequence[Measurement]) -> str:
    old, new = score(members, lambda m: m.before), score(members, lambda m: m.after)
    cells = (
        name,
        str(new.count),
        f"{old.refused} → {new.refused}",
        f"{old.within_1_5:.0%} → {new.within_1_5:.0%}",
        f"{old.within_2:.0%} → {new.within_2:.0%}",
        _quantiles(old),
        _quantiles(new),
        f"{new.in_band:.0%}",
    )
    return f"| {' | '.join(cells)} |"


def _quantiles(found: Score) -> str:
    return "-" if math.isnan(found.p50) else f"{found.p10:.2f} / {found.p50:.2f} / {found.p90:.2f}"


def _compared(rows: Sequence[Compared], why: str) -> Iterable[str]:
    yield f"| what | unit | published | ours | ours / published | {why or 'why'} |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        reason = row.why.removeprefix(f"{why} ").removeprefix(f"{why}: ") if why else row.why
        cells = (row.what, row.unit, _number(row.published), _number(row.ours), f"{row.ratio:.2f}", reason)
        yield f"| {' | '.join(cells)} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
