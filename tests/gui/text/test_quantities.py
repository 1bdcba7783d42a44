"""Typing quantities: what is read, how it is said to be understood, and what is refused in which words."""

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from gigaplan.engine.plan.fields import LARGEST, fields, is_tiny
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.gui.text.months import Month, read_month
from gigaplan.gui.text.quantities import NotRead, Quantity, Relative, read, read_relative, show, with_unit
from gigaplan.gui.text.units import ANY, EXPECTED, expected, factor

GERMAN = QLocale("de_DE")
FRENCH = QLocale("fr_FR")
ENGLISH = QLocale("en_US")

READ = [
    # plain numbers
    ("250", "MW", 250), ("0", "MW", 0), ("1 200", "MW", 1200), ("1200", "MW", 1200), ("1,200", "MW", 1200),
    ("1,200.5", "MW", 1200.5), ("1,200,500", "MW", 1200500), ("1'200", "MW", 1200), ("1\u2009200", "MW", 1200),
    ("1\u00a0200\u00a0500", "MW", 1200500), ("1\u202f200", "MW", 1200), ("  42  ", "MW", 42), (".5", "MW", 0.5),
    ("5e3", "MW", 5000), ("1.2e3 MW", "MW", 1200), ("1E-3", "MW", 0.001), ("2.5e+2", "MW", 250), ("-5", "USD/MWh", -5),
    ("\u22125", "USD/MWh", -5), ("\u20135", "USD/MWh", -5), ("007", "chips", 7), ("1.200,5", "MW", 1200.5),
    ("1.200.500", "MW", 1200500), ("1.5", "MW", 1.5), ("1200.50", "MW", 1200.5),
    # power
    ("1.2 GW", "MW", 1200), ("1200 MW", "MW", 1200), ("1200MW", "MW", 1200), ("850 kW", "MW", 0.85),
    ("1.2 gw", "MW", 1200),
    ("5 KW", "MW", 0.005), ("2 TW", "MW", 2e6), ("1 000 000 W", "MW", 1), ("1.4 kW", "W", 1400), ("1.2k", "W", 1200),
    ("3 million W", "MW", 3), ("250 kwatts", "MW", 0.25), ("12 watts", "W", 12),
    # money
    ("$3.2M", "USD", 3.2e6), ("3.2M USD", "USD", 3.2e6), ("$ 3.2 M", "USD", 3.2e6), ("USD 3.2M", "USD", 3.2e6),
    ("3.2 MUSD", "USD", 3.2e6), ("45k$", "USD", 45000), ("$45k", "USD", 45000), ("US$ 5", "USD", 5), ("-$5", "USD", -5),
    ("$-5", "USD", -5), ("3.2 mn", "USD", 3.2e6), ("3.2 million", "USD", 3.2e6), ("2 bn USD", "USD", 2e9),
    ("2B", "USD", 2e9), ("1 trillion", "USD", 1e12), ("1.5 Mio", "USD", 1.5e6), ("3.2M/year", "USD/year", 3.2e6),
    ("$3.2M/year", "USD/year", 3.2e6), ("$1M/month", "USD/year", 12e6), ("$3.2M per year", "USD/year", 3.2e6),
    ("54", "USD/MWh", 54), ("$54/MWh", "USD/MWh", 54), ("54 USD/MWh", "USD/MWh", 54), ("$0.054/kWh", "USD/MWh", 54),
    ("5.4 ct/kWh", "USD/MWh", 54), ("5.4 ¢/kWh", "USD/MWh", 54), ("54 $ per MWh", "USD/MWh", 54),
    ("$54", "USD/MWh", 54), ("$5MM", "USD", 5e6), ("5 MM", "USD/year", 5e6), ("USD 1.2 million", "USD", 1.2e6),
    ("$ 45 Tsd.", "USD", 45000), ("3 Mio. USD", "USD", 3e6), ("1.5 Mrd.", "USD/year", 1.5e9),
    ("1.6 $/h", "USD/chip-h", 1.6), ("$1.6/chip-h", "USD/chip-h", 1.6), ("$1.6 per chip-hour", "USD/chip-h", 1.6),
    ("$1.6/GPU-h", "USD/chip-h", 1.6), ("1.6 USD/(chip h)", "USD/chip-h", 1.6), ("$38.4/day", "USD/chip-h", 1.6),
    ("$56k", "USD/chip", 56000), ("$56k/GPU", "USD/chip", 56000), ("120 $/kW-month", "USD/kW-month", 120),
    ("120 $/kW/month", "USD/kW-month", 120), ("$120k/MW-month", "USD/kW-month", 120),
    ("$1440/kW-y", "USD/kW-month", 120),
    ("80 USD/t", "USD/tCO2e", 80), ("$80/tCO2e", "USD/tCO2e", 80), ("$80 / tCO₂", "USD/tCO2e", 80),
    ("3 USD/(PFLOP/s)-h", "USD/(PFLOP/s)-h", 3), ("$3/PFLOPS-h", "USD/(PFLOP/s)-h", 3),
    ("$0.04", "USD/(token/s)-h", 0.04), ("0.04 USD/(tok/s)-h", "USD/(token/s)-h", 0.04),
    # percentages and ratios
    ("12%", "fraction", 0.12), ("12 %", "fraction", 0.12), ("0.12", "fraction", 0.0012), ("0", "fraction", 0),
    ("60", "fraction", 0.6), ("1", "fraction", 0.01), ("-3", "fraction/year", -0.03),
    ("100%", "fraction", 1), ("8.5%", "fraction", 0.085), ("0.1 %", "fraction", 0.001),
    ("12 percent", "fraction", 0.12),
    ("+85%", "fraction/year", 0.85), ("-5%", "fraction/year", -0.05), ("8%", "/year", 0.08),
    ("8 %/year", "/year", 0.08),
    ("8% a year", "/year", 0.08), ("8 % p.a.", "/year", 0.08), ("50 bp", "/year", 0.005),
    ("250%", "fraction/year", 2.5),
    ("1.8", "ratio", 1.8), ("1.8x", "ratio", 1.8), ("120%", "ratio", 1.2), ("1.8 ×", "ratio", 1.8),
    # time
    ("36", "months", 36), ("36 months", "months", 36), ("18 mo", "months", 18), ("3 y", "months", 36),
    ("3y", "months", 36),
    ("3 years", "months", 36), ("1.5 yr", "months", 18), ("2 quarters", "months", 6), ("730.5 h", "months", 1),
    ("35 ms", "ms", 35), ("0.035 s", "ms", 35), ("35", "ms", 35), ("400 us", "ms", 0.4), ("400 µs", "ms", 0.4),
    ("20 periods", "periods", 20),
    # work, memory, chips, carbon
    ("9.2 EFLOP/s", "PFLOP/s", 9200), ("9.2 EFLOPS", "PFLOP/s", 9200), ("500 TFLOP/s", "PFLOP/s", 0.5),
    ("2.3 PF", "TFLOP/s", 2300), ("2.3 PFLOPs/s", "TFLOP/s", 2300), ("45k", "PFLOP/s", 45000),
    ("9 pflop/s", "PFLOP/s", 9),
    ("6.1M", "tokens/s", 6.1e6), ("6.1M tok/s", "tokens/s", 6.1e6), ("6.1 Mtok/s", "tokens/s", 6.1e6),
    ("6.1M/s", "tokens/s", 6.1e6), ("6.1k tps", "tokens/s", 6100),
    ("3600 tokens/h", "tokens/s", 1), ("86.4B tokens/day", "tokens/s", 1e6),
    ("128k", "tokens", 128000), ("128k tokens", "tokens", 128000), ("70B", "billion", 70), ("70", "billion", 70),
    ("1.2T", "billion", 1200), ("671 billion", "billion", 671), ("671 B params", "billion", 671),
    ("350M", "billion", 0.35),
    ("192 GB", "GB", 192), ("0.192 TB", "GB", 0.192 * 1000), ("1 GiB", "GB", 1.073741824), ("8 TB/s", "GB/s", 8000),
    ("70 kB/token", "B/token", 70000), ("70 KB/tok", "B/token", 70000), ("70 272", "B/token", 70272),
    ("45k", "chips", 45000), ("45k chips", "chips", 45000), ("45 000 GPUs", "chips", 45000),
    ("500", "chips/month", 500),
    ("500 chips/month", "chips/month", 500), ("500/month", "chips/month", 500), ("320 g/kWh", "g/kWh", 320),
    ("0.32 kg/kWh", "g/kWh", 320), ("320 kgCO2e/MWh", "g/kWh", 320), ("1000 lb/MWh", "g/kWh", 453.59237),
    ("1.8 l/kWh", "L/kWh", 1.8),
    ("1.8 m3/MWh", "L/kWh", 1.8),
    ("0.25 t/chip", "kgCO2e/chip", 250), ("250 kg", "kgCO2e/chip", 250), ("45 kt/year", "tCO2e/year", 45000),
    ("45k", "tCO2e/year", 45000),
    # sums
    ("=250*4", "MW", 1000), ("=250 * 4 MW", "MW", 1000), ("=1.2*2 GW", "MW", 2400), ("=(1+2)*3", "MW", 9),
    ("=2**3", "MW", 8),
    ("=2^3", "MW", 8), ("=1/3", "MW", 1 / 3), ("=-5+10", "MW", 5), ("=1,200*2", "MW", 2400), ("=3/4", "fraction", 0.75),
    ("=2×3", "MW", 6), ("=120/2 $/MWh", "USD/MWh", 60), ("=1e3*2", "MW", 2000), ("=0.1+0.2", "MW", 0.3),
]  # fmt: skip


