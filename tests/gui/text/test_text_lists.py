"""Lists of texts in one line: what is written comes back, and a comma in a text parts nothing."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from gigaplan.gui.text.text_lists import parts_of, text_of


@given(st.lists(st.text(st.sampled_from('ab,;[]" \u00a0\u00e9'), min_size=1), max_size=5, unique=True))
def test_what_is_written_comes_back_whatever_is_in_it(texts: list[str]) -> None:
    assert parts_of(text_of(texts)) == tuple(texts)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("US, IE,,US ", ("US", "IE")),
        ("US; Washington, DC", ("US", "Washington, DC")),
        ('"Washington, DC", IE', ("Washington, DC", "IE")),
        ('15" rack; 20" rack', ('15" rack', '20" rack')),
        ('["a; b", "c"]', ("a; b", "c")),
        ("[a, b", ("[a", "b")),
        (" ;, ", (",",)),
        ("", ()),
    ],
)
def test_what_a_person_types(typed: str, meant: tuple[str, ...]) -> None:
    assert parts_of(typed) == meant
