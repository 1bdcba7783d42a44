"""Code beside a plan: a folder that holds a package of every name that Gigaplan imports, and a canary in each."""

from __future__ import annotations

import functools
import os
import pkgutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gigaplan.engine.analysis.uncertainty import with_uncertain
from gigaplan.engine.exchange.json import read_json
from gigaplan.engine.exchange.plan_to_sheets import to_workbook
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.solve.subprocess_job import Answer, Job
from gigaplan.engine.storage.save import save_plan
from tests.faults.children import ROOT
from tests.faults.fault import Tally, check

SECONDS = 180
OPTIONAL = {
    *("sitecustomize", "usercustomize", "lxml", "defusedxml", "et_xmlfile", "PIL", "pandas", "scipy", "matplotlib"),
    *("numba", "cupy", "h5py", "OpenGL", "dask", "babel", "uncertainties", "xarray", "colorcet", "psutil", "PyQt6"),
}
"""What Python and the packages look for and do without."""
NAME = "plan.gigaplan"


@functools.cache
def _sample() -> Plan:
    """A plan with integers to prove and an input that is uncertain."""
    plan = read_json(ROOT / "tests" / "cases" / "1" / "synthetic-2.json")
    return with_uncertain(plan, [("plan", None, "discount_rate")])


def heard(answer: Answer, work: Callable[..., None], *given: Any) -> None:
    """Does a work and says, in the place of its words, the name of each module that was asked for."""
    names: set[str] = set()
    sys.addaudithook(lambda event, told: names.add(str(told[0])) if event == "import" else None)

    class Nobody(Answer):
        def send_bytes(self, word: bytes) -> None:
            pass

    with open(os.devnull, "wb") as nowhere:
        work(Nobody(nowhere), *given)
    answer.send(sorted(names | set(sys.modules)))


def _asked_for(book: Path) -> set[str]:
    """The names of all modules that the processes of Gigaplan ask for."""
    from gigaplan.engine.analysis.uncertainty import _solve, ends
    from gigaplan.engine.exchange import sandboxed_reader
    from gigaplan.engine.solve.integer_decisions import _prove

    works = (
        (_prove, _sample()),
        (_solve, _sample(), [dict(case) for case in ends(_sample())], ""),
        (sandboxed_reader._serve, str(book), ("plan", "sites"), ""),
    )
    names: set[str] = set()
    for work, *given in works:
        job = Job(heard, work, *given)
        said = job.hear(SECONDS)
        job.cancel()
        names.update(said)
    return names


def _names(book: Path) -> set[str]:
    """All that is planted: Python's library, every package there is, what they look for, what processes ask for."""
    found = {module.name for module in pkgutil.iter_modules()} | set(sys.stdlib_module_names) | OPTIONAL
    found |= {"gigaplan"} | _asked_for(book)
    return {name for each in found if (name := each.partition(".")[0]).isidentifier() and name != "__main__"}


def _plant(folder: Path, ran: Path, names: set[str]) -> None:
    for name in names:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"open({str(ran / name)!r}, 'a').close()\n")


def _good(folder: Path) -> Path:
    """The files that are worked on."""
    folder.mkdir()
    save_plan(_sample(), folder / NAME, expected=None, uuid=None, revision=1)
    (folder / "book.xlsx").write_bytes(to_workbook(_sample()))
    return folder


