"""What can be added to a plan: chips, prices, regions and kinds of work."""
