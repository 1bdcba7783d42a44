"""Text and figures as people type and read them: numbers, quantities, units, months, the clipboard."""
