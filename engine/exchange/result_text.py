"""A result and its explanation as text: JSON objects for programs, or a table of key figures for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from gigaplan.engine.analysis.infeasibility.remedies import Remedy
from gigaplan.engine.analysis.limits import Key
from gigaplan.engine.analysis.price_falls import Fall
from gigaplan.engine.analysis.shadow_prices import Worth
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.plan.text import plain_figure
from gigaplan.engine.plan.throughput import Estimate
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result


def as_json(result: Result) -> bytes:
    """One object: status, gap, kpis, theta, decisions, periods, series, problems. What is not a number is null.

    `gap` says by what part of its objective the plan may be dearer than the best, and `bound_usd` is the objective that
    none can be below. `theta` is keyed `workload|offer`: value and goodput of one chip, basis, source, as_of, and the
    band as factors. A problem has its `code`, the `values` of its sentence, and the sentence as `text` and `remedy`.
    """
    answer = {
        "status": result.status,
        "bound_usd": result.bound,
        "gap": result.gap,
        "kpis": result.kpis,
        "theta": {pair: _estimate(found) for pair, found in result.estimates.items()},
        "decisions": result.decisions,
        "periods": list(result.time.dates),
        "series": [
            {"name": s.name, "unit": s.unit, "by": s.by, "key": s.key, "values": s.values.tolist()}
            for s in result.all_series()
        ],
        "problems": [_problem(p) for p in result.problems],
    }
    return msgspec.json.encode(answer)


def _problem(problem: Problem) -> dict[str, object]:
    """A problem with its code and values, and what is said of it."""
    plain: dict[str, Any] = msgspec.to_builtins(problem)
    message: dict[str, object] = plain.pop("message")
    return message | {"text": problem.text, "remedy": problem.remedy} | plain


def _estimate(found: Estimate) -> dict[str, object]:
    return {
        "value": found.value,
        "basis": found.basis,
        "band": found.band,
        "goodput": found.goodput,
        "source": found.source,
        "as_of": found.as_of,
    }


def as_table(result: Result) -> str:
    """The key figures, one a line, with their units; per workload where they are per workload."""
    settings = result.plan.settings
    labels = result.time.labels
    word = result.words.short
    if result.status == "not_proven" and result.gap is not None:
        word = f"{word}: within {result.gap:.2%} of the least cost that there can be"
    lines = [f"{settings.name}", f"{word}   {labels[0]} to {labels[-1]}, {len(labels)} periods", ""]
    for name, value in result.kpis.items():
        unit = KPIS[name].unit_in(settings.currency)
        if isinstance(value, dict):
            lines += [f"{f'{name}[{key}]':<44}{plain_figure(v):>22}  {unit}" for key, v in value.items()]
        else:
            lines.append(f"{name:<44}{plain_figure(value):>22}  {unit}")
    return "\n".join(lines)


_ONE = {"offers": "offer", "services": "service"}


def explanation_json(worths: Iterable[Worth], falls: Iterable[Fall], remedies: Iterable[Remedy]) -> bytes:
    """`limits`, `why_not` and `remedies`; amounts in the plan's currency, discounted; null as section N has it.

    `why_not` has an `offer` or a `service`; `price` is the price above which it does not lower the cost, and `fall` by
    what part it must fall to it; both are null where it would not even free of charge. `edits` are the new values of
    fields.
    """
    answer = {
        "limits": [_worth(worth) for worth in worths],
        "why_not": [
            {_ONE[f.table]: f.row, "price": None if f.part is None else f.price_needed, "fall": f.part} for f in falls
        ],
        "remedies": [{"edits": msgspec.to_builtins(remedy.changes), "text": remedy.text} for remedy in remedies],
    }
    return msgspec.json.encode(answer)


def _worth(worth: Worth) -> dict[str, Any]:
    joint = worth.together
    return _key(worth.key) | {
        "one_more": worth.one_more,
        "one_less": worth.one_less,
        "more_until": worth.more_until,
        "less_until": worth.less_until,
        "together": None if joint is None else {
            "limits": [_key(key) for key in joint.limits],
            "worth": joint.worth,
            "needs": {":".join(map(str, key)): amount for key, amount in joint.needs.items()},
        },
    }  # fmt: skip


def _key(key: Key) -> dict[str, Any]:
    return dict(zip(("kind", "id", "member", "period"), key, strict=True))