@pytest.mark.parametrize(("text", "unit", "value"), READ)
def test_what_is_read(text: str, unit: str, value: float) -> None:
    found = read(text, unit)
    assert isinstance(found, Quantity), found
    assert found.value == pytest.approx(value, rel=1e-14, abs=0)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [("$1440/kW-year", "USD/kW-month", 120.0), ("366M tokens/min", "tokens/s", 6.1e6), ("850 kW", "MW", 0.85),
     ("0.123456789012345678 TB", "GB", 123.456789012345678), ("90 d", "months", 2.9568788501027)],
)  # fmt: skip
def test_a_conversion_leaves_no_dust_in_the_last_digits(text: str, unit: str, value: float) -> None:
    assert read(text, unit) == Quantity(value, f"{text} = {with_unit(value, unit)}")


REFUSED = [
    ("", "MW", "is empty"), ("   ", "MW", "is empty"), ("abc", "MW", "not a number"), ("GW", "MW", "not a number"),
    ("2 hours", "MW", "hours is a time; power is expected, for example 250 MW"),
    ("250 MW", "months", "MW is a power; a time is expected"), ("5 MWh", "MW", "is an energy; power is expected"),
    ("$5", "MW", "$ is an amount of money; power is expected"), ("5 %", "MW", "% is a fraction"),
    ("12 potatoes", "MW", "potatoes is not a known unit; power is expected, for example 250 MW"),
    ("5 mw", "MW", "did you mean MW?"),
    ("5 mW", "MW", "did you mean MW?"),
    ("5 mwh", "USD/MWh", "did you mean MWh?"), ("5 $/mwh", "USD/MWh", "did you mean MWh?"), ("8 Gb/s", "GB/s", "bits"),
    ("8 gb", "GB", "did you mean GB?"), ("1,2,3", "MW", "every three digits"), ("1.2.3", "MW", "every three digits"),
    ("1,5", "MW", "write 1.5"),
    ("12,34", "MW", "two ways"), ("1,2.3,4", "MW", "contradict"), ("1 2", "MW", "every three digits"),
    ("1 20", "MW", "every three digits"),
    ("1,20,000", "MW", "every three digits"), ("5 MM", "MW", "a million of money"), ("45k.", "USD", "not a known unit"),
    ("~5", "MW", "not a number"), ("5-10 MW", "MW", "not a known unit"), ("1/2", "MW", "not a known unit"),
    ("½", "MW", "0 to 9"),
    ("5 lakh", "USD", "not a known unit"), ("TRUE", "MW", "not a number"), ("<5", "MW", "not a number"),
    ("5 MW?", "MW", "not a known unit"),
    ("0,200", "MW", "two ways"), ("1 m", "months", "write it out"),
    ("5 m", "USD", "write it out"),
    ("1 M", "months", "write 1 months"), ("850k", "MW", "850 MW"), ("5M", "MW", "could be million"),
    ("2.3T", "TFLOP/s", "trillion"), ("5k", "GB", "thousand"), ("70B", "B/token", "billion"),
    ("8% a month", "/year", "fit"),
    ("+10%", "fraction", "write 10%"), ("+50", "MW", "write 50"), ("3 MW", "fraction", "a fraction is expected"),
    ("5 MW/chip", "MW", "power is expected"), ("500 chips/period", "chips/month", "chips per month"),
    ("12 tokens", "tokens/s", "a rate of tokens is expected"), ("9 EFLOP", "PFLOP/s", "an amount of computing"),
    ("€5", "USD", "not EUR"), ("5 EUR", "USD", "not EUR"), ("5 kEUR", "USD", "not EUR"),
    ("£5/MWh", "USD/MWh", "not GBP"),
    ("9**9**9", "MW", "begins with ="), ("250*4", "MW", "=250*4"), ("5+5", "MW", "begins with ="),
    ("=9**9**9", "MW", "too large"),
    ("=9**99999", "MW", "too large"), ("=1/0", "MW", "divides by 0"), ("=(1", "MW", "not complete"),
    ("=", "MW", "a formula"),
    ("=1++", "MW", "not complete"), ("=(-8)**0.5", "MW", "no number"), ("=__import__('os')", "MW", "a formula"),
    ("=1 if 1 else 2", "MW", "not a known unit"), ("=a+1", "MW", "a formula"),
    ("=" + "(" * 70 + "1", "MW", "not complete"),
    ("__import__('os').system('x')", "MW", "not a number"), ("nan", "MW", "not a number"),
    ("inf", "MW", "not a number"),
    ("-inf", "MW", "not a number"), ("NaN", "fraction", "not a number"), ("1e999", "MW", "too large"),
    ("1e400", "MW", "too large"),
    ("1e-310", "MW", "closer to 0 than 1e-100"), ("=1e-60*1e-60", "MW", "closer to 0"),
    ("1e16", "MW", "beyond what the solver"), ("9" * 79, "MW", "beyond what the solver"),
    ("9" * 5000, "MW", "characters long"),
    ("١٢", "MW", "0 to 9"), ("\uff11\uff12", "MW", "0 to 9"), ("²", "MW", "not a number"),
    ("5\u200bMW", "MW", "invisible"),
    ("5\x00", "MW", None), ("--5", "MW", "two signs"), ("5 MW MW", "MW", "another kind"),
    ("5 MW/", "MW", "is incomplete"),
    ("5 (MW", "MW", "begins with ="), ("5 MW)", "MW", "not understood"), ("0x10", "MW", "not a known unit"),
    ("1_000", "MW", "not a known unit"),
    ("5 GB", "billion", "parameters"), ("5 periods", "months", "a number of periods"),
    ("1.2.3.4", "MW", "every three digits"),
    ("$5 EUR", "USD", "not EUR"), ("1e5e5", "MW", "not a known unit"),
    ("5 USD/MWh/h", "USD/MWh", "a price of energy is expected"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "unit", "words"), REFUSED)
