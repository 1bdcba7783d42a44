"""Files with bytes changed, moved, cut and added: each is refused, or is exactly what was saved."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from gigaplan.engine.plan.plan import with_settings
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage.crash_log_read import left_behind
from gigaplan.engine.storage.crash_log_write import Origin, RecoveryFile
from gigaplan.engine.storage.load import FileStamp, StoredPlan, read_plan
from gigaplan.engine.storage.save import database_of, save_plan
from tests.engine.plans import plan_of
from tests.faults.children import child, tell
from tests.faults.fault import SEED, Tally, check
from tests.faults.samples import PLAN, named, older

LONGEST = 5.0
BATCH = 250
PAGE = 4096
_NOWHERE = FileStamp(0, 0, 0, 0)
_INTERESTING = (0, 1, 127, 128, 255, 0x0D, 0x05, 0x0A, 0x02)
"""Bytes that mean something in a database: kinds of pages, lengths of one and of more bytes."""


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with one to four changes of a kind that disks, mail and attackers make."""
    result = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        chance.choice(_CHANGES)(result, _place(len(result), chance), chance)
        if not result:
            break
    return bytes(result)


def _place(size: int, chance: random.Random) -> int:
    """Anywhere; often in the head of the file, or in the head of a page, where a byte means much."""
    where = chance.random()
    if where < 0.5 or size <= PAGE:
        return chance.randrange(size)
    if where < 0.65:
        return chance.randrange(100)
    return chance.randrange(size // PAGE) * PAGE + chance.randrange(min(64, size % PAGE or PAGE))


def _flip(data: bytearray, at: int, chance: random.Random) -> None:
    data[at] ^= 1 << chance.randrange(8)


def _set(data: bytearray, at: int, chance: random.Random) -> None:
    data[at] = chance.choice(_INTERESTING)


def _add(data: bytearray, at: int, chance: random.Random) -> None:
    data[at] = (data[at] + chance.choice((-1, 1))) % 256


def _noise(data: bytearray, at: int, chance: random.Random) -> None:
    data[at : at + 16] = chance.randbytes(len(data[at : at + 16]))


def _zeros(data: bytearray, at: int, chance: random.Random) -> None:
    data[at : at + 512] = bytes(len(data[at : at + 512]))


def _copy(data: bytearray, at: int, chance: random.Random) -> None:
    length = min(chance.choice((4, 64, 700)), len(data) - at)
    start = chance.randrange(len(data) - length + 1)
    data[at : at + length] = data[start : start + length]


def _swap_pages(data: bytearray, at: int, chance: random.Random) -> None:
    if len(data) >= 2 * PAGE:
        one, other = (chance.randrange(len(data) // PAGE) * PAGE for _ in range(2))
        kept = data[one : one + PAGE]
        data[one : one + PAGE] = data[other : other + PAGE]
        data[other : other + PAGE] = kept


def _swap_numbers(data: bytearray, at: int, chance: random.Random) -> None:
    """Exchanges two runs of eight bytes, as two numbers of a plan might be."""
    if len(data) > 16:
        other = chance.randrange(len(data) - 8)
        at = min(at, len(data) - 8)
        data[at : at + 8], data[other : other + 8] = data[other : other + 8], data[at : at + 8]


def _cut(data: bytearray, at: int, chance: random.Random) -> None:
    if chance.random() < 0.5:
        del data[at:]
    else:
        del data[at : at + chance.choice((1, 16, PAGE))]


def _insert(data: bytearray, at: int, chance: random.Random) -> None:
    data[at:at] = chance.randbytes(chance.choice((1, 16))) if chance.random() < 0.7 else bytes(PAGE)


def _digit(data: bytearray, at: int, chance: random.Random) -> None:
    """Another digit where there is one: a number in a text."""
    at = next((k for k in range(at, min(at + 500, len(data))) if 48 <= data[k] <= 57), at)
    data[at] = chance.randrange(48, 58)


_CHANGES: tuple[Callable[[bytearray, int, random.Random], None], ...] = (
    _flip, _flip, _set, _set, _add, _noise, _zeros, _copy, _swap_pages, _swap_numbers, _cut, _insert, _digit,
)  # fmt: skip


def samples(folder: Path) -> list[bytes]:
    """Files that are mutated: of every kind of field, small, with a history, and of an older format."""
    path = folder / "with-history.gigaplan"
    stored = save_plan(named(1), path, expected=None, uuid=None, revision=1)
    for number in range(2, 5):
        plan = with_settings(PLAN, name=str(number), notes="x" * 3000 * number)
        stored = save_plan(plan, path, expected=stored.stamp, uuid=stored.uuid, revision=number)
    with_history = path.read_bytes()
    check(len(read_plan(with_history, _NOWHERE).history) == 3, "the sample has no history")
    uuid = "01234567-89ab-4def-8123-456789abcdef"
    of_older_format = older(folder).read_bytes()
    return [database_of(PLAN, uuid, 7), database_of(plan_of(), uuid, 1), with_history, of_older_format]


def _read_mutants(there: Connection, waits: Connection, folder: Path, seed: int, count: int) -> None:
    chance = random.Random(seed)
    data = samples(folder)
    good = [read_plan(each, _NOWHERE) for each in data]
    worst, loaded = 0.0, 0
    for k in range(count):
        which = k % len(data)
        changed = mutated(data[which], chance)
        began = time.perf_counter()
        try:
            found = read_plan(changed, _NOWHERE)
        except PlanError as error:
            wrong = "" if error.problems else "refused without a reason"
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}"
        else:
            loaded += 1
            wrong = _difference(found, good[which])
        worst = max(worst, time.perf_counter() - began)
        if wrong:
            tell(there, f"wrong seed {seed}, mutant {k}: {wrong}")
    tell(there, f"done {worst} {loaded}")


def _difference(found: StoredPlan, good: StoredPlan) -> str:
    """What a mutant that loads has other than what was saved; empty where nothing."""
    for field in ("plan", "uuid", "revision", "version", "saved_by", "saved_at"):
        if getattr(found, field) != getattr(good, field):
            return f"loads with another {field}"
    for version in found.history:
        if version not in good.history:
            return f"the earlier save {version.revision} is another"
    if len(found.history) < len(good.history) and not found.warnings:
        return "an earlier save is missing and nothing is said"
    return ""


def plan_files(tally: Tally, count: int) -> None:
    """Mutated plan files."""
    _in_batches(tally, count, _read_mutants)


def _read_recovery_mutants(there: Connection, waits: Connection, folder: Path, seed: int, count: int) -> None:
    chance = random.Random(seed)
    states = [named(k) for k in range(4)] + [plan_of()]
    file = RecoveryFile(folder / "r")
    for state in states:
        file.write(state, Origin(name="plan", path="/somewhere/plan.gigaplan", revision=7), True)
    file.close(remove=False)
    (path,) = (folder / "r").iterdir()
    data = path.read_bytes()
    worst, loaded = 0.0, 0
    for k in range(count):
        path.write_bytes(mutated(data, chance))
        began = time.perf_counter()
        wrong = ""
        try:
            found = left_behind(folder / "r")
            for left in found:
                plan = left.plan() if left.can_recover else None
                loaded += plan is not None
                if plan is not None and plan not in states:
                    wrong = "offers a plan that never was"
                left.release()
        except PlanError as error:
            wrong = "" if error.problems else "refused without a reason"
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}"
        worst = max(worst, time.perf_counter() - began)
        if wrong:
            tell(there, f"wrong seed {seed}, mutant {k}: {wrong}")
    tell(there, f"done {worst} {loaded}")


def recovery_files(tally: Tally, count: int) -> None:
    """Mutated recovery files: what is offered is a state that there was."""
    _in_batches(tally, count, _read_recovery_mutants)


def _repair_mutants(there: Connection, waits: Connection, folder: Path, seed: int, count: int) -> None:
    from gigaplan.engine.storage.salvage.repair_file import salvage

    chance = random.Random(seed)
    data = samples(folder)
    good = [read_plan(each, _NOWHERE) for each in data]
    worst, saved = 0.0, 0
    for k in range(count):
        which = k % len(data)
        changed = mutated(data[which], chance)
        began = time.perf_counter()
        try:
            found = salvage(changed)
        except PlanError as error:
            wrong = "" if error.problems else "refused without a reason"
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}"
        else:
            saved += 1
            wrong = "" if found.plan == good[which].plan or found.found else "saves another plan and says nothing"
        worst = max(worst, time.perf_counter() - began)
        if wrong:
            tell(there, f"wrong seed {seed}, mutant {k}: {wrong}")
    tell(there, f"done {worst} {saved}")


def repaired(tally: Tally, count: int) -> None:
    """Mutated plan files, repaired: what comes out is what was saved, or the differences are said."""
    _in_batches(tally, count, _repair_mutants, "rows were saved from {}")


def _in_batches(
    tally: Tally, count: int, work: Callable[..., None], note: str = "{} loaded, each equal to what was saved"
) -> None:
    """Reads mutants in children, so that one that crashes is seen, and its batch named."""
    loaded = 0
    for batch in range(0, count, BATCH):
        size = min(BATCH, count - batch)
        folder = tally.new_folder()
        wrong: list[str] = []
        try:
            with child(work, folder, SEED + batch, size) as reader:
                while (line := reader.line(max(60.0, LONGEST * 3))).startswith("wrong"):
                    wrong.append(line.removeprefix("wrong "))
            _, worst, fine = line.split()
            loaded += int(fine)
            tally.took(float(worst), LONGEST)
        except AssertionError as error:  # the whole batch is void: which of it did it is found by its seed
            wrong.append(f"seed {SEED + batch}: {error}")
        tally.tried += size
        tally.survived += size - len(wrong)
        tally.failures += wrong
        shutil.rmtree(folder, ignore_errors=True)
    tally.note(note.format(loaded))
