"""Files of plans as a person sees them: open, save, watch, autosave, recent files, crash reports."""
