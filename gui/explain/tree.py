"""A number and where it comes from, as a tree that is opened as deep as one asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QLabel, QTreeView, QVBoxLayout, QWidget

from gui import numbers

if TYPE_CHECKING:
    from engine.provenance import Node

Index = QModelIndex | QPersistentModelIndex
SIGNS = {
    "sum": "Σ", "product": "×", "quotient": "÷", "difference": numbers.MINUS, "max": "max", "min": "min",
    "mean": "mean", "sum of squares": "Σ²", "power": "^", "floor": "⌊⌋", "ceiling": "⌈⌉",
}  # fmt: skip


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
            self._children = [_Item(node, self, k) for k, node in enumerate(self.node.children)]
        return self._children


class NodeModel(QAbstractItemModel):
    """The tree of one node: what it is, and its value with its unit."""

    def __init__(self, node: Node, currency: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = _Item(node, None, 0)
        self._currency = currency

    def item(self, index: Index) -> _Item:
        """What lies at an index."""
        return index.internalPointer()

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not parent.isValid():
            return self.createIndex(row, column, self._root)
        return self.createIndex(row, column, self.item(parent).children[row])

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        above = self.item(index).parent if index.isValid() else None
        return QModelIndex() if above is None else self.createIndex(above.row, 0, above)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(self.item(parent).children) if parent.isValid() else 1

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        # Asking for the children would make them: only what is opened is worked out.
        return not parent.isValid() or self.item(parent).node.operation not in ("input", "decision", "constant")

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 2

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return ("What", "Value")[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.item(index).node
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return node.label if index.column() == 0 else value_text(node, self._currency)
        if role == Qt.ItemDataRole.ToolTipRole:
            return details(node, self._currency)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


def value_text(node: Node, currency: str) -> str:
    """A node's value with its unit."""
    return numbers.DASH if node.value is None else numbers.with_unit(node.value, node.unit, currency, 4)


def details(node: Node, currency: str) -> str:
    """All that is known of a node: its formula, its field, the source and date of an input, its confidence."""
    exact = numbers.DASH if node.value is None else numbers.plain(node.value, 9)
    lines = [f"{node.label}: {exact} {node.unit.replace('USD', currency)}".rstrip()]
    if node.formula:
        lines.append(f"{SIGNS.get(node.operation, '=')}  {node.formula}")
    if node.operation == "decision":
        lines.append("Chosen by the optimum.")
    if node.basis:
        lines.append(f"Basis: {node.basis}")
    if node.path:
        lines.append(f"Field: {node.path}")
    if node.source:
        dated = f" ({node.as_of})" if node.as_of else ""
        lines.append(f"Source: {node.source}{dated}")
    elif node.operation == "input":
        lines.append("Source: none stated")
    if node.confidence:
        lines.append(f"Confidence: {node.confidence}")
    return "\n".join(lines)


class NodeTree(QWidget):
    """The tree and, below it, the details of the node that is chosen."""

    field_requested = Signal(str, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = QTreeView()
        self.view.setAccessibleName("Where the number comes from")
        self.view.setUniformRowHeights(True)
        self.view.setIndentation(12)
        self.view.setHeaderHidden(True)
        self.view.activated.connect(self._go)
        self._details = QLabel()
        self._details.setWordWrap(True)
        self._details.setProperty("role", "muted")
        self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._details)
        self._currency = "USD"

    def show_node(self, node: Node, currency: str) -> None:
        """Shows a node and opens its first level."""
        self._currency = currency
        old = self.view.model()
        model = NodeModel(node, currency, self)
        self.view.setModel(model)
        if old is not None:
            old.deleteLater()
        self.view.header().setStretchLastSection(False)
        self.view.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.view.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.view.selectionModel().currentChanged.connect(self._describe)
        root = model.index(0, 0)
        self.view.expand(root)
        self.view.setCurrentIndex(root)

    def _describe(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid():
            self._details.setText(details(self.view.model().item(current).node, self._currency))

    def _go(self, index: QModelIndex) -> None:
        node = self.view.model().item(index).node
        if node.table and node.field:
            self.field_requested.emit(node.table, node.row, node.field)
