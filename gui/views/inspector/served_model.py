"""The model that a workload serves: chosen from the catalogue, or the cache of one's own worked out."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QToolButton, QWidget

from gigaplan.engine.plan.fields import Field
from gigaplan.gui.text.number_format import THIN, plain
from gigaplan.gui.text.quantities import NotRead, read
from gigaplan.gui.views.inspector.form import column
from gigaplan.gui.views.inspector.target import Editable
from gigaplan.gui.widgets.combo import Combo
from gigaplan.gui.widgets.texts import Label, literal

OWN = "A model of your own"


class ModelChooser(QWidget):
    """A list of the catalogue's models; one that is chosen sets its sizes, its weights and its cache."""

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__()
        self._target, self._field = target, field
        self.box = Combo("Model from the catalogue", 12)
        self.box.activated.connect(self._choose)
        self.cache = KvCalculator(self._use)
        outer = column(self, 4)
        outer.addWidget(self.box)
        outer.addWidget(self.cache)

    def show_models(self, values: tuple[Any, ...]) -> None:
        """Shows the model that all chosen rows serve."""
        if not self.box.count():
            from gigaplan.engine.catalogue.presets import model_presets

            self.box.addItem(OWN, "")
            for entry in model_presets():
                total, active = entry.total_params_b or 0.0, entry.active_params_b or 0.0
                size = f"{plain(total, 3)}{THIN}B" + (f", {plain(active, 3)}{THIN}B active" if active < total else "")
                self.box.addItem(f"{entry.model} · {size}", entry.id)
        models = {value.model or "" for value in values if value is not None}
        self.box.setCurrentIndex(max(0, self.box.findData(models.pop())) if len(models) == 1 else -1)
        precisions = {row.precision for row in self._target.rows}
        self.cache.set_precision(precisions.pop() if len(precisions) == 1 else "")

    def _choose(self, place: int) -> None:
        from gigaplan.engine.catalogue.presets import kept_of, served_model

        chosen, made = self.box.itemData(place), []
        for row, old in zip(self._target.rows, self._target.values(self._field), strict=True):
            if not chosen:
                made.append(msgspec.structs.replace(old, model=None))
            else:
                made.append(served_model(chosen, row.precision, **kept_of(old)))
        self._target.put(self._field, made)

    def _use(self, per_token: float) -> None:
        old = self._target.values(self._field)
        self._target.put(
            self._field, [msgspec.structs.replace(value, kv_bytes_per_token=per_token, model=None) for value in old]
        )


class KvCalculator(QWidget):
    """Layers, KV heads and head size, or the size of a latent: the KV cache of a token, with its arithmetic."""

    PARTS = (
        ("layers", "Layers", "Those whose cache grows with the context"),
        ("kv_heads", "KV heads", "Of grouped attention"),
        ("head_size", "Head size", "Of grouped attention"),
        ("latent_size", "Latent size", "Of latent attention, in the place of heads"),
        ("rope_size", "Rotary size", "Beside the latent"),
    )

    def __init__(self, use: Any) -> None:
        super().__init__()
        self._use, self._precision, self._found = use, "", 0.0
        self.opens = QToolButton()
        self.opens.setText("Work out the KV cache…")
        self.opens.setCheckable(True)
        self.opens.toggled.connect(self._open)
        self._body, self.lines = QWidget(), dict[str, QLineEdit]()
        grid = QGridLayout(self._body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        for k, (name, label, tip) in enumerate(self.PARTS):
            line = self.lines[name] = QLineEdit()
            line.setAccessibleName(label)
            line.setToolTip(literal(tip))
            line.textChanged.connect(self._compute)
            words = Label(label, role="muted")
            words.setBuddy(line)
            grid.addWidget(words, k, 0)
            grid.addWidget(line, k, 1)
        self.arithmetic = Label(role="muted", wordWrap=True)
        self.takes = QPushButton("Use it")
        self.takes.clicked.connect(lambda: self._use(self._found))
        grid.addWidget(self.arithmetic, len(self.PARTS), 0, 1, 2)
        grid.addWidget(self.takes, len(self.PARTS) + 1, 1)
        outer = column(self, 4)
        outer.addWidget(self.opens)
        outer.addWidget(self._body)
        self._body.hide()

    def set_precision(self, precision: str) -> None:
        """Counts the bytes of work of a precision; empty where the chosen rows differ in it."""
        if precision != self._precision:
            self._precision = precision
            self.opens.setEnabled(bool(precision))
            if self.opens.isChecked():
                self._compute()

    def _open(self, on: bool) -> None:
        self._body.setVisible(on)
        self._compute()

    def _compute(self) -> None:
        from gigaplan.engine.catalogue.presets import kv_cache

        given: dict[str, float] = {}
        refusal = ""
        for name, label, _ in self.PARTS:
            text = self.lines[name].text().strip()
            number = read(text, "") if text else None
            if isinstance(number, NotRead):
                refusal = f"{label}: {number.text}"
            elif number is not None:
                given[name] = float(number.value)
        self._found = 0.0
        try:
            if refusal or "layers" not in given:
                self.arithmetic.setText(refusal or "Give the layers, and heads with their size or a latent.")
            else:
                found = kv_cache(self._precision, given.pop("layers"), **given)
                self._found = found.bytes_per_token
                self.arithmetic.setText(found.arithmetic)
        except ValueError as error:
            text = str(error)
            self.arithmetic.setText(f"{text[0].upper()}{text[1:]}.")
        self.takes.setEnabled(self._found > 0)
