"""Charts outside the program: figures as CSV and as a table, pictures and drawings."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage

from gigaplan.engine.storage.atomic_replace import SaveError
from gigaplan.gui.present.picture import Line, Picture, csv_text
from gigaplan.gui.style.colours import shown


def test_csv_holds_the_figures_with_units_in_full_precision(deck, result, tmp_path: Path) -> None:
    path = tmp_path / "power.csv"
    deck.cards[2].save(path)
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["Period", "drawn [MW]", "IT [MW]", "available [MW]"]
    assert [row[0] for row in rows[1:]] == list(result.time.labels)
    drawn = sum(result.series("facility_power", "site").values())
    assert [float(row[1]) for row in rows[1:]] == drawn.tolist()


def test_money_is_exported_in_the_plans_currency() -> None:
    picture = Picture(
        "USD", "a year", ("2026",), (Line("a", 'Rent, "spot"', "#000000", "bar", np.array([1.5])),), False, "EUR"
    )
    assert csv_text(picture) == 'Year,"Rent, ""spot"" [EUR]"\n2026,1.5\n'


def test_a_name_that_looks_like_a_formula_is_exported_as_text() -> None:
    picture = Picture(
        "USD", "a year", ("2026",), (Line("a", "=cmd|x", "#000000", "bar", np.array([-1.5])),), False, "EUR"
    )
    assert csv_text(picture) == "Year,'=cmd|x [EUR]\n2026,-1.5\n"


def test_png_and_svg_are_written_whole(deck, tmp_path: Path) -> None:
    card = deck.cards[0]
    card.save(tmp_path / "a.png")
    image = QImage(str(tmp_path / "a.png"))
    assert card.plot.width() < 400, "on the screen"
    assert image.width() == 2 * 720
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
    assert len(colours) > 3, "something is drawn"
    card.save(tmp_path / "a.svg")
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert root.tag.endswith("svg")
    words = " ".join(text for text in root.itertext() if text.strip())
    assert "Allocation" in words
    assert "2026" in words
    assert "small" in words, "the plan's name stands at the foot"
    assert sum(element.tag.endswith(("path", "polygon")) for element in root.iter()) >= 2


def test_saving_where_one_may_not_raises(deck, tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="The folder does not exist"):
        deck.cards[0].save(tmp_path / "missing" / "a.svg")


def test_the_figures_can_stand_in_the_place_of_the_plot(deck, result, qtbot) -> None:
    card = deck.cards[0]
    card.show_table(True)
    model = card.table.model()
    assert (model.rowCount(), model.columnCount()) == (8, 2)
    assert model.data(model.index(7, 0), Qt.ItemDataRole.EditRole) == result.series("chips", "platform")["tpu"][7]
    card.table.selectAll()
    qtbot.keyClick(card.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0] == "\tTPU [chips]\tGPU [chips]"
    assert len(lines) == 9
    card.show_table(False)
    assert not card.is_table


def test_a_figure_is_drawn_as_the_screen_shows_it_zoomed_and_without_hidden_lines(deck, tmp_path: Path) -> None:
    card = deck.cards[0]
    card.save(tmp_path / "whole.png")
    card.plot.zoom.to(-0.5, 1.5)
    card.save(tmp_path / "part.png")
    card.toggle("tpu")
    card.save(tmp_path / "less.png")
    whole, part, less = (QImage(str(tmp_path / f"{name}.png")) for name in ("whole", "part", "less"))
    assert whole != part
    assert part != less
    tpu, gpu = (shown(line.colour) for line in card.picture.lines)

    def share(image: QImage, colour: str) -> float:
        seen = [image.pixelColor(x, y).name().upper() for x in range(0, 1440, 9) for y in range(80, 640, 9)]
        return seen.count(colour) / len(seen)

    assert share(part, tpu) > 0.2, "the little of the first periods fills the height"
    assert share(less, tpu) == 0
    assert share(whole, gpu) > 0.05


def test_figures_are_copied_with_headers_for_a_spreadsheet(deck, result) -> None:
    card = deck.cards[2]
    card.copy_figures()
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert rows[0] == ["Period", "drawn [MW]", "IT [MW]", "available [MW]"]
    assert [float(row[3]) for row in rows[1:]] == (3.0 + np.array([1.0 + t for t in range(8)])).tolist()
