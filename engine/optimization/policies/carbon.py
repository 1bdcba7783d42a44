"""Carbon caps: operational and embodied tonnes in each plan year stay within the limit."""

from __future__ import annotations

import numpy as np

from gigaplan.engine.optimization.linear_program import merged
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies import yearly
from gigaplan.engine.optimization.policies.kind import PolicyKind
from gigaplan.engine.plan.schema import Policy


def _add_rows(d: Draft, policy: Policy) -> None:
    i, r = d.inputs, d.rates
    year = i.time.year_of
    limit = yearly.yearly_limit(i, policy)
    active = (r.idle_mwh * r.facility)[:, None] * r.carbon + r.embodied[:, None]
    used = (r.use_mwh * r.facility[i.use_pair])[:, None] * r.carbon[i.use_pair]
    entries = [merged(d.active(np.broadcast_to(year, active.shape), active)), yearly.in_use(d, used)]
    upper = limit - yearly.by_year(i, (active * i.installed).sum(axis=0))
    unit = max(float(np.median(active[active > 0])) if (active > 0).any() else 1.0, 1e-6) * d.chip_unit
    years = (np.arange(len(limit)),)
    d.program.add_family("carbon", ("year",), years, entries, upper=upper, unit=unit, label=policy.id)


CARBON = PolicyKind(
    name="carbon",
    label="Carbon cap",
    subject="The carbon cap",
    limits="sum of each plan year",
    is_floor=False,
    worth_unit="tCO2e",
    in_limit=1.0,
    uses=frozenset(),
    requires=frozenset(),
    add_rows=_add_rows,
    per_limit=yearly.per_limit,
    one_more=lambda i, active, policy, family, k: 1.0,
    now=yearly.now,
    rule=lambda about, member, metric: "Emissions in a plan year",
)
