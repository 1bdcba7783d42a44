"""Where the program starts: commands go to the engine and never import Qt; anything else opens the window."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Runs `gigaplan ARGUMENTS` and gives its exit status; 130 where it is stopped from the keyboard."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        print("gigaplan: stopped.", file=sys.stderr)
        return 130


def _run(arguments: list[str]) -> int:
    from engine import cli
    from engine.commands.base import BAD_INPUT

    if arguments and (arguments[0] in cli.COMMANDS or arguments[0].startswith("-")):
        return cli.main(arguments)
    if len(arguments) > 1:
        print(f"gigaplan: one file at a time, or a command: {', '.join(cli.COMMANDS)}", file=sys.stderr)
        return BAD_INPUT
    from gui import app, headless

    file = arguments[0] if arguments else None
    return app.run(file) if app.has_display() else cli.guarded(lambda: headless.run(file))


if __name__ == "__main__":
    sys.exit(main())
