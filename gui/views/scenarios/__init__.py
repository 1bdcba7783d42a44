"""The scenarios of the plan, each with what it changes."""
