"""Where a number comes from: every key figure and every value of a series, as a tree down to the plan's fields."""

from gigaplan.engine.analysis.provenance.kpi_trees import explain_kpi, explain_value
from gigaplan.engine.analysis.provenance.node import Node, as_text, recompute

__all__ = ["Node", "as_text", "explain_kpi", "explain_value", "recompute"]
