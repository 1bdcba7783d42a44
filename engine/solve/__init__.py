"""From a plan to its answer in one call, with its integer decisions, and the processes that do long work."""
