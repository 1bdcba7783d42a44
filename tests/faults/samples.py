"""Plans and files that the faults are tried on, and what must be true of them afterwards."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from gigaplan.engine.plan.plan import Plan, with_settings
from gigaplan.engine.storage.load import StoredPlan, open_plan
from gigaplan.engine.storage.save import save_plan
from tests.engine.storage_samples import full_plan
from tests.faults.fault import check

NAME = "plan.gigaplan"
KEPT = f"{NAME}.v1.bak"
"""What a save keeps a file of format 1 as."""
REAL = Path(__file__).parents[1] / "engine" / "data"
PLAN = full_plan()
OLDER = open_plan(REAL / "format_1.gigaplan").plan
"""What the real file of format 1 holds, in the tables of today."""


def named(name: object) -> Plan:
    """The plan of these tests, told from others by a name."""
    return with_settings(PLAN, name=str(name))


def saved(folder: Path, name: object = 1) -> Path:
    """A good file of a plan of that name."""
    path = folder / NAME
    save_plan(named(name), path, expected=None, uuid=None, revision=1)
    return path


def older(folder: Path) -> Path:
    """A real file of format 1, which holds OLDER."""
    return Path(shutil.copy(REAL / "format_1.gigaplan", folder / NAME))


def whole(path: Path) -> StoredPlan:
    """What is in a file, which must be one of our plans, whole and unchanged but for its name."""
    stored = open_plan(path)
    name = stored.plan.settings.name
    check(stored.plan in (named(name), with_settings(OLDER, name=name)), f"{path.name} holds another plan")
    return stored


def check_names(folder: Path, *more: str) -> None:
    """Nothing is in a folder but the file, its backup, what a killed save may leave, and `more`."""
    odd = {n for n in os.listdir(folder) if n not in (NAME, f"{NAME}.bak", *more) and not n.endswith(".saving")}
    check(not odd, f"there are left {sorted(odd)}")


def leftovers(folder: Path) -> list[str]:
    """What saves that did not end left behind."""
    return [name for name in os.listdir(folder) if name.endswith(".saving")]


def check_in_words(text: str) -> None:
    """A message is a sentence for a person: it says what is wrong and of which file."""
    check(text and "Traceback" not in text and "[Errno" not in text and text.rstrip().endswith("."), f"says {text!r}")
