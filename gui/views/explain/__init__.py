"""The panel that answers why: where a number comes from, what binds, why not, and what would make a plan feasible."""
