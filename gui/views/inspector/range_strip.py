"""Below a field that is scrubbed: what the plan costs over the values around it, and where another plan is best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gigaplan.gui.charting.flip_pictures import flip_picture
from gigaplan.gui.charting.flips import FlipPicture, FlipPlot
from gigaplan.gui.jobs.range_job import Ranges
from gigaplan.gui.widgets.texts import Label

if TYPE_CHECKING:
    from gigaplan.engine.analysis.decisions.flips import Flips

HEIGHT = 84
LOOKING = "Looking where the best plan changes \N{HORIZONTAL ELLIPSIS}"


class RangeStrip(QWidget):
    """The curve with a mark at the value of the field, and what is said of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.plot = FlipPlot(HEIGHT)
        self.words = Label(role="muted", wordWrap=True)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 2, 0, 4)
        lines.setSpacing(2)
        lines.addWidget(self.plot)
        lines.addWidget(self.words)
        self._known: Flips | None = None
        self._picture: FlipPicture | None = None
        self.hide()

    def show_range(self, ranges: Ranges | None) -> None:
        """Shows what is known of a range; nothing, with None."""
        if ranges is None or ranges.range is None:
            self.hide()
            return
        found, asked, factor = ranges.found, ranges.range, ranges.factor
        if found is not None and found is not self._known:
            self._known, self._picture = found, flip_picture(asked.plan, found.pieces, asked.value, asked.unit)
        if found is not None and self._picture is not None:
            self.plot.show_picture(self._picture, None if factor is None else factor * asked.value)
            self.words.setText(self._picture.words)
        else:
            self.words.setText(ranges.failure or LOOKING)
        self.plot.setVisible(found is not None)
        self.show()
