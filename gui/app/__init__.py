"""Starts the program: with a window, or without a display."""
