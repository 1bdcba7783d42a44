"""Where the program starts: commands go to the engine and never import Qt; anything else opens the window."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Runs `gigaplan ARGUMENTS` and gives its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    from engine import cli
    from engine.commands.base import BAD_INPUT

    if arguments and (arguments[0] in cli.COMMANDS or arguments[0].startswith("-")):
        return cli.main(arguments)
    if len(arguments) > 1:
        print(f"gigaplan: one file at a time, or a command: {', '.join(cli.COMMANDS)}", file=sys.stderr)
        return BAD_INPUT
    from gui import app, headless

    return (app if app.has_display() else headless).run(arguments[0] if arguments else None)


if __name__ == "__main__":
    sys.exit(main())