def _run(tally: Tally, folder: Path, command: Sequence[object], **more: str) -> subprocess.CompletedProcess[str]:
    home = str(tally.folder / "home")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    env = kept | {"QT_QPA_PLATFORM": "offscreen", "HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home} | more
    return subprocess.run(
        list(map(str, command)), cwd=folder, env=env, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def _script() -> Path:
    return Path(sys.executable).parent / "gigaplan"


def _driver(tally: Tally, code: str) -> Path:
    """A script of another folder, as the command `gigaplan` is one; its own folder comes first for Python."""
    path = tally.folder / "driver" / "driver.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"import sys\nimport gigaplan.gui.__main__\nsys.path.append({str(ROOT)!r})\n{code}\n")
    return path


def window(folder: Path, data: Path) -> None:
    """What a person does in the window: opens a plan with integers, reads rows from a workbook, and draws."""
    from gigaplan.gui.jobs.risk_job import Outcomes
    from gigaplan.gui.present.cell_text import Context
    from gigaplan.gui.views.tables.file_io import Source, read_file
    from gigaplan.gui.views.tables.paste import Paste
    from gigaplan.gui.views.tables.sheets import TableSheet
    from tests.faults.windows import a_window, wait

    window, application, asked, _ = a_window(data)
    check(window.files.open_path(folder / NAME), asked)
    wait(application, lambda: window.planner.result is not None and window.planner.result.integers == "proven", 90)
    sheet = TableSheet(Context(window.document.plan), "sites")
    rows = read_file(Source(folder / "book.xlsx"), sheet, lambda _: None)
    check(isinstance(rows, Paste), rows)
    outcomes = Outcomes(window.document, window.planner)
    outcomes.draw(5)
    wait(application, lambda: not outcomes.is_drawing, 90)
    check(len(outcomes.drawn) == 5, outcomes.failure)
    outcomes.stop()
    window.planner.stop()
    print("survived", flush=True)
    os._exit(0)


def _ways(tally: Tally, folder: Path, early: set[str]) -> Iterator[tuple[str, list[object], dict[str, str], set[str]]]:
    """What is done, the command, its environment, and the names that are not planted: what Python itself imports
    before it runs any code of Gigaplan's."""
    take = ["import", "book.xlsx", "-o", "new.gigaplan", "--force"]
    data = str(tally.folder / "data")
    drive = f"from pathlib import Path\nfrom tests.faults.planted import window\nwindow(Path('.'), Path({data!r}))"
    frozen = f"sys.frozen = True\nsys.executable = {str(_script())!r}\nsys.exit(gigaplan.gui.__main__.main({take}))"
    nothing: set[str] = set()
    yield "a workbook", [_script(), *take], {}, nothing
    yield "the window", [sys.executable, _driver(tally, drive)], {}, nothing
    yield "python -m", [sys.executable, "-m", "gigaplan.gui", *take], {}, early
    yield "a frozen build", [sys.executable, _driver(tally, frozen)], {}, nothing
    empty = {"PYTHONPATH": os.pathsep}
    yield "an empty entry in PYTHONPATH", [sys.executable, "-m", "gigaplan.gui", *take], empty, early
    yield "python -P -m", [sys.executable, "-P", "-m", "gigaplan.gui", *take], {}, nothing
    for words in (
        "export plan.gigaplan -o out.xlsx", "export plan.gigaplan -o out.zip", "import out.zip -o two.gigaplan",
        "export plan.gigaplan -o out.json", "import out.json -o three.gigaplan", "solve plan.gigaplan",
        "risk plan.gigaplan --draws 5", "explain plan.gigaplan", "check plan.gigaplan", "history plan.gigaplan",
        "compare plan.gigaplan plan.gigaplan", "repair plan.gigaplan -o four.gigaplan",
        "new --template startup -o five.gigaplan", "hedge plan.gigaplan --decide 2026-07 --draws 2 --jobs 2",
        "held plan.gigaplan --decide 2026-07 --of base --draws 2 --jobs 2", "loss plan.gigaplan --jobs 2",
        "frontier plan.gigaplan --points 3 --jobs 2", "alternatives plan.gigaplan --jobs 2",
        "flip plan.gigaplan offers.o2.price_usd 1 2", "sweep plan.gigaplan --draws 2 --jobs 2 -o out.csv",
    ):  # fmt: skip
        yield words, [_script(), *words.split()], {}, nothing


def _early(tally: Tally) -> set[str]:
    """The names that `python -m`, with an empty entry in PYTHONPATH, imports or looks for before any code of ours."""
    folder = tally.folder / "probe"
    folder.mkdir()
    (folder / "probe.py").write_text("import sys\nprint(*{n.partition('.')[0] for n in sys.modules})\n")
    done = _run(tally, folder, [sys.executable, "-m", "probe"], PYTHONPATH=os.pathsep)
    check(done.returncode == 0, done.stderr)
    looked_for = {"sitecustomize", "usercustomize", "nt", "_winapi"}  # the last two by Python's own ntpath
    return {*done.stdout.split(), *looked_for, "gigaplan"}


def beside_a_plan(tally: Tally, count: int) -> None:
    """No code in the current folder runs, however Gigaplan is started there and whatever it begins."""
    folder, ran = _good(tally.folder / "beside"), tally.folder / "ran"
    ran.mkdir()
    names, early = _names(folder / "book.xlsx"), _early(tally)
    _plant(folder, ran, names)
    done = _run(tally, folder, [sys.executable, "-c", "import colorsys"])
    check(done.returncode == 0 and (ran / "colorsys").exists(), "the canaries are dead")
    (ran / "colorsys").unlink()
    for label, command, env, spared in list(_ways(tally, folder, early))[:count]:
        with tally.trial(label):
            for name in spared & names:
                (folder / name).rename(tally.folder / f"spared-{name}")
            began = time.perf_counter()
            try:
                done = _run(tally, folder, command, **env)
            finally:
                for name in spared & names:
                    (tally.folder / f"spared-{name}").rename(folder / name)
            tally.took(time.perf_counter() - began)
            sang = sorted(path.name for path in ran.iterdir())
            for name in sang:
                (ran / name).unlink()
            check(not sang, f"{', '.join(sang[:5])} ran")
            check(done.returncode == 0, f"exit status {done.returncode}: {done.stderr[-1500:]}")
    tally.note(f"{len(names)} names are planted")
    if early & names and count > 2:
        tally.note(f"python -m itself imports {len(early & names)} of them before it runs any code of Gigaplan's")
