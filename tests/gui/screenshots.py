"""Writes pictures of every view, light and dark, at 1x and 2x, to be looked at: `make screenshots`.

With `--readme` it draws the pictures of the README anew instead; with `--screens` the window on screens of many sizes,
at many factors and in every appearance; `--only 1000x640` or `--only contrast-dark-1.5` draws those alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

FOLDER = Path("build/screenshots")
PICTURES = Path("resources/pictures")
APPEARANCES = ("light", "dark")
SCALES = (1, 2)
SCREENS = ((1000, 640), (1280, 800), (1600, 1000), (2560, 1440))
"""In pixels of the screen: a window has fewer points at a larger factor."""
FACTORS = ("1", "1.25", "1.5", "2")
LOOKS = ("light", "dark", "contrast-light", "contrast-dark")
MOST_BYTES = 400_000
COLOURS = 256


def main() -> int:
    """Starts one process per scale: Qt reads its scale once, at the start."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--readme", action="store_true", help="draw resources/pictures anew")
    reader.add_argument("--only", default="", help="only pictures whose name contains this")
    reader.add_argument("--scale", type=int, choices=SCALES, help="one scale, in this process")
    reader.add_argument("--screens", action="store_true", help="the window on every screen, factor and appearance")
    reader.add_argument("--factor", choices=FACTORS, help="the screens at one factor, in this process")
    asked = reader.parse_args()
    if asked.factor:
        return draw_screens(asked.factor, asked.only)
    if asked.screens:
        for factor in FACTORS:
            environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": factor}
            command = [sys.executable, __file__, "--factor", factor, "--only", asked.only]
            subprocess.run(command, env=environment, check=True)
        return 0
    if asked.readme or asked.scale:
        return draw(asked.scale or 1, asked.only, asked.readme)
    status = 0
    for scale in SCALES:
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(scale)}
        command = [sys.executable, __file__, "--scale", str(scale), "--only", asked.only]
        status |= subprocess.run(command, env=environment, check=False).returncode
    print(f"Pictures are in {FOLDER}")
    return status


def draw(scale: int, only: str, readme: bool) -> int:
    """Writes the pictures of one scale."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import tempfile

    from PySide6.QtCore import QSettings

    from gigaplan.gui.app import app
    from gigaplan.gui.style import theme

    with tempfile.TemporaryDirectory() as settings:
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, settings)
        application = app.make_application()
        for appearance in APPEARANCES:
            theme.apply(application, appearance)
            if readme:
                picture_for_readme(appearance)
                continue
            for name, (size, show) in VIEWS.items():
                if only in name:
                    target = FOLDER / f"{name}-{appearance}-{scale}x.png"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    photograph(size, show).save(str(target))
    return 0


def draw_screens(factor: str, only: str) -> int:
    """Writes the window with a plan on every screen and in every appearance, at one factor; tells what has no room."""
    import tempfile

    from PySide6.QtCore import QSettings

    from gigaplan.gui.app import app
    from gigaplan.gui.style import theme

    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as settings:
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, settings)
        application = app.make_application()
        for look in LOOKS:
            theme.apply(application, look)
            for width, height in SCREENS:
                name = f"screen-{width}x{height}-{look}-{factor}x"
                if only not in name:
                    continue
                points = (round(width / float(factor)), round(height / float(factor)))
                picture = photograph(points, charts("Money", "startup"))
                picture.save(str(FOLDER / f"{name}.png"))
                if picture.width() > width + 1 or picture.height() > height + 1:
                    print(f"{name}: the window takes {picture.width()}x{picture.height()}")
    return 0


def photograph(size: tuple[int, int], show: Callable[..., object]):  # type: ignore[no-untyped-def]
    """The window in a size, after `show(window)` put it in its state: a picture."""
    from PySide6.QtCore import QCoreApplication, QEvent, QSize

    from gigaplan.gui.window.main_window import MainWindow

    window = MainWindow()
    window.fit_screen(QSize(*size))
    window.resize(*size)
    window.show()
    try:
        part = show(window)
        return (part or window).grab()
    finally:
        window.document.undo_stack.setClean()
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def picture_for_readme(appearance: str) -> None:
    """The picture of the README, of few enough bytes to travel with the program."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage

    def show(window):  # type: ignore[no-untyped-def]
        frontier(window)
        chosen(window, "workloads", "chat_eu")

    image = photograph((1600, 1000), show).toImage().convertToFormat(QImage.Format.Format_RGB888)
    target = PICTURES / f"window-{appearance}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    image.save(str(target), "PNG", 0)
    if target.stat().st_size > MOST_BYTES:
        plainly = Qt.ImageConversionFlag.ThresholdDither | Qt.ImageConversionFlag.AvoidDither
        image.convertToFormat(QImage.Format.Format_Indexed8, _colours(image), plainly).save(str(target), "PNG", 0)
    print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


