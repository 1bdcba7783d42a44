"""Scenarios side by side: what differs in them, what comes of it, and why."""
