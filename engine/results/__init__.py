"""What a solution means: chips, energy, money and carbon, series over time, and key figures."""