def test_what_is_refused_and_why(text: str, unit: str, words: str | None) -> None:
    found = read(text, unit)
    assert isinstance(found, NotRead), found
    assert words is None or words in found.text
    assert 0 < len(found.text) < 220


@pytest.mark.parametrize(
    ("text", "locale", "value"),
    [
        ("1.200,5", GERMAN, 1200.5), ("1,200", GERMAN, 1.2), ("1.200", GERMAN, 1200), ("1,5 GW", GERMAN, 1500),
        ("1.5", GERMAN, 1.5), ("0.085", GERMAN, 0.085), ("1,200.5", GERMAN, 1200.5), ("=1,5*2", GERMAN, 3),
        ("1 200,5", FRENCH, 1200.5), ("1\u202f200,5", FRENCH, 1200.5), ("1,200", ENGLISH, 1200),
        ("1.200", ENGLISH, 1.2),
        ("1.200.500", GERMAN, 1200500), ("1,2 Tsd. MW", GERMAN, 1200), ("1'200,5", GERMAN, 1200.5),
        ("=1.500*2", GERMAN, 3000), ("1,2e3", GERMAN, 1200), ("0.100", GERMAN, 0.1),
    ],
)  # fmt: skip
def test_numbers_in_the_form_of_the_locale_and_in_the_plain_form(text: str, locale: QLocale, value: float) -> None:
    found = read(text, "MW", locale=locale)
    assert isinstance(found, Quantity)
    assert found.value == value


