"""A catalogue of one's own: what is wrong with it is named by file and row, and merged its rows win."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from gigaplan.engine.catalogue import load_catalogue
from gigaplan.engine.catalogue.entries import TABLES
from gigaplan.engine.catalogue.own import check_own, read_own
from gigaplan.engine.cli.main import main

POINT = {
    "platform": "nvidia_b200", "model": "deepseek_r1", "precision": "fp8", "prompt_tokens": "8192",
    "output_tokens": "1024", "token_latency_ms": "40", "tokens_s_chip": "500", "source": "our bench",
    "as_of": "2026-11",
}  # fmt: skip
OFFER = {
    "id": "ours_1", "platform_id": "nvidia_b200", "provider": "Acme", "region_scope": "EU", "kind": "reserved_1y",
    "price_usd_per_chip_hour": "2.5", "term_months": "12", "source": "quotation 17", "as_of": "2026-11",
}  # fmt: skip


def write(folder: Path, table: str, *rows: dict[str, str]) -> None:
    with open(folder / f"{table}.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def said(folder: Path) -> list[str]:
    return [str(problem) for problem in check_own(read_own(folder))]


def test_a_sound_catalogue_has_nothing_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "offers", OFFER)
    write(tmp_path, "serving_curves", POINT, POINT | {"token_latency_ms": "80", "tokens_s_chip": "900"})
    assert said(tmp_path) == []
    assert main(["catalogue", "validate", str(tmp_path)]) == 0
    assert "offers: 1 row and serving_curves: 2 rows; no errors" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"token_latency_ms": "0"}, "row 2, token_latency_ms is 0; it must be more than 0"),
        ({"model": "deepseek_r2"}, 'row 2, model is "deepseek_r2", and models has no such row'),
        ({"platform": "b200"}, 'row 2, platform is "b200", and platforms has no such row'),
        ({"precision": "int8"}, 'row 2, precision is "int8"'),
        ({"tokens_s_chip": "1,5"}, "which is no number"),
        ({"tokens_s_chip": ""}, "row 2, tokens_s_chip is empty"),
        ({"source": ""}, "row 2, source is empty"),
    ],
)
def test_a_bad_point_of_a_curve_is_named_by_its_row(tmp_path: Path, change: dict[str, str], words: str) -> None:
    write(tmp_path, "serving_curves", POINT | change)
    (found,) = said(tmp_path)
    assert words in found.replace(": ", " ")


def test_a_curve_that_is_not_monotone_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "serving_curves", POINT, POINT | {"token_latency_ms": "80", "tokens_s_chip": "450"})
    (found,) = said(tmp_path)
    assert "row 3" in found
    assert "450 tokens/s at 80 ms, and row 2 has 500 at 40 ms: the curve is not monotone" in found
    assert main(["catalogue", "validate", str(tmp_path)]) == 2
    assert "not monotone" in capsys.readouterr().out


def test_columns_ids_and_files_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "validate", str(tmp_path)]) == 2
    assert "holds none of the files of a catalogue" in capsys.readouterr().err
    write(tmp_path, "offers", OFFER, OFFER)
    assert "is called already" in said(tmp_path)[0]
    write(tmp_path, "offers", OFFER | {"price": "3"})
    (found,) = check_own(read_own(tmp_path))
    assert (found.severity, found.path) == ("warning", "offers.price")
    write(tmp_path, "offers", {k: v for k, v in OFFER.items() if k != "platform_id"})
    assert "has no column platform_id" in said(tmp_path)[0]


def test_merged_with_ours_ones_own_rows_win(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own, out = tmp_path / "own", tmp_path / "out"
    own.mkdir()
    write(own, "offers", OFFER, OFFER | {"id": "offer_152", "price_usd_per_chip_hour": "9"})
    write(own, "serving_curves", POINT)
    assert main(["catalogue", "merge", str(own), "-o", str(out)]) == 0
    with open(out / "offers.csv", encoding="utf-8-sig", newline="") as file:
        offers = {row["id"]: row for row in csv.DictReader(file)}
    assert len(offers) == len(load_catalogue().offers) + 1
    assert offers["ours_1"]["provider"] == "Acme"
    assert offers["offer_152"]["price_usd_per_chip_hour"] == "9"
    assert {path.stem for path in out.glob("*.csv")} == set(TABLES)
    assert [p for p in check_own(read_own(out)) if p.severity == "error"] == [], "what is merged is a sound catalogue"
    assert main(["catalogue", "merge", str(own), "-o", str(out)]) == 2
    assert "holds" in capsys.readouterr().err
    assert main(["catalogue", "merge", str(own), "-o", str(out), "--force"]) == 0


def test_what_has_errors_is_not_merged(tmp_path: Path) -> None:
    write(tmp_path, "serving_curves", POINT | {"token_latency_ms": "0"})
    assert main(["catalogue", "merge", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()
