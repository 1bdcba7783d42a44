"""Death of a window in which somebody is typing: SIGKILL at random moments, and the signals that end a program."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import structs

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Scenario
from gigaplan.engine.storage.crash_log_read import left_behind
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import save_plan
from tests.faults.children import PATIENCE, ROOT
from tests.faults.fault import Tally, check
from tests.gui.small_plans import PLAN

SECOND = 1.0
"""What was typed longer ago is kept."""
PAUSE_MS = 25
"""Between two letters of a quick person."""
WORDS = "The second substation is wanted for 2028; its letter is in the data room"
SCENARIO = Scenario(id="high", name="High")
SETTLED = structs.replace(PLAN, scenarios=(SCENARIO,))


class Place(NamedTuple):
    """Where something is typed: how the field is reached in a window, what is typed, where it is kept in the plan."""

    field: Callable[[Any], Any]
    kept: Callable[[Plan], object]
    text: str = WORDS


def _notes(window: Any) -> Any:
    window.document.select("plan")
    return window.inspector.rows["notes"].editor.box


def _title(window: Any) -> Any:
    window.document.select("sites", ["iowa"])
    return window.inspector.title


def _entry(window: Any) -> Any:
    window.document.select("workloads", [SETTLED.workloads[0].id])
    return window.inspector.rows["jurisdictions"].editor.line


def _page(window: Any, name: str) -> Any:
    from PySide6.QtWidgets import QApplication

    page = window.show_view(name)
    QApplication.processEvents()  # a page that comes to be seen begins afresh
    return page


def _open_line(view: Any) -> Any:
    from PySide6.QtWidgets import QLineEdit

    (line,) = [line for line in view.findChildren(QLineEdit) if not line.isHidden()]
    return line


def _cell(window: Any) -> Any:
    page = _page(window, "tables")
    page.show_table("sites")
    labels = [column.label for column in page.grid.sheet_model.sheet.columns]
    page.grid.setCurrentIndex(page.grid.model().index(0, labels.index("Name")))
    page.grid.edit(page.grid.currentIndex())
    return _open_line(page.grid)


def _outline(window: Any) -> Any:
    window.lists.setCurrentWidget(window.outline)
    group = window.outline.model.group_index("sites")
    window.outline.tree.edit(group.model().index(0, 0, group))
    return _open_line(window.outline.tree)


def _scenarios(window: Any) -> Any:
    panel = window.scenarios
    panel.list.edit(panel.model.index(1))
    return _open_line(panel.list)


def _editor(window: Any) -> Any:
    window.document.select("scenarios", ["high"])
    editor = _page(window, "compare").editor
    editor.refresh()
    return editor


def _map(window: Any) -> Any:
    camera = _page(window, "map").view
    camera.commands.rename(("sites", "iowa"))
    return _open_line(camera)


def _site(plan: Plan) -> object:
    return plan.sites[0].name


def _moved(plan: Plan) -> object:
    moves = plan.scenarios[0].overrides
    return f"{moves[0].value:.0f}" if moves else ""


PLACES = {
    "notes": Place(_notes, lambda plan: plan.settings.notes),
    "name in the inspector": Place(_title, _site),
    "entry of a list": Place(_entry, lambda plan: next(reversed(plan.workloads[0].jurisdictions), "")),
    "cell of a table": Place(_cell, _site),
    "name in the outline": Place(_outline, _site),
    "name in the list of scenarios": Place(_scenarios, lambda plan: plan.scenarios[0].name),
    "notes of a scenario": Place(lambda window: _editor(window).notes, lambda plan: plan.scenarios[0].notes),
    "name of a scenario": Place(lambda window: _editor(window).name, lambda plan: plan.scenarios[0].name),
    "value of an override": Place(lambda window: _editor(window).form.value, _moved, "123456789"),
    "name on the map": Place(_map, _site),
}
ENDS = {
    signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: 128 + signal.SIGTERM, signal.SIGHUP: 128 + signal.SIGHUP,
}  # fmt: skip
"""How a window is ended, and the exit status of that."""


def in_typing(tally: Tally, count: int) -> None:
    """All that was typed a second ago is offered; with a signal to end, all that was typed. The file is as it was."""
    places = list(PLACES)
    for k in range(count):
        folder = tally.new_folder()
        # Of three, two are killed; every place meets every end.
        end = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGKILL, signal.SIGHUP)[k % 6]
        where = places[(k + k // 18) % len(places)]
        with tally.trial(f"{end.name} {k}, {where}"):
            _end_typing(tally, folder, where, end)
        shutil.rmtree(folder, ignore_errors=True)


def _end_typing(tally: Tally, folder: Path, where: str, end: signal.Signals) -> None:
    file = folder / "plan.gigaplan"
    save_plan(SETTLED, file, expected=None, uuid=None, revision=1)
    data = folder / "data"
    data.mkdir(mode=0o700)
    places = {name: str(data) for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR")}
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)} | places
    command = [sys.executable, "-m", "tests.faults.half_typed", str(file), where]
    errors = folder / "errors"
    with (
        errors.open("w") as told,
        subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=told, text=True) as child,
    ):
        assert child.stdout is not None
        try:
            began = select.select([child.stdout], [], [], PATIENCE)[0]
            first = child.stdout.readline() if began else ""
            check(first, f"it did not come to typing: {errors.read_text()[-800:]}")
            time.sleep(tally.chance.uniform(0, 2.2))
            ended = time.monotonic()
            child.send_signal(end)
            status = child.wait(PATIENCE)
            said = [first, *child.stdout.read().splitlines()]
        finally:
            child.kill()
    check(status == ENDS[end], f"it ended with {status}")
    _check_kept(said, data, where, ended - SECOND if end == signal.SIGKILL else ended)
    check(open_plan(file).plan == SETTLED, "the file is not as it was")


def _check_kept(said: list[str], data: Path, where: str, due_at: float) -> None:
    """What was typed before a moment is in the only recovery there is."""
    place = PLACES[where]
    typed = [(int(count), float(at), status) for count, at, status in (line.split(" ", 2) for line in said)]
    check(all(status.strip() == "editing …" for _, _, status in typed), f"the status says {typed[-1][2]}")
    due = max((count for count, at, _ in typed if at < due_at), default=0)
    (recovery,) = data.rglob("recovery")
    found = left_behind(recovery)
    try:
        check(len(found) == 1 or (not due and not found), f"{len(found)} recoveries")
        for left in found:
            kept = str(place.kept(left.plan())).strip()
            texts = [place.text[:count] for count in range(due, typed[-1][0] + 2)]
            # A word's end is not told from a blank after it.
            check(kept in [text.strip() for text in texts] or not due, f"due is {texts[:1]}, kept is {kept!r}")
    finally:
        for left in found:
            left.discard()


# In the window


def main(file: str, where: str) -> None:
    """A window in which a text is typed, letter by letter; each is told, with its time and what the status says."""
    from PySide6.QtCore import QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from gigaplan.gui.app import app

    place, typed = PLACES[where], 0
    window: Any = None
    field: Any = None

    def go_on() -> None:
        nonlocal typed, window, field
        window = window or next((w for w in QApplication.topLevelWidgets() if hasattr(w, "document")), None)
        if window is None or window.document.path is None or not window.isVisible():
            return  # the file is read beside the window's thread
        if field is None:
            window.show_workspace()
            QApplication.processEvents()
            field = place.field(window)
            field.setFocus()
            if hasattr(field, "selectAll"):
                field.selectAll()
        elif typed < len(place.text):
            QTest.keyClicks(field, place.text[typed])
            typed += 1
            print(typed, time.monotonic(), window.status._saved.text(), flush=True)

    def go_on_or_end() -> None:
        try:
            go_on()
        except Exception:
            traceback.print_exc()
            os._exit(1)

    make, timer = app.make_application, QTimer(interval=PAUSE_MS)
    timer.timeout.connect(go_on_or_end)

    def make_application() -> QApplication:
        application = make()
        timer.start()
        return application

    app.make_application = make_application
    sys.exit(app.run(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
