"""The plan map: workloads, offers and sites as cards, what flows between them as ribbons."""
