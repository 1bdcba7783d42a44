"""From a plan to a linear program and through HiGHS: arrays, rates, rows of constraints, scaling, warm starts."""
