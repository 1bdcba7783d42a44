"""Gigaplan's engine: the plan, its checks, the mathematics and the file. It knows no Qt."""

__version__ = "0.1.0"
