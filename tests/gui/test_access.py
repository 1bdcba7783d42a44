"""What the window asks of eyes and hands: names that are read aloud, keys that reach all, contrast, size of text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QFontInfo
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QTabBar, QWidget

from gigaplan.engine.optimization.costs import COST_COLOURS
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import SPARE_COLOURS, VENDOR_COLOURS
from gigaplan.gui.views.canvas import cards

TEXT = 4.5
MARK = 3.0
SMALLEST_PX = 12
STATES = (
    ("plan", ()), ("workloads", ("product",)), ("workloads", ("product", "training")), ("offers", ("b200_3y",)),
    ("offers", ("b200_buy",)), ("sites", ("colo",)), ("platforms", ("nvidia_b200",)),
)  # fmt: skip


@pytest.fixture(scope="module")
def startup(one_window):
    """A window on the plan of a start-up, with every part of it shown; no test here changes the plan."""
    one_window.files.new_from_template("startup")
    one_window.problems.show()
    assert one_window.wait_until_solved(300)
    return one_window


@pytest.fixture
def active(qtbot, startup):
    """That window, with the keys."""
    startup.show_workspace()
    for tabs in startup.findChildren(QTabBar):
        tabs.setCurrentIndex(0)
    startup.activateWindow()
    qtbot.waitUntil(startup.isActiveWindow)
    return startup


def states(window):
    """The window in one state after the other: each kind of row selected, each page of tabs shown."""
    tables = {table for table, _ in STATES}
    for table in ("agreements", "stacks", "fabrics", "policies", "scenarios"):
        rows = getattr(window.document.plan, table, ())
        if rows and table not in tables:
            window.document.select(table, [rows[0].id])
            QApplication.processEvents()
            yield table
    for table, ids in STATES:
        known = [row.id for row in getattr(window.document.plan, table)] if table != "plan" else []
        window.document.select(table, [i for i in ids if i in known] or known[:1])
        QApplication.processEvents()
        yield f"{table} {ids}"
    for tabs in window.findChildren(QTabBar):
        for page in range(tabs.count()):
            if tabs.isVisible():
                tabs.setCurrentIndex(page)
                QApplication.processEvents()
                yield f"tab {tabs.tabText(page)}"


def described(widget):
    """A widget in words, for a failure."""
    above, parent = [], widget.parentWidget()
    while parent is not None and len(above) < 2:
        above.append(type(parent).__name__)
        parent = parent.parentWidget()
    return f"{type(widget).__name__} in {' in '.join(above)}"


def reachable(window):
    """The widgets that the keyboard can come to."""
    return [
        w for w in window.findChildren(QWidget)
        if w.isVisible() and w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.focusProxy() is None
    ]  # fmt: skip


def spoken(widget):
    """What a screen reader calls it: its own name, its text, or that of the label it is the buddy of."""
    found = QAccessible.queryAccessibleInterface(widget)
    return found.text(QAccessible.Text.Name).strip() if found is not None else ""


def small_in(window):
    """What is written smaller than eyes read with ease."""
    for widget in window.findChildren(QWidget):
        shows_text = isinstance(widget, QLabel | QAbstractButton | QLineEdit | QComboBox | QTabBar)
        if shows_text and widget.isVisible() and QFontInfo(widget.font()).pixelSize() < SMALLEST_PX:
            yield f"{described(widget)} {QFontInfo(widget.font()).pixelSize()}"


@pytest.fixture(scope="module")
def walked(startup):
    """What was found in every state of the window: fields without a name, windows that float, and small text."""
    startup.activateWindow()
    QApplication.processEvents()
    nameless, floating, small = set(), set(), set()
    for state in states(startup):
        nameless |= {f"{state}: {described(w)}" for w in reachable(startup) if not spoken(w)}
        alone = (w for w in QApplication.topLevelWidgets() if w.isVisible() and w is not startup)
        floating |= {f"{state}: {described(w)}" for w in alone}
        small |= {f"{state}: {text}" for text in small_in(startup)}
    startup.pages.setCurrentIndex(0)
    QApplication.processEvents()
    nameless |= {f"welcome: {described(w)}" for w in reachable(startup) if not spoken(w)}
    return nameless, floating, small


def test_all_that_has_the_focus_has_a_name(walked):
    assert not walked[0], "\n".join(sorted(walked[0]))


@pytest.mark.parametrize(("table", "row"), [("workloads", "product"), ("offers", "b200_buy"), ("sites", "colo")])
def test_tab_reaches_everything_and_comes_round(qtbot, active, table, row):
    """Tab, pressed often enough, has been everywhere and is where it began."""
    active.document.select(table, [row])
    qtbot.waitUntil(lambda: not active.planner.is_stale)
    active.plan_map.view.setFocus(Qt.FocusReason.TabFocusReason)
    wanted = set(reachable(active))
    begin, seen = QApplication.focusWidget(), []
    while len(seen) < 3 * len(wanted):
        here = QApplication.focusWidget()
        seen.append(here)
        qtbot.keyClick(here, Qt.Key.Key_Tab)
        if QApplication.focusWidget() is begin:
            break
    assert QApplication.focusWidget() is begin, f"Tab stays at {described(QApplication.focusWidget())}"
    # Of buttons of which one is down Tab goes to that one, the arrow keys to the others.
    grouped = {b for w in seen if isinstance(w, QAbstractButton) and w.group() for b in w.group().buttons()}
    missed = [f"{described(w)} {spoken(w)}" for w in wanted - set(seen) - grouped if w.isVisible() and w.isEnabled()]
    assert not missed, "\n".join(sorted(missed))


@pytest.mark.parametrize("name", sorted(theme.APPEARANCES))
def test_text_stands_out_from_its_ground(name):
    t = theme.APPEARANCES[name]
    pairs = [(ink, ground) for ink in ("text", "muted") for ground in ("panel", "window", "accent_soft", "track")]
    pairs += [("accent", "panel"), ("accent", "window"), ("accent", "accent_soft"), ("on_accent", "accent")]
    pairs += [("warning", "panel"), ("warning", "window"), ("warning", "warning_soft")]
    pairs += [("good", "panel"), ("good", "window"), ("good", "good_soft"), ("error", "panel"), ("error", "window")]
    weak = {p: round(c, 2) for p in pairs if (c := theme.contrast(getattr(t, p[0]), getattr(t, p[1]))) < TEXT}
    assert not weak


@pytest.mark.parametrize("name", sorted(theme.APPEARANCES))
def test_colours_that_mean_something_are_seen(name):
    """Bars and ribbons' edges of every vendor and component against the panel; a high contrast for its lines too."""
    t = theme.APPEARANCES[name]
    for colour in (*VENDOR_COLOURS.values(), *SPARE_COLOURS, *COST_COLOURS.values()):
        shade = theme.legible(colour, t.panel)
        assert theme.contrast(shade, t.panel) >= MARK, colour
    if name.startswith("contrast"):
        assert theme.contrast(t.line, t.panel) >= MARK