@pytest.mark.parametrize(
    ("text", "unit", "locale", "said"),
    [
        ("1.2 GW", "MW", None, "1.2 GW = 1 200 MW"), ("1,200", "MW", GERMAN, "1,200 = 1,2 MW"),
        ("1.200", "MW", GERMAN, "1.200 = 1 200 MW"), ("1,200", "MW", None, "1,200 = 1 200 MW"),
        ("0.12", "fraction", None, "0.12 = 0.12 %"), ("60", "fraction", None, "60 = 60 %"),
        ("=250*4", "MW", None, "=250*4 = 1 000 MW"),
        ("6.1 Mtok/s", "tokens/s", None, "6.1 Mtok/s = 6.1 M tokens/s"), ("250", "MW", None, ""),
        ("1 200", "MW", None, ""),
        ("1200.5", "MW", None, ""), ("12%", "fraction", None, ""), ("250 MW", "MW", None, ""),
    ],
)  # fmt: skip
def test_it_says_how_it_understood(text: str, unit: str, locale: QLocale | None, said: str) -> None:
    found = read(text, unit, locale=locale)
    assert isinstance(found, Quantity)
    assert found.text.replace("\u2009", " ") == said


def test_money_is_read_in_the_currency_of_the_plan() -> None:
    assert read("€3.2M", "USD", currency="EUR") == Quantity(3.2e6, "€3.2M = 3.2\u2009M EUR")
    assert read("54 EUR/MWh", "USD/MWh", currency="EUR").value == 54
    assert "in EUR, not USD" in read("$5", "USD", currency="EUR").text
    assert "in EUR, not USD" in read("5 USD", "USD", currency="EUR").text


