"""An inspector with a small plan, and hands that work it: for tests of its fields."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.schema import (
    Agreement,
    Inference,
    Installed,
    Offer,
    Platform,
    Policy,
    Settings,
    Site,
    Throughput,
    Workload,
)
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.inspector.panel import Inspector

SERVED = Inference(
    total_params_b=70, active_params_b=70, context_tokens=4000, prompt_tokens_per_output=4, kv_bytes_per_token=160_000
)


def plan_to_edit() -> Plan:
    chip = {"vendor": "NVIDIA", "stack": "cuda", "memory_gb": 192.0, "memory_bandwidth_gb_s": 8000.0, "power_w": 1400.0}
    offer = {"provider": "Cloud", "kind": "rental", "sites": "*"}
    return Plan(
        settings=Settings(name="small", start="2027-01", periods=4),
        platforms=(
            Platform(id="b200", name="B200", bf16_tflops=2250.0, fp8_tflops=4500.0, **chip),
            Platform(id="mi355x", name="MI355X", bf16_tflops=2500.0, fp8_tflops=5000.0, **chip),
        ),
        sites=(
            Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=420.0, electricity_usd_per_mwh=54.0),
            Site(id="dublin", name="Dublin", jurisdiction="IE", power_mw=60.0, electricity_usd_per_mwh=148.0, pue=1.1),
            Site(id="tokyo", name="Tokyo", jurisdiction="JP", power_mw=(10.0, 20.0, 30.0, 40.0),
                 electricity_usd_per_mwh=Growth(start=100.0, annual_growth=0.1)),
        ),
        offers=(
            Offer(id="b200_1y", name="B200 · 1 year", platform="b200", price_usd=3.0, term_months=12.0,
                  installed=(Installed(site="iowa", chips=500.0, months_left=12.0),), **offer),
            Offer(id="mi355x_od", name="MI355X", platform="mi355x", price_usd=2.0, **offer),
        ),
        workloads=(
            Workload(id="chat", name="Chat", kind="inference", unit="tokens/s", demand=1e6, precision="fp8",
                     inference=SERVED, unmet_usd=0.04, peak_factor=1.5,
                     throughput=(Throughput(platform="b200", value=2310.0, basis="measured", source="a test bench"),)),
            Workload(id="train", name="Training", kind="pretraining", unit="PFLOP/s", demand=100.0, unmet_usd=20.0),
        ),
        agreements=(Agreement(id="deal", name="Deal", provider="Cloud", start="2027-01", months=24.0,
                              commit_usd_per_year=1e6, discount=0.1, status="optional"),),
        policies=(Policy(id="cover", name="Coverage", kind="coverage", limit=0.9),),
    )  # fmt: skip


@contextmanager
def an_inspector(document: Document, qtbot) -> Iterator[Inspector]:
    """The inspector on a document, as wide as the column of the window is."""
    planner = Planner(document)
    panel = Inspector(document, planner)
    qtbot.addWidget(panel)
    panel.resize(285, 900)
    panel.show()
    qtbot.waitExposed(panel)
    yield panel
    panel.stop()
    planner.stop()


def line_of(panel: Inspector, name: str) -> QLineEdit:
    line = panel.rows[name].editor.focusProxy()
    assert isinstance(line, QLineEdit)
    return line


def enter(qtbot, line: QLineEdit, text: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
    """Types as a person does: into the field, everything replaced, and Enter."""
    line.setFocus()
    line.selectAll()
    if text:
        qtbot.keyClicks(line, text)
    else:
        qtbot.keyClick(line, Qt.Key.Key_Delete)
    qtbot.keyClick(line, key)


def said(panel: Inspector, name: str) -> str:
    """What stands beneath a field."""
    row = panel.rows[name]
    shown = [label.text() for label in (row.hint, row.trouble) if label.isVisibleTo(panel)]
    return "\n".join(shown).replace("\u2009", " ")


def site(document: Document, id: str = "iowa") -> Site:
    found = find(document.plan, "sites", id)
    assert isinstance(found, Site)
    return found


def shown(line: QLineEdit) -> str:
    return line.text().replace("\u2009", " ")


def drag(label, steps: int) -> None:
    """Drags a label sideways by so many steps of two pixels, one at a time."""
    from PySide6.QtTest import QTest

    middle = QPoint(20, label.height() // 2)
    QTest.mousePress(label, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    direction = 1 if steps > 0 else -1
    for k in range(1, abs(steps) + 1):
        move(label, middle + QPoint(direction * 2 * k, 0))
    QTest.mouseRelease(label, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)


def move(widget, to: QPoint) -> None:
    """Moves the mouse with the left button held."""
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(to), QPointF(widget.mapToGlobal(to)), Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def choose_form(panel: Inspector, name: str, form: str) -> None:
    editor = panel.rows[name].editor
    editor.unfold.setChecked(True)
    index = editor.form.findText(form)
    editor.form.setCurrentIndex(index)
    editor.form.activated.emit(index)
