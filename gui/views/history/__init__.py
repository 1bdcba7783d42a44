"""The earlier saves of the plan."""
