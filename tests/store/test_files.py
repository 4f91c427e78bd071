"""Files are read as they are written, whatever is in them."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest

from collector.errors import OperatorError
from collector.store.files import Row, columns_of, count_rows, read_rows

LINES = 'id,name,price\n007,"Kettle, red",1990.50\n9007199254740993,,\n'


def everything(path: Path, *columns: str, batch: int = 100) -> list[Row]:
    return [row for rows in read_rows(path, columns, batch) for row in rows]


def test_values_of_csv_stay_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(LINES)
    assert columns_of(path) == ("id", "name", "price")
    assert count_rows(path) == 2
    assert everything(path, "price", "id", "absent", "name") == [
        ("1990.50", "007", "", "Kettle, red"),
        ("", "9007199254740993", "", ""),
    ]


def test_gzipped_csv_with_a_byte_order_mark_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + LINES.encode()))
    assert everything(path, "id", "price") == [("007", "1990.50"), ("9007199254740993", "")]


def test_a_line_with_another_number_of_cells_is_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n1,2,3\n\n1\n\xff,4\n")
    assert everything(path, "a", "b") == [("1", "2"), ("1,2,3",), ("1",), ("�", "4")]


def test_a_line_that_cannot_be_split_does_not_hide_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "x" * 200_000 + ",1\n3,4\n")
    rows = everything(path, "a", "b")
    assert (len(rows[0]), rows[1:]) == (1, [("3", "4")])


def test_parquet_of_any_types_is_text_in_batches(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.execute(
        "copy (select i::bigint as id, timestamp '2019-10-01 00:00:01' as seen, 2.5::double as price, "
        f"null::varchar as brand from range(5) t(i)) to '{path}' (format parquet)"
    )
    assert columns_of(path) == ("id", "seen", "price", "brand")
    assert count_rows(path) == 5
    assert [len(rows) for rows in read_rows(path, ("id",), 2)] == [2, 2, 1]
    assert everything(path, "seen", "price", "brand", "absent", "id")[4] == (
        "2019-10-01 00:00:01",
        "2.5",
        "",
        "",
        "4",
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.parquet", b"not parquet"),
        ("a.csv", b""),
        ("a.csv.gz", b"not gzip"),
        ("a.csv.gz", gzip.compress(LINES.encode())[:-12]),
    ],
)
def test_a_broken_file_is_named_to_the_person_who_gave_it(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(OperatorError, match=name):
        everything(path, "id")


def test_a_missing_file_is_named_to_the_person_who_gave_it(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"nowhere\.csv"):
        count_rows(tmp_path / "nowhere.csv")
