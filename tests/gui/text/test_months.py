"""Months as spreadsheets write them: what cannot be misread is taken, what can be is refused in one sentence."""

import pytest
from PySide6.QtCore import QLocale

from gigaplan.gui.text.months import Month, read_month
from gigaplan.gui.text.quantities import NotRead


@pytest.mark.parametrize(
    "text",
    ["Jul-27", "jul-27", "July-27", "Jul–27", "Jul '27", "Jul’27", "Jul/27", "Jul. '27", "Jul 2027", "Jul/2027",
     "July, 2027", "2027-Jul", "2027/07", "07/2027", "7.2027", "2027-07-01", "2027/7/1", "2027-07-01 00:00:00",
     "2027-07-01T00:00", "Q3-27", "Q3 27", "Q3 '27"],
)  # fmt: skip
def test_july_2027_as_spreadsheets_write_it(text: str) -> None:
    found = read_month(text, locale=QLocale(QLocale.Language.English))
    assert found == Month("2027-07", f"{text} = July 2027")


@pytest.mark.parametrize(
    ("text", "words"),
    [("Jul 27", "Jul 27 may be a day or a year; for the year write Jul 2027"),
     ("27-Jul", "27-Jul may be a day or a year"), ("Jul27", "may be a day or a year"),
     ("1 Jul", "may be a day or a year"),
     ("07/27", "07/27 can be read in two ways; a month is expected, for example 2027-08"),
     ("27-07", "can be read in two ways"),
     ("01/07/2027", "can be read in two ways"), ("1.7.27", "can be read in two ways"),
     ("2027-07-15", "2027-07-15 is a day, and a month is expected; write 2027-07"),
     ("2027-13-01", "13 is not a month"), ("Foo-27", "Foo-27 is not understood"), ("Ju-27", "not understood")],
)  # fmt: skip
def test_what_can_be_misread_is_refused_in_one_sentence(text: str, words: str) -> None:
    found = read_month(text)
    assert isinstance(found, NotRead)
    assert words in found.text
    assert ". " not in found.text


def test_names_of_months_in_the_locale_with_two_figures() -> None:
    german = QLocale(QLocale.Language.German)
    assert read_month("Dez-27", locale=german) == Month("2027-12", "Dez-27 = December 2027")
    assert isinstance(read_month("Dez-27"), NotRead)
