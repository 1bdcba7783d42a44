"""The tables of the plan as grids to sort, filter, fill, copy from and paste into."""
