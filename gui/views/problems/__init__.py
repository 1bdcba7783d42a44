"""What is wrong with the plan, and where."""
