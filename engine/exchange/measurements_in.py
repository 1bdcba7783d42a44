"""Measurements of serving from elsewhere: rows of one's own, results of aiconfigurator, points of InferenceX."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from gigaplan.engine.catalogue.entries import ModelEntry, entries, identifier
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError, Problem, message_of, say
from gigaplan.engine.plan.schema import Basis, Measurement, Platform, Precision
from gigaplan.engine.plan.text import counted, listed

OWN = ("platform", "model", "precision", "prompt_tokens", "output_tokens", "token_latency_ms", "tokens_s_chip")
"""The columns that rows of one's own must have; beside them: engine, basis, source, as_of."""
AICONFIGURATOR = ("model", "isl", "osl", "tpot", "tokens/s/gpu", "system")
INFERENCEX = ("Model", "ISL", "OSL", "Hardware Key", "Precision", "Throughput/GPU (tok/s)")
INTERACTIVITY = "Median Interactivity (tok/s/user)"
"""InferenceX writes times in seconds under headings of ms; its tokens/s of one user leave no doubt."""
MOST_BYTES = 20_000_000
BASES: dict[str, Basis] = {"measured": "measured", "vendor": "vendor", "modelled": "modelled"}
Row = dict[str, str]


@dataclass(frozen=True)
class ReadRows:
    """What was found in a file."""

    what: str
    """What wrote it."""
    rows: tuple[tuple[str, Measurement], ...]
    """The id of the platform, and the measurement."""
    skipped: tuple[Problem, ...]
    """Lines that hold none, and why."""


