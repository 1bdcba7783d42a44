"""Coverage: at least a part of a workload's demand is served."""

from __future__ import annotations

import numpy as np

from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies import floors
from gigaplan.engine.optimization.policies.kind import PolicyKind
from gigaplan.engine.plan.schema import Policy


def _add_rows(d: Draft, policy: Policy) -> None:
    every, bought = np.ones(len(d.inputs.use_mode), dtype=bool), np.ones(len(d.inputs.buy_block), dtype=bool)
    for w in floors.workloads_of(d.inputs, policy):
        floors.serve_at_least(d, policy, w, every, bought, "")


KIND = PolicyKind(
    name="coverage",
    label="Coverage",
    subject="The service-level floor",
    limits="part of the demand",
    is_floor=True,
    worth_unit="percentage point",
    uses=frozenset({"scope"}),
    add_rows=_add_rows,
    per_limit=floors.asked,
    rule=lambda about, member, metric: f"Least served of {about}",
    reached=floors.REACHED,
    called=lambda policy, about: f"Coverage of {about or 'all work'}",
)
