"""A number and where it comes from, as a tree that is opened as deep as one asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QScrollArea, QTreeView, QVBoxLayout, QWidget

from gigaplan.gui.present.explain_words import details_html, in_order, short_label, short_value
from gigaplan.gui.style.theme import tokens
from gigaplan.gui.widgets.texts import RichLabel, composed

if TYPE_CHECKING:
    from gigaplan.engine.analysis.provenance import Node
    from gigaplan.engine.plan.plan import Plan

Index = QModelIndex | QPersistentModelIndex
GO = "go"
LEAVES = ("input", "decision", "constant", "limit")
"""The operations of what has nothing below it."""
MOST_OF_HEIGHT = 0.5
"""Of the panel, what the details of a figure may take from the tree."""


class _Item:
    """A node with its place in the tree; children are made when they are first looked at."""

    def __init__(self, node: Node, parent: _Item | None, row: int) -> None:
        self.node = node
        self.parent = parent
        self.row = row
        self._children: list[_Item] | None = None

    @property
    def children(self) -> list[_Item]:
        if self._children is None:
            nodes = in_order(self.node.children)
            self._children = [_Item(node, self, k) for k, node in enumerate(nodes)]
        return self._children

    @property
    def above(self) -> list[str]:
        """The labels of the lines that it is inside of."""
        return [] if self.parent is None else [*self.parent.above, self.parent.node.label]


class NodeModel(QAbstractItemModel):
    """The trees of some nodes, one below the other: what each is, and its value with its unit."""

    def __init__(self, nodes: Sequence[Node], plan: Plan, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._roots = [_Item(node, None, k) for k, node in enumerate(nodes)]
        self._currency = plan.settings.currency
        self.nodes = tuple(nodes)

    def item(self, index: Index) -> _Item:
        """What lies at an index."""
        there: _Item = index.internalPointer()
        return there

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not parent.isValid():
            return self.createIndex(row, column, self._roots[row])
        return self.createIndex(row, column, self.item(parent).children[row])

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        above = self.item(index).parent if index.isValid() else None
        return QModelIndex() if above is None else self.createIndex(above.row, 0, above)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(self.item(parent).children) if parent.isValid() else len(self._roots)

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        # Asking for the children would make them: only what is opened is worked out.
        return not parent.isValid() or self.item(parent).node.operation not in LEAVES

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 2

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return ("What", "Value")[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.item(index)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if index.column() == 1:
                return short_value(item.node, self._currency)
            return short_label(item.node.label, item.above)
        if role == Qt.ItemDataRole.ToolTipRole:
            return composed(details_html(item.node, self._currency))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


class NodeTree(QWidget):
    """The tree and, below it, the details of the node that is chosen."""

    field_requested = Signal(str, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = QTreeView()
        self.view.setAccessibleName("Where the number comes from")
        self.view.setUniformRowHeights(True)
        self.view.setIndentation(10)
        self.view.setHeaderHidden(True)
        self.view.setStyleSheet(
            "QTreeView { show-decoration-selected: 1; font-size: 12px; }"
            "QTreeView::item { border-radius: 0; padding: 3px 4px; }"
        )
        self.view.activated.connect(self._go)
        self._details = RichLabel(word_wrap=True)
        self._details.setProperty("role", "muted")
        self._details.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.LinksAccessibleByMouse
        )
        self._details.setContentsMargins(6, 2, 6, 2)
        self._details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._details.linkActivated.connect(lambda _: self._go(self.view.currentIndex()))
        self._foot = QScrollArea(widgetResizable=True)
        self._foot.setWidget(self._details)
        self._foot.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._foot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._foot)
        self._currency = "USD"
        self._model: NodeModel | None = None

    def show_nodes(self, nodes: Sequence[Node], plan: Plan) -> None:
        """Shows nodes of a result of `plan`, and opens the first level of the first.

        Where they are the same figures of another result, what was opened and chosen stays so.
        """
        self._currency = plan.settings.currency
        old = self._model
        is_same = old is not None and [n.label for n in old.nodes] == [n.label for n in nodes]
        opened = self._opened(old) if old is not None and is_same else []
        at = _place(old, self.view.currentIndex()) if old is not None and is_same else ()
        model = self._model = NodeModel(nodes, plan, self)
        self.view.setModel(model)
        if old is not None:
            old.deleteLater()
        self.view.header().setStretchLastSection(False)
        self.view.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.view.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.view.selectionModel().currentChanged.connect(self._describe)
        root = model.index(0, 0)
        for place in opened:
            self.view.expand(_found(model, place))
        if not is_same:
            self.view.expand(root)
        found = _found(model, at)
        self.view.setCurrentIndex(found if found.isValid() else root)

    def _opened(self, model: NodeModel) -> list[tuple[str, ...]]:
        """The places of what is open, those above before those inside."""
        found, waiting = [], [QModelIndex()]
        for above in waiting:
            for row in range(model.rowCount(above)):
                index = model.index(row, 0, above)
                if self.view.isExpanded(index):
                    found.append(_place(model, index))
                    waiting.append(index)
        return found

    def _describe(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid() and self._model is not None:
            node = self._model.item(current).node
            colour = tokens().accent
            link = f'<a href="{GO}" style="color: {colour}">Go to the field</a>' if node.table and node.field else ""
            self._details.set_markup(details_html(node, self._currency, link))
            self._foot.verticalScrollBar().setValue(0)
            self._fit()
            # The details may have taken the place where the line stood.
            QTimer.singleShot(0, self, lambda: self.view.scrollTo(self.view.currentIndex()))

    def _fit(self) -> None:
        """Gives the details the height that they need, but the tree the greater part."""
        needed = self._details.heightForWidth(max(80, self.width() - 12)) + 6
        self._foot.setFixedHeight(max(20, min(needed, int(self.height() * MOST_OF_HEIGHT))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_foot"):
            self._describe(self.view.currentIndex(), QModelIndex())

    def _go(self, index: QModelIndex) -> None:
        if not index.isValid() or self._model is None:
            return
        node = self._model.item(index).node
        if node.table and node.field:
            self.field_requested.emit(node.table, node.row, node.field)


def _place(model: NodeModel, index: QModelIndex) -> tuple[str, ...]:
    """The labels on the way to a line of the tree."""
    return (*model.item(index).above, model.item(index).node.label) if index.isValid() else ()


def _found(model: NodeModel, place: tuple[str, ...]) -> QModelIndex:
    """The line at a place; no index where there is none, or none so far down."""
    at = QModelIndex()
    for label in place:
        rows = range(model.rowCount(at))
        at = next((i for k in rows if model.item(i := model.index(k, 0, at)).node.label == label), QModelIndex())
        if not at.isValid():
            break
    return at
