"""Where a number comes from: every key figure and every value of a series, as a tree down to the plan's fields."""

from engine.provenance.explained import explain_kpi, explain_value
from engine.provenance.node import Node, as_text, recompute

__all__ = ["Node", "as_text", "explain_kpi", "explain_value", "recompute"]