@pytest.mark.parametrize(
    ("text", "unit", "factor"),
    [("+10%", "MW", 1.1), ("-5%", "MW", 0.95), ("- 5 %", "MW", 0.95), ("−5%", "MW", 0.95), ("*1.1", "MW", 1.1),
     ("×1.1", "fraction", 1.1), ("/2", "MW", 0.5), ("+100%", "MW", 2), ("-100%", "MW", 0), ("*0", "MW", 0)],
)  # fmt: skip
def test_changes_relative_to_the_value(text: str, unit: str, factor: float) -> None:
    found = read_relative(text, unit)
    assert isinstance(found, Relative)
    assert found.factor == factor


def test_what_is_no_change_or_a_doubtful_one() -> None:
    assert read_relative("10%", "ratio") is None
    assert read_relative("-5", "USD/MWh") is None
    assert read_relative("-5%", "fraction/year") is None
    for text, unit in [("+10%", "fraction"), ("/0", "MW"), ("-200%", "MW"), ("*1e9", "MW")]:
        assert isinstance(read_relative(text, unit), NotRead), text
    assert Relative(1.1).of(70) == 77  # not 77.00000000000001


@pytest.mark.parametrize(
    ("text", "month"),
    [("2027-08", "2027-08"), ("2027-8", "2027-08"), ("2027/08", "2027-08"), ("08/2027", "2027-08"),
     ("Aug 2027", "2027-08"),
     ("august 2027", "2027-08"), ("2027 Aug", "2027-08"), ("Aug. 2027", "2027-08"), ("2027 Q3", "2027-07"),
     ("Q3 2027", "2027-07"), ("2027Q3", "2027-07"), ("q1/2027", "2027-01"), ("2027", "2027-01"),
     ("sept 2027", "2027-09"),
     ("may 2027", "2027-05"), (" 2027-08 ", "2027-08")],
)  # fmt: skip
def test_months(text: str, month: str) -> None:
    found = read_month(text)
    assert isinstance(found, Month)
    assert found.value == month


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "empty"), ("2027-13", "1 to 12"), ("2027-00", "1 to 12"), ("Q5 2027", "expected"),
     ("ju 2027", "expected"), ("2027-08-15", "expected"), ("08/07/2027", "expected"), ("20277", "expected"),
     ("3 y", "expected"),
     ("٢٠٢٧", "expected"), ("0001-01", "not between"), ("9999", "not between"), ("x" * 500, "expected")],
)  # fmt: skip
def test_what_is_no_month(text: str, words: str) -> None:
    found = read_month(text)
    assert isinstance(found, NotRead)
    assert words in found.text


