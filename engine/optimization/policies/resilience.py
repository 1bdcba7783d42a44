"""Resilience: at least a part of a workload's demand is served by what is left without any one member."""

from __future__ import annotations

import numpy as np

from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies import floors
from gigaplan.engine.optimization.policies.kind import PolicyKind
from gigaplan.engine.optimization.policies.members import member_of_pairs, member_of_services, members_that_serve
from gigaplan.engine.plan.schema import Policy


def _add_rows(d: Draft, policy: Policy) -> None:
    i = d.inputs
    dimension = policy.dimension or "vendor"
    owner, sold_by = np.array(member_of_pairs(i, dimension)), member_of_services(i, dimension)
    for w in floors.workloads_of(i, policy):
        # Where nothing is offered at all, a floor still holds.
        for member in members_that_serve(i, dimension) or [""]:
            keep = (owner != member)[i.use_pair] if len(owner) else np.ones(0, dtype=bool)
            bought = np.array([other != member for other in sold_by], dtype=bool)[i.buy_service]
            floors.serve_at_least(d, policy, w, keep, bought, member)


RESILIENCE = PolicyKind(
    name="resilience",
    label="Resilience",
    subject="The service-level floor",
    limits="part of the demand",
    is_floor=True,
    worth_unit="percentage point",
    uses=frozenset({"dimension", "scope"}),
    requires=frozenset({"dimension"}),
    add_rows=_add_rows,
    per_limit=floors.asked,
    rule=lambda about, member, metric: f"Least served of {about} without any one {member}",
)
