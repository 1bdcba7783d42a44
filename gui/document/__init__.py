"""The open plan: its value, its undo history, its selection, and edits of whole rows."""
