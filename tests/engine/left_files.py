"""Recovery files of windows that died."""

from __future__ import annotations

from pathlib import Path

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.storage.crash_log_write import SUFFIX, Origin, RecoveryFile
from gigaplan.engine.storage.load import FileStamp

ORIGIN = Origin(name="plan", path="/somewhere/plan.gigaplan", stamp=FileStamp(1, 2, 3, 4), uuid="u", revision=7)


def written(folder: Path, *states: Plan, dirty: bool = True) -> Path:
    """The recovery file that a window leaves which had these states and died."""
    file = RecoveryFile(folder)
    for plan in states:
        file.write(plan, ORIGIN, dirty)
    file.close(remove=False)
    (path,) = folder.glob(f"*{SUFFIX}")
    return path
