"""Work per chip on every platform of the plan: what was found beside what the model says, and which counts."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from gigaplan.engine.plan.annotations import Place, with_values, without_member
from gigaplan.engine.plan.fields import Field
from gigaplan.engine.plan.formulas import computed, formula_of
from gigaplan.engine.plan.schema import Platform, Throughput, Workload
from gigaplan.engine.plan.throughput import Estimate, given, no_throughput, without_rows
from gigaplan.gui.present.throughput_words import full_standing
from gigaplan.gui.style import theme
from gigaplan.gui.text.number_format import MINUS, THIN, band_words, counted_plain, plain
from gigaplan.gui.text.quantities import Formula, Relative
from gigaplan.gui.views.inspector.editors import Editor
from gigaplan.gui.views.inspector.form import column
from gigaplan.gui.views.inspector.nested import ONE_ONLY
from gigaplan.gui.views.inspector.quantity_edit import LineEdit, QuantityEdit, Typed, tail_of
from gigaplan.gui.views.inspector.target import Editable
from gigaplan.gui.widgets.texts import Label, literal, wrapped

BASES = {"measured": "measured", "vendor": "vendor’s claim", "modelled": "modelled elsewhere"}
NAME_WIDTH = 92


MOST_LINES = 100


def _shown(platforms: tuple[Platform, ...], workload: Workload) -> list[Platform]:
    """The platforms that have a line: those with a figure first, where there are too many for all."""
    if len(platforms) <= MOST_LINES:
        return list(platforms)
    figures = {row.platform for row in workload.throughput}
    return sorted(platforms, key=lambda platform: platform.id not in figures)[:MOST_LINES]


class ThroughputEditor(Editor):
    """One line per platform. A typed figure wins over the model; emptied, the model counts again."""

    wide = True

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self.lines: list[_Line] = []
        self.note = Label(ONE_ONLY, role="muted")
        self.unit = _muted("")
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(2, 70)
        for k, label in enumerate((_muted("platform"), self.unit, _muted("basis"))):
            self._grid.addWidget(label, 0, k)
        self._body = QWidget()
        self._body.setLayout(self._grid)
        outer = column(self, 4)
        outer.addWidget(self.note)
        outer.addWidget(self._body)
        self.more = Label(role="muted", wordWrap=True)
        self.more.hide()
        outer.addWidget(self.more)

    def context(self) -> object:
        plan = self.target.document.plan
        # How much work there is changes nothing of how much a chip does, and is what is dragged most.
        return plan.platforms, [replace(row, demand=()) for row in self.target.rows], plan.annotations

    def show_values(self, values: tuple[Any, ...]) -> None:
        rows = self.target.rows
        self.note.setVisible(len(rows) != 1)
        self._body.setVisible(len(rows) == 1)
        if len(rows) != 1:
            return
        workload: Workload = rows[0]
        every = self.target.document.plan.platforms
        platforms = _shown(every, workload)
        left = len(every) - len(platforms)
        self.more.setText(f"{counted_plain(left, 'more platform')} not listed. Tables has the figures of all.")
        self.more.setVisible(left > 0)
        self.unit.setText(tail_of(workload.unit, ""))
        while len(self.lines) < len(platforms):
            self.lines.append(_Line(self, self._grid, 2 * len(self.lines) + 1))
        for k, line in enumerate(self.lines):
            there = k < len(platforms)
            line.show_platform(platforms[k] if there else None, workload)

    def settle(self) -> None:
        for line in self.lines:
            line.value.finish()
            if line.source is not None:
                line.source.finish()

    def place(self, platform: str) -> Place | None:
        """Where a given figure stands; None where the model counts."""
        rows = self.target.values(self.field)[0]
        at = next((k for k, row in enumerate(rows) if row.platform == platform), None)
        (place,) = self.target.places(self.field)
        return None if at is None else (*place[:2], f"{place[2]}.{at}.value")

    def gives(self, formula: str) -> Any:
        """What a formula gives as work per chip, on whichever platform."""
        (place,) = self.target.places(self.field)
        at = len(self.target.values(self.field)[0])
        return computed(self.target.document.plan, (*place[:2], f"{place[2]}.{at}.value"), formula)

    def write(self, platform: str, formula: str = "", **changes: Any) -> str:
        """Changes the row of a platform, or adds one; `value=None` removes it and leaves it to the model."""
        rows = self.target.values(self.field)[0]
        if "value" in changes and changes["value"] is None:
            return self._remove(platform)
        if "value" in changes and changes["value"] < 0:
            return "must be 0 or more"
        if any(row.platform == platform for row in rows):
            new = tuple(replace(r, **changes) if r.platform == platform else r for r in rows)
        else:
            # Nothing is known of where a typed figure comes from: it claims no more than modelled.
            new = (*rows, Throughput(**{"platform": platform, "basis": "modelled", **changes}))
        at = next(k for k, row in enumerate(new) if row.platform == platform)
        places = [(t, row, f"{path}.{at}.value") for t, row, path in self.target.places(self.field)]
        return self.target.put(self.field, [new], None, formula, places)

    def _remove(self, platform: str) -> str:
        place, document = self.place(platform), self.target.document
        if place is None:
            return ""
        (whole,) = self.target.places(self.field)
        rows = tuple(row for row in self.target.values(self.field)[0] if row.platform != platform)
        plan = without_member(document.plan, whole, int(place[2].split(".")[1]))
        document.apply(with_values(plan, {whole: rows}), f"Change {self.field.label.lower()}")
        return ""


class _Source(LineEdit):
    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line
        self.textEdited.connect(self._type)
        self.setPlaceholderText("source")
        self.setStyleSheet("font-size: 12px; padding: 2px 6px;")

    def _type(self, text: str) -> None:
        write, platform = self._line.editor.write, self._line.platform
        self._line.editor.target.document.type(lambda: write(platform, source=text.strip()))

    def revert(self) -> None:
        self._line.editor.target.document.type(None)
        super().revert()

    def commit_text(self, text: str) -> None:
        self.setModified(False)
        self._line.editor.write(self._line.platform, source=text)

    def render_value(self) -> None:
        self.set_text(self._line.given.source if self._line.given else "")


class _Line:
    """The widgets of one platform: name, figure and basis; beneath, for a given figure, its source and the model's."""

    def __init__(self, editor: ThroughputEditor, grid: QGridLayout, row: int) -> None:
        self.editor = editor
        self.platform = ""
        self.given: Throughput | None = None
        self.name = Label()
        self.name.setFixedWidth(NAME_WIDTH)
        self.value = QuantityEdit(self._commit)
        self.value.optional = True
        self.value.bare = True
        self.value.said.connect(editor.said)
        self.basis = QToolButton()
        self.basis.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.value.setStyleSheet("font-weight: 500; padding: 4px 5px;")
        self.source: _Source | None = None
        self.model: QLabel | None = None
        self._grid, self._row = grid, row
        grid.addWidget(self.name, row, 0)
        grid.addWidget(self.value, row, 1)
        grid.addWidget(self.basis, row, 2)

    def _add_details(self) -> None:
        """What goes with a given figure alone: a plan may have hundreds of platforms, and figures for few."""
        menu = QMenu(self.basis)
        for basis, text in BASES.items():
            self._action(menu, text, basis)
        menu.addSeparator()
        self._action(menu, "Remove: the model counts", "")
        self.basis.setMenu(menu)
        self.source = _Source(self)
        self.source.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._grid.addWidget(self.source, self._row + 1, 0)
        QWidget.setTabOrder(self.basis, self.source)

    def _say_beneath(self, text: str, tip: str) -> None:
        """What stands under the figure: the band of a modelled one, or what the model says beside a given one."""
        if self.model is None and text:
            self.model = _muted("")
            self.model.setMinimumWidth(10)  # its tooltip says it too, where a narrow window cuts it off
            self._grid.addWidget(self.model, self._row + 1, 1, 1, 2)
        if self.model is not None:
            self.model.setVisible(bool(text))
            self.model.setText(text)
            self.model.setToolTip(wrapped(tip))

    def _action(self, menu: QMenu, text: str, basis: str) -> None:
        action = QAction(text, menu)
        action.setData(basis)
        action.triggered.connect(lambda: self.choose_basis(basis))
        menu.addAction(action)

    def choose_basis(self, basis: str) -> None:
        """Says where the figure comes from; an empty basis removes it."""
        self.editor.write(self.platform, **({"basis": basis} if basis else {"value": None}))

    def show_platform(self, platform: Any, workload: Workload) -> None:
        """Shows the figure that counts on a platform; hides the line without one."""
        there = platform is not None
        for widget in (self.name, self.value, self.basis):
            widget.setVisible(there)
        self.given = given(workload, platform.id) if there else None
        if self.given is not None and self.source is None:
            self._add_details()
        if self.source is not None:
            self.source.setVisible(self.given is not None)
        if not there:
            self._say_beneath("", "")
            return
        self.platform = platform.id
        model = without_rows(workload, platform)
        by_model = model.value
        metrics = QFontMetrics(theme.font(13))
        self.name.setText(metrics.elidedText(platform.name, Qt.TextElideMode.ElideRight, NAME_WIDTH))
        self.name.setToolTip(literal(platform.name))
        self.value.setAccessibleName(f"Work per chip on {platform.name}")
        self.value.placeholder = plain(by_model) if by_model > 0 else "cannot run"
        self.value.setPlaceholderText(self.value.placeholder)
        place = self.editor.place(platform.id)
        self.value.gives = self.editor.gives
        self.value.show_formula(formula_of(self.editor.target.document.plan, place) if place is not None else "")
        self.value.show_value(self.given.value if self.given else None, workload.unit)
        self._show_basis(self.given.basis if self.given else model.basis if by_model > 0 else "none")
        told = "Where the figure comes from" if self.given else _told(model, workload, platform)
        self.basis.setToolTip(wrapped(told))
        self.value.setToolTip(wrapped(told))
        if self.given is None:
            self._say_beneath(
                band_words(model.band), "In eight cases of ten the true value lies between these multiples"
            )
        if self.given is not None and self.source is not None:
            else_said = "model" if model.front is None else "curve"
            text = f"{else_said} {plain(by_model, 3)}{_against(self.given.value, by_model)}"
            why = "What would count without this row, and how far the figure that counts is from it"
            self._say_beneath(text, f"{text}\n{why}: {_told(model, workload, platform)}")
            if not self.source.is_typing():
                self.source.set_text(self.given.source)
                self.source.setToolTip(literal(self.given.source))
            self.source.setAccessibleName(f"Source of the figure on {platform.name}")

    def _show_basis(self, basis: str) -> None:
        t = theme.tokens()
        colours = {"measured": (t.good, t.good_soft), "vendor": (t.accent, t.accent_soft), "none": (t.muted, t.track)}
        text, ground = colours.get(basis, (t.warning, t.warning_soft))
        self.basis.setText(basis)
        self.basis.setEnabled(self.given is not None)
        self.basis.setAccessibleName(f"Basis: {self.basis.text()}")
        sheet = (
            f"QToolButton {{ color: {text}; background: {ground}; border-radius: 8px; padding: 1px 7px;"
            f" font-size: 12px; }} QToolButton:focus {{ border: 1px solid {t.accent}; }}"
            "QToolButton::menu-indicator { image: none; width: 0; }"
        )
        if sheet != self.basis.styleSheet():
            self.basis.setStyleSheet(sheet)

    def _commit(self, value: Typed) -> str:
        if isinstance(value, Relative):
            if self.given is None:
                return "follows the model: type a figure first"
            value = value.of(self.given.value)
        if isinstance(value, Formula):
            return self.editor.write(self.platform, value.formula, value=value.value)
        return self.editor.write(self.platform, value=value)


def _told(model: Estimate, workload: Workload, platform: Platform) -> str:
    """What the figure without a row rests on, or why there is none."""
    if model.value > 0:
        return f"{full_standing(model)}."
    return f"{no_throughput(replace(workload, throughput=()), platform)}."


def _against(value: float, by_model: float) -> str:
    if by_model <= 0:
        return ""
    change = round((value / by_model - 1) * 100)
    return f" {'+' if change > 0 else MINUS if change < 0 else '±'}{abs(change)}{THIN}%"


def _muted(text: str) -> QLabel:
    return Label(text, role="muted")
