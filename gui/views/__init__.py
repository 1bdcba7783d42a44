"""The views of the open plan, one folder each."""
