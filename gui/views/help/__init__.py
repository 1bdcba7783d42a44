"""The planning model and the inputs, to read inside the program."""
