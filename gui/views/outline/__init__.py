"""The plan as a tree: everything on the map, within reach of the keyboard."""
