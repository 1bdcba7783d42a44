"""What each command of the command line does; `engine.cli` finds the one that was asked for. No Qt here."""
