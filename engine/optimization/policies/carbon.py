"""Carbon caps: operational and embodied tonnes in each plan year stay within the limit."""

from __future__ import annotations

import numpy as np

from gigaplan.engine.optimization.amounts import together
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies import yearly
from gigaplan.engine.optimization.policies.kind import PolicyKind
from gigaplan.engine.plan.schema import Policy


def _add_rows(d: Draft, policy: Policy) -> None:
    i, r = d.inputs, d.rates
    each = (r.full_mwh * r.facility)[:, None] * r.carbon + r.embodied[:, None]
    unit = max(float(np.median(each[each > 0])) if (each > 0).any() else 1.0, 1e-6) * d.chip_unit
    yearly.add_rows(d, policy, together([r.operational(i), r.making(i)]), 1.0, unit)


KIND = PolicyKind(
    name="carbon",
    label="Carbon cap",
    subject="The carbon cap",
    limits="sum of each plan year",
    worth_unit="tCO2e",
    uses=frozenset({"dimension", "scope"}),
    add_rows=_add_rows,
    per_limit=yearly.per_limit,
    rule=lambda about, member, metric: f"Emissions in a plan year{f' of {member}' if member else ''}",
    reached="You hit the carbon cap {name}{about}",
    called=lambda policy, about: "Carbon cap",
)
