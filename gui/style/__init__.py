"""The look of the window, and what keeps its thread free: theme, colours, slices of long work."""