def _colours(image) -> list[int]:  # type: ignore[no-untyped-def]
    """The colours that an image can do with: its most frequent ones, alike ones taken together."""
    import numpy as np

    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    rgb = pixels[:, : image.width() * 3].reshape(-1, 3).astype(np.uint32)
    whole = rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]
    found, counts = np.unique(whole, return_counts=True)
    chosen: list[int] = []
    cells: set[int] = set()
    for colour in found[np.argsort(-counts)].tolist():
        cell = colour & 0xF0F0F0
        if len(chosen) < COLOURS // 4 or cell not in cells:
            chosen.append(0xFF000000 | colour)
            cells.add(cell)
        if len(chosen) == COLOURS:
            break
    return chosen


# States of the window


def settle(window) -> None:  # type: ignore[no-untyped-def]
    """Lets every figure come, also where the plan has none."""
    window.wait_until_settled(60)


def frontier(window) -> None:  # type: ignore[no-untyped-def]
    """The plan of one gigawatt, in the middle of its time."""
    window.files.new_from_template("frontier-1gw")
    settle(window)
    window.document.show_period(10)
    settle(window)


def chosen(window, table: str, *ids: str) -> None:  # type: ignore[no-untyped-def]
    """Rows are selected."""
    window.document.select(table, ids)
    settle(window)


def selecting(table: str, *ids: str) -> Callable[..., object]:
    """A state: the plan of one gigawatt with rows selected."""

    def show(window):  # type: ignore[no-untyped-def]
        frontier(window)
        chosen(window, table, *ids)

    return show


def several(window) -> None:  # type: ignore[no-untyped-def]
    """Rows of several tables are selected."""
    frontier(window)
    window.document.select_rows([("workloads", "chat_eu"), ("offers", "b200_3y"), ("sites", "hamina")])
    settle(window)


def empty(window) -> None:  # type: ignore[no-untyped-def]
    """A plan without rows."""
    window.files.new()
    settle(window)


def infeasible(window) -> None:  # type: ignore[no-untyped-def]
    """A rule that cannot be kept, with its remedies."""
    import time

    from gigaplan.engine.plan.plan import with_row
    from gigaplan.engine.plan.schema import Policy

    frontier(window)
    rule = Policy(id="eu", name="EU chat in full", kind="coverage", scope="chat_eu", limit=1.0)
    window.document.apply(with_row(window.document.plan, "policies", rule), "Add a policy")
    until = time.monotonic() + 6
    while time.monotonic() < until:
        window.wait_until_settled(0.1)


def explaining(kpi: str) -> Callable[..., object]:
    """A state: a key figure with where it comes from."""

    def show(window):  # type: ignore[no-untyped-def]
        frontier(window)
        window.kpis.explain_requested.emit(kpi)
        settle(window)

    return show


def charts(tab: str, template: str = "frontier-1gw") -> Callable[..., object]:
    """A state: the charts of a tab."""

    def show(window):  # type: ignore[no-untyped-def]
        window.files.new_from_template(template)
        settle(window)
        tabs = window.charts.tabs
        tabs.setCurrentIndex(next(k for k in range(tabs.count()) if tabs.tabText(k) == tab))
        settle(window)

    return show


def outline(window) -> None:  # type: ignore[no-untyped-def]
    """The tree beside the map."""
    frontier(window)
    window.lists.setCurrentWidget(window.outline)
    chosen(window, "sites", "dublin")


def page(name: str, start: bool = True) -> Callable[..., object]:
    """A state: another page in the place of the map."""

    def show(window):  # type: ignore[no-untyped-def]
        if start:
            frontier(window)
        window.views.show_page(name)
        settle(window)

    return show


def risk(window) -> None:  # type: ignore[no-untyped-def]
    """What uncertain inputs do, alone and together."""
    from PySide6.QtCore import QCoreApplication

    frontier(window)
    found = window.views.show_page("risk").outcomes
    while not found.are_swings_fresh or found.is_trying:
        QCoreApplication.processEvents()
    found.draw(200)
    while found.is_drawing:
        QCoreApplication.processEvents()
    chosen(window, "uncertainties", "ironwood_price")


