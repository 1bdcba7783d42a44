"""Charts of a result: allocation, cost, power, carbon, unit costs, platforms compared."""
