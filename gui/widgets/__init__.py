"""Widgets that several views share: cards, labels, combo and check boxes, frozen headers, commands."""