def history(window) -> None:  # type: ignore[no-untyped-def]
    """The earlier saves of a plan, and what one of them differs in."""
    import tempfile

    from gigaplan.engine.plan.plan import with_fields

    window.files.new_from_template("startup")
    with tempfile.TemporaryDirectory() as folder:
        window.document.save(Path(folder) / "startup.gigaplan")
        for site in window.document.plan.sites:
            window.document.apply(with_fields(window.document.plan, "sites", site.id, pue=1.5), "Change PUE")
            window.document.save()
        page("history", start=False)(window)


def palette(window) -> None:  # type: ignore[no-untyped-def]
    """Finding a command."""
    frontier(window)
    window.palette_list.open()
    window.palette_list.search.setText("chat")
    settle(window)


def reference(window):  # type: ignore[no-untyped-def]
    """The pages on how figures are computed."""
    from gigaplan.gui.views.help import reference

    made = reference.Reference(window, "workloads", "peak_factor")
    made.show()
    settle(window)
    return made


def crowded_plan():  # type: ignore[no-untyped-def]
    """A plan of 36 cards a column, with long names."""
    import msgspec

    from gigaplan.engine.storage.templates import load_template

    plan = load_template("frontier-1gw")
    for table, count in (("workloads", 36), ("offers", 38), ("sites", 34)):
        rows = getattr(plan, table)
        made = [
            msgspec.structs.replace(
                rows[k % len(rows)],
                **({"installed": ()} if table == "offers" else {}),
                id=f"{table}_{k}" if k >= len(rows) else rows[k].id,
                name=f"{rows[k % len(rows)].name}, a long name with number {k}" if k >= len(rows) else rows[k].name,
            )
            for k in range(count)
        ]
        plan = msgspec.structs.replace(plan, **{table: tuple(made)})
    return msgspec.structs.replace(plan, policies=())


def crowded(window) -> None:  # type: ignore[no-untyped-def]
    """Many cards, long names."""
    window.document.start(crowded_plan())
    window.pages.setCurrentIndex(1)
    settle(window)
    chosen(window, "sites", "sites_20")


def periods(count: int) -> Callable[..., object]:
    """A state: the plan of a start-up with a number of periods."""

    def show(window):  # type: ignore[no-untyped-def]
        from gigaplan.engine.plan.new_grid import on_grid
        from gigaplan.engine.plan.plan import with_settings
        from gigaplan.engine.storage.templates import load_template

        plan = load_template("startup")
        other = with_settings(plan, periods=count, months_per_period=3 if count < 40 else 1)
        window.document.start(on_grid(plan, other.settings)[0])
        window.pages.setCurrentIndex(1)
        settle(window)

    return show


def _views() -> Iterator[tuple[str, tuple[tuple[int, int], Callable[..., object]]]]:
    large, small = (1600, 1000), (1280, 800)
    yield "welcome", (large, lambda window: settle(window))
    yield "welcome-small", (small, lambda window: settle(window))
    yield "empty", (large, empty)
    yield "plan", (large, selecting("plan"))
    yield "workload", (large, selecting("workloads", "chat_eu"))
    yield "workloads-mixed", (large, selecting("workloads", "chat_eu", "chat_us", "research"))
    yield "workload-small", (small, selecting("workloads", "chat_eu"))
    yield "several-kinds", (large, several)
    yield "offer", (large, selecting("offers", "b200_3y"))
    yield "offer-unused", (large, selecting("offers", "ironwood_3y"))
    yield "site", (large, selecting("sites", "hamina"))
    yield "site-small", (small, selecting("sites", "hamina"))
    yield "infeasible", (large, infeasible)
    yield "explained", (large, explaining("tco_usd"))
    for tab in ("Carbon and energy", "Unit cost", "Platforms", "Money", "Merit and load", "Sites"):
        yield f"charts-{tab.lower().replace(' ', '-')}", (large, charts(tab))
    yield "charts-commitments", (large, charts("Commitments", "commitment-200b"))
    yield "charts-load", (large, charts("Merit and load", "startup"))
    for name in ("tables", "compare"):
        yield name, (large, page(name))
    yield "risk", (large, risk)
    yield "history", (large, history)
    yield "outline", (large, outline)
    yield "palette", (large, palette)
    yield "reference", (large, reference)
    yield "crowded", (large, crowded)
    yield "one-period", (large, periods(1))
    yield "many-periods", (large, periods(120))


VIEWS = dict(_views())

if __name__ == "__main__":
    sys.exit(main())
