"""The fields of what is chosen: every field that the schema declares, typed, dragged, explained and checked."""
