"""What views show, as plain values without widgets: chart data, key figures, comparisons, explanations."""
