"""What the plan comes to when uncertain inputs turn out otherwise: each alone, and all together."""
