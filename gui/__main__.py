"""Where the program starts: commands go to the engine and never import Qt; anything else opens the window."""

# Before anything is imported that is not built in: `python -m` looks for modules in the current folder first, and
# beside a plan may lie anybody's code. (`from __future__` would import a module.)
import os
import sys


def _without_current_folder(path: list[str]) -> list[str]:
    """Where modules are looked for, without the current folder where it comes before Python's own library."""
    try:
        current = os.path.realpath(os.getcwd())
    except OSError:  # it was removed
        current = ""
    library = os.path.dirname(os.__file__)
    first = path.index(library) if library in path else len(path)
    return [entry for k, entry in enumerate(path) if k >= first or (entry and os.path.realpath(entry) != current)]


sys.path[:] = _without_current_folder(sys.path)


def _open_streams() -> None:
    """Opens what was closed of the three standard files: another file would take its number, and be written to."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which takes the lowest number that is free
    if sys.stderr is None:  # what is printed to no file goes to stdout
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115 (it stays open)


def main(arguments: list[str] | None = None) -> int:
    """Runs `gigaplan ARGUMENTS` and gives its exit status; 130 where it is stopped from the keyboard."""
    _open_streams()
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        print("gigaplan: stopped.", file=sys.stderr)
        return 130


def _run(arguments: list[str]) -> int:
    from gigaplan.engine.cli import main as cli
    from gigaplan.engine.cli.commands.common import BAD_INPUT
    from gigaplan.engine.solve.subprocess_job import START, serve

    if arguments == [START]:
        serve()
        return 0
    if arguments and (arguments[0] in cli.COMMANDS or arguments[0].startswith("-")):
        return cli.main(arguments)
    if len(arguments) > 1:
        print(f"gigaplan: one file at a time, or a command: {', '.join(cli.COMMANDS)}", file=sys.stderr)
        return BAD_INPUT
    from gigaplan.gui.app import app, headless

    file = arguments[0] if arguments else None
    return app.run(file) if app.has_display() else cli.guarded(lambda: headless.run(file))


if __name__ == "__main__":
    sys.exit(main())