def test_the_contrast_of_known_pairs():
    """WCAG's own examples: black on white is 21, #777777 on white 4.48."""
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert theme.legible("#E08A00", "#FFFFFF") != "#E08A00"
    assert theme.legible("#2F6BD8", "#FFFFFF") == "#2F6BD8"


def test_no_window_floats(walked):
    """What is shown is shown in the window: no part of it stands alone."""
    assert not walked[1], walked[1]


def test_no_text_is_small(walked, startup):
    assert not walked[2], "\n".join(sorted(walked[2]))
    assert all(font.pixelSize() >= SMALLEST_PX for font in cards._fonts())
    assert startup.plan_map.view.transform().m11() == 1, "20 cards stand at their full size"


def test_each_appearance_can_be_chosen_and_is_kept(active, qapp):
    for name in (*theme.APPEARANCES, "light"):
        active.actions_list[f"appearance.{name}"].trigger()
        QApplication.processEvents()
        assert theme.tokens() is theme.APPEARANCES[name]
        assert theme.preferred() == name


def test_without_motion_ribbons_jump(active):
    action = active.actions_list["view.reduced_motion"]
    action.trigger()
    active.document.show_period(7)
    scene = active.plan_map.view.map_scene
    shown = {wire: item.band for wire, item in scene.ribbons.items() if item.band.width > 0}
    scene.finish_motion()
    assert shown == {wire: item.band for wire, item in scene.ribbons.items() if item.band.width > 0}
    action.trigger()


