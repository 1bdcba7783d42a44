"""What Python files say, read once for all the tests of the house's rules."""

import ast
import functools
import gc
from pathlib import Path


@functools.cache
def nodes(path: Path) -> list[ast.AST]:
    """All nodes of a file's tree. Collecting garbage meanwhile would walk through all that was read before."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    finally:
        if was_on:
            gc.enable()
