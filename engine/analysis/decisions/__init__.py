"""Decisions before anyone knows: what to sign now, what a plan comes to in other worlds, where the best one changes."""
