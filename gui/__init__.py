"""Gigaplan's window: a document layer that holds the open plan, and views that draw it."""
