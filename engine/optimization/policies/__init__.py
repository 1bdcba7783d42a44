"""Policies, rules that a plan must keep (model.md section 6): one file for each kind, with all that is said of it."""

from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies.budget import BUDGET
from gigaplan.engine.optimization.policies.carbon import CARBON
from gigaplan.engine.optimization.policies.coverage import COVERAGE
from gigaplan.engine.optimization.policies.kind import PolicyKind
from gigaplan.engine.optimization.policies.resilience import RESILIENCE
from gigaplan.engine.optimization.policies.share import SHARE

__all__ = ["POLICY_KINDS", "PolicyKind", "add_rows"]

POLICY_KINDS: dict[str, PolicyKind] = {kind.name: kind for kind in (SHARE, BUDGET, CARBON, COVERAGE, RESILIENCE)}
"""Every kind of policy by its name, in the order in which the schema offers them."""


def add_rows(d: Draft) -> None:
    """One family of rows for each enabled policy, and for each member or workload that it is about."""
    for policy in d.inputs.plan.policies:
        if policy.enabled:
            POLICY_KINDS[policy.kind].add_rows(d, policy)