def test_months_by_their_name_in_the_locale() -> None:
    assert read_month("Mai 2027", locale=GERMAN).value == "2027-05"
    assert read_month("Dezember 2027", locale=GERMAN).value == "2027-12"
    assert read_month("Q3 2027").text == "Q3 2027 = July 2027"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1200.0, "MW", "1 200"), (0.085, "USD", "0.085"), (0.12, "fraction", "12 %"), (0.085, "fraction", "8.5 %"),
     (6.1e6, "tokens/s", "6.1 M"), (1234567.0, "USD", "1 234 567"), (-54.25, "USD/MWh", "−54.25"), (None, "MW", ""),
     (6.1e6, "MW", "6 100 000"), (0.0, "fraction", "0 %"), (0.1 + 0.2, "ratio", "0.30000000000000004")],
)  # fmt: skip
def test_showing(value: float | None, unit: str, text: str) -> None:
    assert show(value, unit).replace("\u2009", " ") == text


def test_showing_in_a_locale_and_with_the_unit() -> None:
    assert show(1234.5, "MW", GERMAN) == "1\u2009234,5"
    assert with_unit(3.2e6, "USD/year", currency="EUR") == "3.2\u2009M EUR/year"


UNITS = sorted(EXPECTED)


@example(value=5.1350506837649284e-67, unit="/year", locale=GERMAN)
@example(value=5.135e-9, unit="MW", locale=GERMAN)
@given(
    value=st.floats(min_value=-LARGEST, max_value=LARGEST, allow_nan=False).filter(lambda v: not is_tiny(v)),
    unit=st.sampled_from(UNITS),
    locale=st.sampled_from([None, GERMAN, FRENCH, ENGLISH]),
)
def test_what_is_shown_reads_back_as_the_same_number(value: float, unit: str, locale: QLocale | None) -> None:
    found = read(show(value, unit, locale), unit, locale=locale)
    assert isinstance(found, Quantity), (show(value, unit, locale), found)
    assert found.value == value


@given(text=st.text(max_size=100), unit=st.sampled_from(UNITS))
def test_any_text_gives_a_number_or_words(text: str, unit: str) -> None:
    found = read(text, unit)
    assert isinstance(found, NotRead) or abs(found.value) <= LARGEST
    read_relative(text, unit)
    read_month(text)


@given(text=st.text(alphabet="0123456789.,= '+-*/()eEkMGWhUSDtok$%^", max_size=40), unit=st.sampled_from(UNITS))
def test_any_text_of_signs_that_quantities_have(text: str, unit: str) -> None:
    found = read(text, unit)
    assert isinstance(found, NotRead) or abs(found.value) <= LARGEST


def test_every_unit_of_the_schema_is_known_and_reads_itself() -> None:
    units = set()
    for row_type in (Settings, *ROW_TYPES.values()):
        for field in fields(row_type):
            for inner in fields(field.row_type) if field.row_type else (field,):
                units |= {inner.unit} if isinstance(inner.unit, str) else set(inner.unit.values())
    units -= {"px"}
    assert {unit for unit in units - {""} if expected(unit) == ANY} == set()
    for unit in units - {"", "ratio", "fraction", "fraction/year", "/year"}:
        assert read(f"7 {unit}", unit).value == 7, unit
        _, example = expected(unit)
        assert isinstance(read(example, unit), Quantity), unit


def test_a_unit_without_words_of_its_own_is_read_and_named_by_its_dimension() -> None:
    assert factor("USD/chip-month", "USD/chip-year") == 12
    assert read("3k USD/chip-year", "USD/chip-year").value == 3000
    refused = read("3 MW", "USD/chip-year")
    assert isinstance(refused, NotRead)
    assert "a price per chip-hour is expected, for example 1.2 USD/chip-year" in refused.text
    assert expected("px") == ANY


def test_common_input_does_without_pint() -> None:
    code = """
import sys
from gigaplan.gui.text.quantities import read
for text, unit in [("250", "MW"), ("45k", "chips"), ("12 %", "fraction"), ("$3.2M", "USD"), ("250 MW", "MW")]:
    assert hasattr(read(text, unit), "value"), text
print("pint" in sys.modules)
assert read("1.2 GW", "MW").value == 1200
print("pint" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]
