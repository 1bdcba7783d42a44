"""What is wrong with a plan, or deserves a look: rules across fields, what cannot be served, slips of unit."""
