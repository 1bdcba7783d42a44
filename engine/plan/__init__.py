"""What a plan is: its tables and fields, the time grid, decoding, problems, and scenarios as functions of a plan."""