CLIPPED = """
import json, sys, time
from pathlib import Path
from PySide6.QtCore import QEventLoop, QSettings, QSize
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QSizePolicy
QSettings.setDefaultFormat(QSettings.Format.IniFormat)
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[1])
from gigaplan.gui.app import app
from gigaplan.gui.widgets.texts import ElidedLabel
from gigaplan.gui.window.main_window import MainWindow
application = app.make_application()
window = MainWindow()
window.files.new_from_template("startup")
width, height = map(int, sys.argv[2:])
window.fit_screen(QSize(width, height))
window.resize(width, height)
window.show()
def wait(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.005)
while window.planner.is_stale:
    wait(0.1)
def clipped():
    application.sendPostedEvents()  # words that came just before have their place when the layouts had their turn
    found = set()
    for widget in window.findChildren(QLabel) + window.findChildren(QAbstractButton):
        if not widget.isVisible() or not getattr(widget, "text", str)():
            continue
        if widget.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Ignored:
            continue  # it is shortened on purpose
        if window.width() < 1000 and isinstance(widget, ElidedLabel) and widget.toolTip():
            continue  # in a narrow window it ends in an ellipsis, and its tooltip has all of it
        if isinstance(widget, QLabel) and widget.wordWrap():
            lacks = widget.heightForWidth(widget.width()) - widget.height()
        elif isinstance(widget, QLabel):
            lacks = widget.fontMetrics().horizontalAdvance(widget.text()) - widget.contentsRect().width()
        else:
            lacks = 0 if widget.width() >= widget.fontMetrics().horizontalAdvance(widget.text()) else 1
            lacks = max(lacks, widget.fontMetrics().height() - widget.height())
        if lacks > 0:
            found.add(f"{type(widget).__name__} {widget.text()!r} lacks {lacks} px")
    return found
found = set()
for table, row in (("plan", ""), ("workloads", "product"), ("offers", "b200_buy"), ("sites", "colo")):
    window.document.select(table, [row] if row else [])
    wait(0.3)
    stays = clipped()
    for _ in range(20):  # explanations go on coming in while it is looked: what is cut off stays so
        if stays:
            wait(0.3)
            stays &= clipped()
    found |= stays
ratio = window.devicePixelRatioF()
window.document.undo_stack.setClean()
window.close()
print(json.dumps({"ratio": ratio, "clipped": sorted(found)}))
"""


@pytest.mark.parametrize(("scale", "text", "size"), [("1.5", 100, (1600, 1000)), ("1", 200, (500, 320))])
def test_no_label_is_clipped_at_any_scale_or_size_of_text(tmp_path, scale, text, size):
    """A factor of the system; and a size of text on a screen of 1000 x 640 pixels, where the window scrolls."""
    (tmp_path / "Gigaplan").mkdir()
    (tmp_path / "Gigaplan" / "gigaplan.ini").write_text(f"[General]\ntext_size={text}\n")
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", CLIPPED, str(tmp_path), *map(str, size)],
        env=environment, cwd=root, capture_output=True, text=True, timeout=380, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["ratio"] == float(scale) * text / 100
    assert told["clipped"] == []
