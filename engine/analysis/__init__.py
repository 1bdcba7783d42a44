"""What can be asked of an answer: shadow prices, why not, differences, uncertainty, and where a figure comes from."""
