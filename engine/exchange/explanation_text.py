"""What is explained of a plan as one JSON object: what limits are worth, prices that are too high, remedies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from gigaplan.engine.analysis.infeasibility.remedies import Remedy
from gigaplan.engine.analysis.limits import Key
from gigaplan.engine.analysis.price_falls import Fall
from gigaplan.engine.analysis.shadow_prices import Worth

_ONE = {"offers": "offer", "services": "service"}


def as_json(worths: Iterable[Worth], falls: Iterable[Fall], remedies: Iterable[Remedy]) -> bytes:
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
