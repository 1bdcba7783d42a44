"""What chips were measured to serve at each token latency: the fronts of `resources/catalogue/serving_curves.csv`."""

from __future__ import annotations

import csv
import functools
from collections import defaultdict
from collections.abc import Iterable
from importlib.resources import files

import msgspec
import numpy as np
from msgspec import Struct

from gigaplan.engine.plan.schema import Measurement
from gigaplan.engine.plan.serving import Front


class CurvePoint(Struct, frozen=True, kw_only=True):
    """A point of a measured front: output tokens per second and chip at a token latency."""

    id: str
    platform: str
    model: str
    precision: str
    engine: str
    engine_version: str
    mode: str
    """aggregated, disaggregated, or empty where nobody says."""
    chips: int | None
    concurrency: float | None
    prompt_tokens: float
    output_tokens: float
    token_latency_ms: float
    ttft_ms: float | None
    tokens_s_chip: float
    derived: str
    source: str
    source_row: str
    as_of: str
    licence: str
    notes: str


Key = tuple[str, str, str]
"""Platform, model and precision, each by id."""


@functools.cache
def points() -> tuple[CurvePoint, ...]:
    """Every point of the packaged catalogue, in the order of the file; read once."""
    text = (files("gigaplan.resources") / "catalogue" / "serving_curves.csv").read_text(encoding="utf-8")
    numbers = {f.name for f in msgspec.structs.fields(CurvePoint) if f.type is not str}
    rows = [
        {"id": f"curve_{number:04}", **{k: (v or None) if k in numbers else v for k, v in row.items()}}
        for number, row in enumerate(csv.DictReader(text.splitlines()), start=1)
    ]
    return tuple(msgspec.convert(rows, list[CurvePoint], strict=False))


@functools.cache
def measured_fronts() -> dict[Key, tuple[Front, ...]]:
    """The fronts of the packaged catalogue by platform, model and precision."""
    return fronts_of(points())


@functools.lru_cache(maxsize=256)
def own_fronts(members: tuple[Measurement, ...]) -> tuple[Front, ...]:
    """Measurements of one platform, model and precision as fronts, one for each shape and basis.

    A point with a slower token and no more of them than another is on no front.
    """
    shapes: dict[tuple[str, float, float], list[Measurement]] = defaultdict(list)
    for point in members:
        shapes[point.basis, point.prompt_tokens, point.output_tokens].append(point)
    fronts = []
    for found in shapes.values():
        kept: list[Measurement] = []
        for point in sorted(found, key=lambda p: (p.token_latency_ms, -p.tokens_s_chip)):
            if not kept or point.tokens_s_chip > kept[-1].tokens_s_chip:
                kept.append(point)
        fronts.append(
            Front(
                kept[0].prompt_tokens,
                kept[0].output_tokens,
                np.array([p.token_latency_ms for p in kept], dtype=float),
                np.array([p.tokens_s_chip for p in kept], dtype=float),
                ", ".join(filter(None, dict.fromkeys(p.engine for p in kept))),
                "; ".join(filter(None, dict.fromkeys(p.source for p in kept))) or "the plan's own measurements",
                max(p.as_of for p in kept),
                kept[0].basis,
            )
        )
    return tuple(fronts)


def fronts_of(members: Iterable[CurvePoint]) -> dict[Key, tuple[Front, ...]]:
    """Points as fronts, one for each shape of prompt and answer."""
    shapes: dict[tuple[Key, float, float], list[CurvePoint]] = defaultdict(list)
    for point in members:
        key = (point.platform, point.model, point.precision)
        shapes[key, point.prompt_tokens, point.output_tokens].append(point)
    fronts: dict[Key, list[Front]] = defaultdict(list)
    for (key, prompt, output), found in shapes.items():
        found.sort(key=lambda p: p.token_latency_ms)
        engines = dict.fromkeys(f"{p.engine} {p.engine_version}".strip() for p in found)
        fronts[key].append(
            Front(
                prompt,
                output,
                np.array([p.token_latency_ms for p in found]),
                np.array([p.tokens_s_chip for p in found]),
                ", ".join(filter(None, engines)),
                "; ".join(dict.fromkeys(p.source for p in found)),
                max(p.as_of for p in found),
            )
        )
    return {key: tuple(found) for key, found in fronts.items()}
