"""What a save keeps of the file that it replaces: the backup, and for good a file of an older format."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage.atomic_replace import (
    BACKUP,
    SaveRefused,
    discard,
    flush_folder,
    in_words,
    spare_name,
    with_ending,
    write_beside,
)
from gigaplan.engine.storage.format import APPLICATION_ID, VERSION
from gigaplan.engine.storage.guard import format_of
from gigaplan.engine.storage.load import read_file


def second_name(target: str, old: os.stat_result) -> str:
    """A second name for the file that is there, or for a copy of it, which outlives the file's replacement."""
    spare = spare_name(target)
    try:
        os.link(target, spare)
    except OSError:  # a disk without hard links
        with open(target, "rb") as file:
            spare = write_beside(target, file.read(), old)
    return spare


def make_backup(spare: str, target: str) -> str:
    """Makes what `spare` names the backup. Only once the new file is in place: a save that fails changes no backup.

    Gives why it could not be done, in a person's words; empty where it is done.
    """
    try:
        os.replace(spare, with_ending(target, BACKUP))
    except OSError as error:
        name = os.path.basename(with_ending(target, BACKUP))
        return f"“{name}” could not be renewed ({in_words(error)}): it holds an earlier save"
    finally:
        discard(spare)  # it stays where the backup was the same file already
    return ""


def keep_older(target: str, old: os.stat_result) -> str:
    """Copies a plan file of another format aside before it is first replaced; the name of the copy, or nothing.

    The copy is flushed, has the mode of the file, and never takes the place of another file.
    """
    with open(target, "rb") as file:
        head = file.read(100)
        if int.from_bytes(head[68:72], "big") != APPLICATION_ID or format_of(head) == VERSION:
            return ""
        data = head + file.read()
    copy = write_beside(target, data, old)
    try:
        for name in copy_names(target, format_of(head)):
            if _put_if_free(copy, name) or _holds(name, data):
                flush_folder(os.path.dirname(target))
                return os.path.basename(name)
    finally:
        discard(copy)
    raise SaveRefused("older_copies", f"There are too many copies “{os.path.basename(name)}”. Move some elsewhere.")


def older_format(path: str | os.PathLike[str]) -> int:
    """The version of the format of the plan file there, by its head, where it is older than today's; otherwise 0."""
    try:
        with open(path, "rb") as file:
            head = file.read(100)
    except OSError:
        return 0
    is_plan = int.from_bytes(head[68:72], "big") == APPLICATION_ID
    return format_of(head) if is_plan and format_of(head) < VERSION else 0


def name_of_copy(path: str | os.PathLike[str]) -> str:
    """The name under which the next save keeps a file of an older format. Raises PlanError and OSError."""
    data, _ = read_file(path)
    names = copy_names(os.fspath(path), format_of(data))
    free = (name for name in names if not os.path.lexists(name) or _holds(name, data))
    return os.path.basename(next(free, with_ending(os.fspath(path), BACKUP)))


def copy_names(target: str, version: int) -> Iterator[str]:
    """Where a file of an older format may be kept, the first choice first."""
    yield with_ending(target, f".v{version}{BACKUP}")
    for number in range(2, 100):
        yield with_ending(target, f".v{version}.{number}{BACKUP}")


def _put_if_free(copy: str, name: str) -> bool:
    """Gives a file of our own another name, where that is free; whether it was."""
    try:
        os.link(copy, name)
    except FileExistsError:
        return False
    except OSError:  # a disk without hard links
        if os.path.lexists(name):
            return False
        os.rename(copy, name)
    return True


def _holds(name: str, data: bytes) -> bool:
    try:
        return read_file(name)[0] == data
    except (OSError, PlanError):
        return False