def read_measurements(text: str, plan: Plan) -> ReadRows:
    """The measurements in comma or tab separated text with headings.

    Raises PlanError where the headings are those of none of the three forms, or no line holds a measurement.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    while lines and (not lines[0].strip() or lines[0].startswith("#")):
        lines.pop(0)
    first = lines[0] if lines else ""
    reader = csv.DictReader(lines, delimiter="\t" if "\t" in first else ",")
    heads = {(name or "").strip() for name in reader.fieldnames or ()}
    forms = (("InferenceX", INFERENCEX, _inferencex), ("aiconfigurator", AICONFIGURATOR, _aiconfigurator),
             ("a table", OWN, _own))  # fmt: skip
    found = next(((what, make) for what, needed, make in forms if heads.issuperset(needed)), None)
    if found is None:
        raise PlanError((Problem(severity="error", path="line 1", message=say("measurements_no_headings", own=OWN)),))
    what, make = found
    rows, skipped = [], []
    for number, raw in enumerate(reader, start=2):
        row = {(k or "").strip(): (v or "").strip() for k, v in raw.items() if isinstance(v, str)}
        if not any(row.values()):
            continue
        try:
            platform, measurement = make(row)
            rows.append((_platform(plan, platform).id, measurement))
        except ValueError as error:
            skipped.append(Problem(severity="error", path=f"line {number}", message=message_of(error)))
    if not rows:
        nothing = Problem(severity="error", path="line 2", message=say("no_measurement"))
        raise PlanError(tuple(skipped[:20]) or (nothing,))
    return ReadRows(what, tuple(rows), tuple(skipped))


def with_measurements(plan: Plan, rows: tuple[tuple[str, Measurement], ...]) -> Plan:
    """The plan with measurements added to their platforms; what is there already is not added again."""
    platforms = []
    for platform in plan.platforms:
        new = dict.fromkeys(m for id, m in rows if id == platform.id and m not in platform.measurements)
        measured = (*platform.measurements, *new)
        platforms.append(msgspec.structs.replace(platform, measurements=measured) if new else platform)
    return msgspec.structs.replace(plan, platforms=tuple(platforms))


def told(read: ReadRows, plan: Plan) -> str:
    """How many measurements were read, for which platforms, and why lines were left out."""
    names = {p.id: p.name or p.id for p in plan.platforms}
    where = listed(dict.fromkeys(names[id] for id, _ in read.rows), "and")
    text = f"{counted(len(read.rows), 'measurement')} from {read.what}, of {where}."
    if read.skipped:
        first = read.skipped[0]
        text += f" {counted(len(read.skipped), 'line')} left out; {first.path} {first.text}."
    return text


def _own(row: Row) -> tuple[str, Measurement]:
    basis = BASES.get(row.get("basis") or "measured")
    if basis is None:
        raise ValueError(say("measurement_basis", basis=row["basis"], bases=BASES))
    engine = " ".join(filter(None, (row.get("engine", ""), row.get("engine_version", ""))))
    return row["platform"], Measurement(
        model=_model(row["model"]), precision=_precision(row["precision"]), engine=engine, basis=basis,
        prompt_tokens=_number(row, "prompt_tokens"), output_tokens=_number(row, "output_tokens"),
        token_latency_ms=_number(row, "token_latency_ms"), tokens_s_chip=_number(row, "tokens_s_chip"),
        source=row.get("source", ""), as_of=row.get("as_of") or row.get("date", ""),
    )  # fmt: skip


def _aiconfigurator(row: Row) -> tuple[str, Measurement]:
    """A line of its results: it predicts, from kernels that were measured."""
    engine = " ".join(filter(None, (row.get("backend") or row.get("(d)backend", ""),
                                    row.get("version") or row.get("(d)version", ""))))  # fmt: skip
    return row["system"], Measurement(
        model=_model(row["model"]), precision=_precision(row.get("gemm") or row.get("(d)gemm", "")), engine=engine,
        prompt_tokens=_number(row, "isl"), output_tokens=_number(row, "osl"), token_latency_ms=_number(row, "tpot"),
        tokens_s_chip=_number(row, "tokens/s/gpu"), basis="modelled", source="aiconfigurator",
    )  # fmt: skip


def _inferencex(row: Row) -> tuple[str, Measurement]:
    """A point of its charts; output tokens of all chips are their share of the tokens of all chips."""
    if "mtp" in f"{row['Hardware Key']} {row.get('Spec Decoding', '')}".lower():
        raise ValueError(say("measurement_speculative"))
    prompt, output = _number(row, "ISL"), _number(row, "OSL")
    return row["Hardware Key"], Measurement(
        model=_model(row["Model"]), precision=_precision(row["Precision"]), engine=row.get("Framework", ""),
        prompt_tokens=prompt, output_tokens=output, token_latency_ms=1000 / _number(row, INTERACTIVITY),
        tokens_s_chip=_number(row, "Throughput/GPU (tok/s)") * output / (prompt + output),
        basis="measured", source="InferenceX, its exported points", as_of=row.get("Date", "")[:7],
    )  # fmt: skip


def _number(row: Row, name: str) -> float:
    try:
        value = float(row.get(name, "").replace(" ", ""))
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value <= 0:
        raise ValueError(say("measurement_no_number", cell=row.get(name, ""), name=name))
    return value


def _precision(text: str) -> Precision:
    low = text.lower()
    if "fp4" in low:
        return "fp4"
    if "fp8" in low or "int8" in low:
        return "fp8"
    if "16" in low:
        return "bf16"
    raise ValueError(say("measurement_precision", precision=text))


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _model(name: str) -> str:
    """The id of a model of the catalogue that is called so, the longest name first; else the name as an id."""
    models, wanted = entries("models", ModelEntry), _letters(name)
    if name in models:
        return name
    named = sorted(((_letters(word), id) for id, m in models.items() for word in (id, m.model)), reverse=True,
                   key=lambda pair: len(pair[0]))  # fmt: skip
    found = next((id for word, id in named if word and word in wanted), None)
    if not wanted:
        raise ValueError(say("measurement_no_model"))
    return found or identifier(name)


def _platform(plan: Plan, name: str) -> Platform:
    """The platform of the plan with that id or name, or with the chip's name as a word of either."""
    exact = [p for p in plan.platforms if name in (p.id, p.name)]
    chip = re.split(r"[^a-z0-9]", name.lower())[0]
    found = exact or [p for p in plan.platforms if chip and chip in _words(p)]
    if len(found) != 1:
        code = "measurement_of_several" if found else "measurement_of_no_platform"
        raise ValueError(say(code, name=name, platforms=[p.name for p in found]))
    return found[0]


def _words(platform: Platform) -> Iterator[str]:
    yield from re.split(r"[^a-z0-9]+", f"{platform.id} {platform.name}".lower())
