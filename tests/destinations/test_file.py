"""Files as a destination: the recorded cases, names that tell the content, and files that can be read again."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.destinations.contract import Answer, Command, Deliverable, Sent, Write
from collector.destinations.file import DESTINATION
from collector.destinations.records import COLUMNS
from collector.event import Event, Item
from collector.outgoing.sender import Sender
from collector.outgoing.webhook import Rules
from collector.store.parquet import parquet_of_lines
from tests.destinations.cases_runner import (
    answer_of,
    cases,
    commands,
    context_of,
    event_of,
    judged,
    mapped,
    options_of,
    packed,
    secrets_of,
)

CASES = cases("file")
HASH = re.compile(r"(?<=-)[0-9a-f]{16}(?=\.)")
NOW = datetime(2026, 11, 21, 9, 3, tzinfo=UTC)
PURCHASE = {
    "event": "purchase",
    "event_id": "e1",
    "ts": "2026-11-21T09:02:27.000005Z",
    "items": [
        {
            "item_id": "1",
            "price": "1990.5",
            "quantity": "0.0001",
            "item_category": ["a", "b"],
            "props": {"x": {"y": 1}},
        }
    ],
    "value": "12345678901234.1234",
    "ids": {"loyalty_id": "7"},
    "alias": [{"type": "user_id", "value": "u"}],
    "props": {"я": [1, "\n"]},
    "notes": ["currency_defaulted"],
    "is_line": True,
}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_case_is_told_as_its_file_says(case: dict[str, Any]) -> None:
    """A case has `files` where others have requests: place, name with `?` for its hash, settings and lines."""
    options = options_of(DESTINATION, case["options"])
    cut = packed(DESTINATION, list(commands(mapped(case))), options, secrets_of(DESTINATION))
    if "files" in case:
        assert [shown(outgoing) for _, outgoing in cut] == case["files"]
    for one in case.get("answers", ()):
        made = DESTINATION.judge(Sent(commands=cut[0][0]), answer_of(one["answer"]))
        assert judged(made) == one["judgement"]


def shown(outgoing: object) -> dict[str, Any]:
    assert isinstance(outgoing, Write)
    assert outgoing.secrets == {"key": "hush"}
    return {
        "place": outgoing.place,
        "name": HASH.sub("?", outgoing.name),
        "settings": dict(outgoing.settings),
        "lines": [json.loads(line) for line in zstandard.decompress(outgoing.body).splitlines()],
    }


def written(*events: Event, **options: Any) -> Write:
    known = options_of(DESTINATION, {"place": "/srv/files", **options})
    told: list[Command] = []
    for event in events:
        made = DESTINATION.map(event, context_of({}, known))
        assert isinstance(made, Deliverable)
        told += made.commands
    outgoing = DESTINATION.pack(told, known, {})
    assert isinstance(outgoing, Write)
    return outgoing


def many(count: int) -> list[Event]:
    return [event_of({"event": "page_view", "event_id": f"e{number}"}) for number in range(count)]


def test_the_same_batch_is_the_same_file_and_another_has_another_name() -> None:
    first, again, other = written(*many(3)), written(*many(3)), written(*many(2))
    assert first == again
    assert first.name != other.name
    assert HASH.sub("?", first.name) == HASH.sub("?", other.name) == "2026-11-21/e0-?.ndjson.zst"


def test_a_file_waits_as_long_and_takes_as_much_as_is_set_and_one_is_written_at_a_time() -> None:
    limits = DESTINATION.limits(options_of(DESTINATION, {"rows": 50_000, "every_s": 900}))
    assert (limits.commands, limits.linger_s, limits.lanes, limits.total_s) == (50_000, 900.0, 1, 60.0)


def test_events_of_two_days_do_not_share_a_file() -> None:
    known = options_of(DESTINATION)
    routes = []
    for day in (21, 22):
        context = replace(context_of({}, known), received_at=datetime(2026, 11, day, tzinfo=UTC))
        made = DESTINATION.map(many(1)[0], context)
        assert isinstance(made, Deliverable)
        routes.append(made.commands[0].route)
    assert routes == ["2026-11-21", "2026-11-22"]


def read(body: bytes, folder: Path) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Types and rows of a Parquet file, what is null left out."""
    file = folder / "read.parquet"
    file.write_bytes(body)
    with duckdb.connect() as db:
        told = db.read_parquet(str(file))
        rows = [dict(zip(told.columns, row, strict=True)) for row in told.fetchall()]
        types = dict(zip(told.columns, map(str, told.types), strict=True))
    return types, [{name: value for name, value in row.items() if value is not None} for row in rows]


