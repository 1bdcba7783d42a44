"""Four questions on one page, and from the answers a plan that is solved: what work, which chips, where, how long."""

from __future__ import annotations

from PySide6.QtCore import QDate, Qt, QTimer
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from gigaplan.engine.catalogue import load_catalogue
from gigaplan.engine.catalogue.new_rows import SITE_POWER_MW, WORK_KINDS
from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.text.quantities import NotRead, read, show
from gigaplan.gui.views.catalogue.first_plan import SIZES, YEARS, first_plan, priced_chips
from gigaplan.gui.widgets.cards import scrolled
from gigaplan.gui.widgets.checkbox import CheckBox
from gigaplan.gui.widgets.combo import Combo
from gigaplan.gui.widgets.dialog_buttons import Foot
from gigaplan.gui.widgets.texts import Label, literal

USUAL = "chat_serving"
ALL = "All current chips with a published price"
ACROSS = 2
LIST_PX = 120
"""Four lines of chips."""
FOOT = "Everything can be changed afterwards. Prices are the catalogue's, with their sources; what is assumed says so."


class FirstPlan(QDialog):
    """Asks; `plan` is what the answers make, None for an empty plan."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setWindowTitle("New plan")
        self.setMinimumWidth(560)
        self.plan: Plan | None = None
        self.works: dict[str, tuple[CheckBox, Combo]] = {}
        self.said = Label(role="error")
        self.said.setWordWrap(True)
        self.said.hide()
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for question, answers in (
            ("What work is to be done?", self._work()),
            ("On which chips?", self._chips()),
            ("Where?", self._places()),
            ("For how long?", self._years()),
        ):
            head = Label(question)
            head.setStyleSheet("font-weight: 600; font-size: 13px; margin-top: 6px;")
            head.setIndent(0)
            layout.addWidget(head)
            layout.addLayout(answers)
        foot = Label(FOOT, role="muted")
        foot.setWordWrap(True)
        layout.addSpacing(6)
        layout.addWidget(self.said)
        layout.addWidget(foot)
        area = scrolled(inside, "Questions")  # on a low screen
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(inside.minimumSizeHint().width())
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 18, 20, 14)
        whole.addWidget(area)
        whole.addWidget(self._foot())
        self.make_button.setDefault(True)
        self._inside = inside
        self.all_chips.toggled.connect(lambda _: QTimer.singleShot(0, self, self._fit))
        self._fit()

    def _fit(self) -> None:
        """As high as its questions are, or as the screen is."""
        edges = 32 + self.make_button.sizeHint().height() + 24
        self.resize(self.width(), min(self._inside.sizeHint().height() + edges, self.screen().availableSize().height()))

    def _work(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(2)
        for k, (id, kind) in enumerate(WORK_KINDS.items()):
            box, size = CheckBox(kind.name), Combo(f"How much {kind.name}")
            box.setToolTip(literal(f"{kind.about} {kind.figures}"))
            size.addItems(list(SIZES))
            size.setCurrentIndex(1)
            size.setEnabled(id == USUAL)
            box.setChecked(id == USUAL)
            box.toggled.connect(size.setEnabled)
            figures = Label(kind.figures, role="muted")
            grid.addWidget(box, k, 0)
            grid.addWidget(figures, k, 1)
            grid.addWidget(size, k, 2)
            self.works[id] = (box, size)
        grid.setColumnStretch(1, 1)
        return grid

    def _chips(self) -> QVBoxLayout:
        self.all_chips = CheckBox(ALL)
        self.all_chips.setChecked(True)
        self.chips: dict[str, CheckBox] = {}
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(4, 2, 4, 2)
        grid.setVerticalSpacing(2)
        catalogue = load_catalogue()
        for k, id in enumerate(priced_chips(catalogue)):
            entry = catalogue.platforms[id]
            box = CheckBox(f"{entry.short_name} · {entry.vendor}")
            grid.addWidget(box, k // ACROSS, k % ACROSS)
            self.chips[id] = box
        area = self.list = QScrollArea(widgetResizable=True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFixedHeight(LIST_PX)
        area.setWidget(inside)
        area.hide()
        self.all_chips.toggled.connect(lambda on: area.setVisible(not on))
        column = QVBoxLayout()
        column.addWidget(self.all_chips)
        column.addWidget(area)
        column.setContentsMargins(0, 0, 0, 8)
        return column

    def _places(self) -> QHBoxLayout:
        self.site = Combo("Site", 24)
        for entry in load_catalogue().sites.values():
            if entry.electricity_usd_per_mwh is not None and entry.typical_pue is not None:
                self.site.addItem(f"{entry.name}, {entry.jurisdiction}", entry.id)
        self.site.setCurrentIndex(max(0, self.site.findData("us_ia_council_bluffs")))
        self.power = QLineEdit(f"{show(SITE_POWER_MW, 'MW')} MW")
        self.power.setAccessibleName("Power of the site")
        row = QHBoxLayout()
        row.addWidget(self.site, 1)
        row.addWidget(Label("with"))
        row.addWidget(self.power)
        return row

    def _years(self) -> QHBoxLayout:
        self.years = Combo("Years", 10)
        self.years.addItems(["1 year", *(f"{n} years" for n in YEARS[1:])])
        self.years.setCurrentIndex(2)
        row = QHBoxLayout()
        row.addWidget(self.years)
        row.addWidget(Label("by quarters, from the next one on", role="muted"), 1)
        return row

    def _foot(self) -> Foot:
        foot = Foot(self, "Make the plan", self._make)
        self.make_button = foot.main
        self.empty_button = foot.add("Empty plan", self.accept)
        return foot

    def _make(self) -> None:
        work = {id: SIZES[size.currentText()] for id, (box, size) in self.works.items() if box.isChecked()}
        chosen = [id for id, box in self.chips.items() if box.isChecked()]
        power = read(self.power.text(), "MW")
        if not work:
            self._say("Choose some work first.")
        elif not self.all_chips.isChecked() and not chosen:
            self._say("Choose chips, or all of them.")
        elif isinstance(power, NotRead):
            self._say(f"Power: {self.power.text()!r} {power.text}.")
        else:
            chips = () if self.all_chips.isChecked() else tuple(chosen)
            sites = {self.site.currentData(): power.value}
            self.plan = first_plan(work, chips, sites, YEARS[self.years.currentIndex()], next_quarter())
            self.accept()

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.show()


def next_quarter() -> str:
    """The month in which the next quarter begins."""
    today = QDate.currentDate()
    first = QDate(today.year(), 3 * ((today.month() - 1) // 3) + 1, 1).addMonths(3)
    return f"{first.year()}-{first.month():02d}"
