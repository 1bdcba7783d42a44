"""Why no plan meets every limit, and the remedies."""
