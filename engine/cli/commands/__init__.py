"""What each command of the command line does. `cli.main` finds the one that was asked for. No Qt here."""
