"""Policies, rules that a plan must keep (model.md section 6): one file for each kind, with all that is said of it."""

from importlib import import_module

from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies.kind import PolicyKind
from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.schema import Policy

__all__ = ["POLICY_KINDS", "PolicyKind", "add_rows"]

POLICY_KINDS: dict[str, PolicyKind] = {
    name: import_module(f"{__name__}.{name}").KIND for name in field_of(Policy, "kind").choices
}
"""Every kind of policy by its name, in the order of the schema: the `KIND` of the module of that name."""


def add_rows(d: Draft) -> None:
    """One family of rows for each enabled policy, and for each member or workload that it is about."""
    for policy in d.inputs.plan.policies:
        if policy.enabled:
            POLICY_KINDS[policy.kind].add_rows(d, policy)