def test_a_parquet_file_has_amounts_times_and_items_as_such(tmp_path: Path) -> None:
    types, (row,) = read(written(event_of(PURCHASE), format="parquet").body, tmp_path)
    item = row.pop("items")[0]
    assert row == {
        "received_at": datetime(2026, 11, 21, 9, 2, 27, 500_000),  # noqa: DTZ001
        "seq": 0,
        "ts_source": "server",
        "event": "purchase",
        "event_id": "e1",
        "ts": datetime(2026, 11, 21, 9, 2, 27, 5),  # noqa: DTZ001
        "is_line": True,
        "alias": [{"type": "user_id", "value": "u"}],
        "ids": {"loyalty_id": "7"},
        "value": Decimal("12345678901234.1234"),
        "props": '{"я":[1,"\\n"]}',
        "notes": ["currency_defaulted"],
    }
    assert {name: value for name, value in item.items() if value is not None} == {
        "item_id": "1",
        "item_category": ["a", "b"],
        "price": Decimal("1990.5000"),
        "quantity": Decimal("0.0001"),
        "props": '{"x":{"y":1}}',
    }
    assert (types["ts"], types["value"], types["notes"]) == ("TIMESTAMP", "DECIMAL(18,4)", "VARCHAR[]")
    assert list(types) == list(COLUMNS)


def test_every_field_of_an_event_and_an_item_has_a_column() -> None:
    """The pointer leads into the raw request, which does not travel."""
    assert set(Event.__struct_fields__) - {"pointer"} <= set(COLUMNS)
    assert all(f'"{name}" ' in COLUMNS["items"] for name in Item.__struct_fields__)


TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
PROPS = st.dictionaries(TEXT, st.recursive(TEXT | st.integers(-9, 9) | st.none(), st.lists), max_size=3)


@given(st.lists(st.tuples(TEXT, TEXT, PROPS), min_size=1, max_size=40))
@settings(max_examples=8, deadline=None, derandomize=True)
def test_whatever_stands_in_an_event_stands_in_its_row(
    tmp_path_factory: pytest.TempPathFactory, words: list[tuple[str, str, dict[str, Any]]]
) -> None:
    events = [
        event_of(
            {
                "event": "search",
                "event_id": f"e{at}",
                "search_term": term,
                "ids": {"x": known},
                "props": props,
            }
        )
        for at, (term, known, props) in enumerate(words)
    ]
    _, rows = read(written(*events, format="parquet").body, tmp_path_factory.mktemp("read"))
    assert [(row["search_term"], row["ids"], json.loads(row.get("props", "{}"))) for row in rows] == [
        (term, {"x": known}, props) for term, known, props in words
    ]


def test_a_line_without_the_types_of_its_columns_makes_no_file() -> None:
    with pytest.raises(ValueError, match="a line has not the types of its columns"):
        parquet_of_lines(['{"value":"much"}'], COLUMNS)


@pytest.mark.parametrize("format", ["ndjson.zst", "parquet"])
def test_a_batch_that_is_written_twice_is_one_file(tmp_path: Path, format: str) -> None:
    async def whole() -> list[Answer]:
        sender = Sender(rules=Rules(), folder=tmp_path)
        try:
            known = {"place": f"{tmp_path}/shop", "format": format}
            return [
                await sender.send(written(*many(5), **known), connect_s=2, total_s=10, now=NOW) for _ in "12"
            ]
        finally:
            await sender.close()

    answers = asyncio.run(whole())
    assert [DESTINATION.judge(Sent(commands=()), answer).verdict for answer in answers] == ["delivered"] * 2
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert HASH.sub("?", str(file.relative_to(tmp_path))) == f"shop/2026-11-21/e0-?.{format}"
    if format == "parquet":
        assert [row["event_id"] for row in read(file.read_bytes(), tmp_path)[1]] == [
            "e0",
            "e1",
            "e2",
            "e3",
            "e4",
        ]
    else:
        lines = zstandard.decompress(file.read_bytes()).splitlines()
        assert [msgspec.json.decode(line)["event_id"] for line in lines] == ["e0", "e1", "e2", "e3", "e4"]


def test_the_test_call_writes_an_empty_file_into_the_place() -> None:
    outgoing = DESTINATION.probe(options_of(DESTINATION, {"place": "s3://b"}), {"key": "k"})
    assert outgoing == Write(place="s3://b", name="r46-test", body=b"", secrets={"key": "k"})


def test_knowing_every_kind_does_not_load_the_store_s_engine() -> None:
    code = "import sys, collector.destinations as d; d.kinds()['file']; print('duckdb' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
