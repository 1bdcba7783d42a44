"""A chart outside the program: as a picture, as drawing instructions, as figures."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractTableModel,
    QBuffer,
    QByteArray,
    QIODevice,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QImage, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QTableView, QWidget

from gui import theme
from gui.charts.items import shown_colour
from gui.charts.plot import Plot
from gui.numbers import plain
from gui.plots.picture import Picture

HEAD, FOOT, EDGE = 34, 22, 12
ROW = 20


def _legend_rows(plot: Plot, width: int) -> list[list[tuple[str, str, int]]]:
    """(colour, label, x) of each line that is shown, broken into rows."""
    metrics = QFontMetrics(theme.font(12))
    rows: list[list[tuple[str, str, int]]] = [[]]
    x = EDGE
    assert plot.picture is not None
    for line in plot.picture.lines:
        if line.key in plot.hidden or not line.values.any():
            continue
        wide = metrics.horizontalAdvance(line.label) + 14
        if x + wide > width - EDGE and rows[-1]:
            rows.append([])
            x = EDGE
        rows[-1].append((shown_colour(line), line.label, x))
        x += wide + 14
    return rows


def picture_size(plot: Plot) -> QSize:
    """The size of the whole figure, in points: title, plot, legend and foot."""
    return QSize(plot.width(), HEAD + plot.height() + len(_legend_rows(plot, plot.width())) * ROW + FOOT)


def paint_figure(painter: QPainter, plot: Plot, title: str, foot: str) -> None:
    """Paints a figure that stands by itself: title and unit, plot, legend, and where it is from."""
    t, size = theme.tokens(), picture_size(plot)
    assert plot.picture is not None
    painter.fillRect(QRect(0, 0, size.width(), size.height()), theme.colour(t.panel))
    centre = Qt.AlignmentFlag.AlignVCenter
    painter.setFont(theme.font(14, QFont.Weight.DemiBold))
    painter.setPen(theme.colour(t.text))
    painter.drawText(QRect(EDGE, 4, size.width() - EDGE, HEAD - 8), centre, title)
    after = EDGE + painter.fontMetrics().horizontalAdvance(title) + 10
    painter.setFont(theme.font(12))
    painter.setPen(theme.colour(t.muted))
    money = plot.picture.unit.startswith("USD")
    caption = f"{plot.picture.currency} {plot.picture.caption}" if money else plot.picture.caption
    painter.drawText(QRect(after, 5, size.width() - after, HEAD - 8), centre, caption)
    # The pointer's line belongs to the screen, not to the figure.
    cross, shown = plot._cross, plot._cross.isVisible()
    cross.setVisible(False)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    plot.render(painter, QRectF(0, HEAD, plot.width(), plot.height()), plot.viewport().rect())
    cross.setVisible(shown)
    y = HEAD + plot.height()
    painter.setFont(theme.font(12))
    for row in _legend_rows(plot, size.width()):
        for colour, label, x in row:
            painter.fillRect(QRectF(x, y + 6, 8, 8), theme.colour(colour))
            painter.setPen(theme.colour(t.muted))
            painter.drawText(QRect(x + 13, y, size.width() - x, ROW), centre, label)
        y += ROW
    painter.setPen(theme.colour(t.muted))
    room = size.width() - 2 * EDGE
    painter.drawText(
        QRect(EDGE, y, room, FOOT), centre, painter.fontMetrics().elidedText(foot, Qt.TextElideMode.ElideRight, room)
    )


def figure_image(plot: Plot, title: str, foot: str, scale: int = 2) -> QImage:
    """The figure as an image with `scale` pixels to the point."""
    image = QImage(picture_size(plot) * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    paint_figure(painter, plot, title, foot)
    painter.end()
    return image


def png_bytes(plot: Plot, title: str, foot: str) -> bytes:
    """The figure as a PNG at two pixels to the point."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    figure_image(plot, title, foot).save(buffer, "PNG")  # type: ignore[call-overload]  # its stubs say bytes, it takes text
    return bytes(data.data())


def svg_bytes(plot: Plot, title: str, foot: str) -> bytes:
    """The figure as an SVG drawing."""
    from PySide6.QtSvg import QSvgGenerator

    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    size = picture_size(plot)
    drawing = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    drawing.setOutputDevice(buffer)
    drawing.setResolution(96)
    drawing.setSize(size)
    drawing.setViewBox(QRect(0, 0, size.width(), size.height()))
    drawing.setTitle(title)
    painter = QPainter(drawing)
    paint_figure(painter, plot, title, foot)
    painter.end()
    return bytes(data.data())


Index = QModelIndex | QPersistentModelIndex


class FiguresModel(QAbstractTableModel):
    """The figures behind a picture: a row per column of time, a column per line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.picture: Picture | None = None

    def show_picture(self, picture: Picture) -> None:
        """Takes other figures; where only values differ, what is selected stays."""
        old, self.picture = self.picture, picture
        same = old is not None and old.columns == picture.columns and len(old.lines) == len(picture.lines)
        if same and [ln.label for ln in old.lines] == [ln.label for ln in picture.lines] and old.unit == picture.unit:
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))
        else:
            self.beginResetModel()
            self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if self.picture is None else len(self.picture.columns)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if self.picture is None else len(self.picture.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.picture is None or not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return plain(float(self.picture.lines[index.column()].values[index.row()]), 6)
        if role == Qt.ItemDataRole.EditRole:
            return float(self.picture.lines[index.column()].values[index.row()])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.picture is None or role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return self.picture.columns[section]
        return f"{self.picture.lines[section].label}\n{self.picture.unit_text}"


class FiguresTable(QTableView):
    """Shows the figures behind a picture. Ctrl+C copies what is selected with its headers, for a spreadsheet."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.figures = FiguresModel(self)
        self.setModel(self.figures)
        self.setAccessibleName("Figures of the chart")
        self.setCornerButtonEnabled(False)
        self.setStyleSheet("QTableCornerButton::section { background: transparent; border: 0; }")
        self.horizontalHeader().setDefaultSectionSize(92)
        self.verticalHeader().setDefaultSectionSize(24)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.selected_text())
        else:
            super().keyPressEvent(event)

    def selected_text(self) -> str:
        """The selected cells, all if none is, separated by tabs, with their headers and units, in full precision."""
        picture = self.figures.picture
        if picture is None:
            return ""
        chosen = self.selectionModel().selectedIndexes()
        rows = sorted({i.row() for i in chosen}) if len(chosen) > 1 else range(len(picture.columns))
        columns = sorted({i.column() for i in chosen}) if len(chosen) > 1 else range(len(picture.lines))
        lines = ["\t".join(["", *(f"{picture.lines[c].label} [{picture.unit_text}]" for c in columns)])]
        lines += [
            "\t".join([picture.columns[r], *(repr(float(picture.lines[c].values[r])) for c in columns)]) for r in rows
        ]
        return "\n".join(lines)
