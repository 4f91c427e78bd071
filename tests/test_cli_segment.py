"""`r46 segment`, typed as an operator types it, with the server stopped."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector import record, settings
from collector.cli import r46
from collector.commands import import_log
from collector.control import Control
from collector.errors import OperatorError
from collector.event import Event
from collector.record import Record
from collector.wire import Shop

RULE = '{"version":1,"rule":{"is":"did","event":"view_item"}}'
WHEN = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    control = Control(settings.load(data=tmp_path).control_file)
    control.add(Shop(shop_id="s1", name="One"))
    control.add(Shop(shop_id="s2", name="Two"))
    control.close()
    return tmp_path


def typed(data: Path, *words: str, asked: str = "") -> str:
    """What the command prints; its own errors are raised."""
    command = ["segment", *words, "--shop", "s1", "--data", str(data)]
    result = CliRunner().invoke(r46, command, obj={}, catch_exceptions=False, input=asked)
    assert result.exit_code == 0, result.output
    return result.output


def visited(data: Path, *devices: str) -> None:
    """A product view of each device, in the log."""

    async def write() -> None:
        async with import_log(settings.load(data=data), "test") as log:
            for number, device in enumerate(devices):
                name = f"0196a000-0000-7000-8000-0000000000{number:02x}"
                view = Event(
                    event="view_item", event_id=name, ts=WHEN, device_id=device, session_id=f"s{number}"
                )
                made = Record(
                    request_id=name,
                    received_at=WHEN,
                    shop_id="s1",
                    vendor="rees46",
                    endpoint="rees46.push",
                    user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                    events=(view,),
                )
                await log.append(record.encode(made))

    asyncio.run(write())


def test_a_rule_is_saved_listed_shown_and_removed(data: Path) -> None:
    segment_id, kind, name = typed(data, "add", "Lookers", "-", asked=RULE).strip().split("\t")
    assert (kind, name) == ("dynamic", "Lookers")
    assert typed(data, "list") == f"{segment_id}\tdynamic\tnot counted yet\tLookers\n"
    shown = typed(data, "show", segment_id)
    assert json.loads(shown.partition("\n")[2]) == json.loads(RULE)
    assert typed(data, "remove", segment_id) == "removed\tLookers\n"
    assert typed(data, "list") == ""


def test_a_rule_with_mistakes_is_refused_with_each_of_them(data: Path) -> None:
    rule = '{"version":1,"rule":{"is":"any","of":[{"is":"did","event":"x"},{"is":"country"}]}}'
    with pytest.raises(OperatorError) as refused:
        typed(data, "add", "Bad", "-", asked=rule)
    assert str(refused.value) == (
        "the rule has mistakes:\n"
        "  rule.of[0].event: is no event; a shop's own is `custom` with its `name`\n"
        "  rule.of[1].is: countries are not known: addresses of visitors are neither stored nor looked up"
    )
    assert typed(data, "list") == ""


def test_a_list_grows_by_its_name_and_tells_lines_without_an_id(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "guests.csv"
    file.write_text("email,phone\nAnn@x.example,\nnobody,\n,+49 30 123\n")
    said = typed(data, "import", "Guests", str(file)).splitlines()
    assert said[1:] == ["ids read 2, in the list now 2, lines without an id 1", "such lines: 3"]
    file.write_text("7\n8\n")
    assert typed(data, "import", "Guests", str(file), "--ids", "user_id").splitlines()[1] == (
        "ids read 2, in the list now 4, lines without an id 0"
    )
    segment_id = typed(data, "list").partition("\t")[0]
    assert typed(data, "show", segment_id).splitlines() == [f"{segment_id}\tstatic\tGuests", "ids\t4"]
    typed(data, "add", "Lookers", "-", asked=RULE)
    with pytest.raises(OperatorError, match="'Lookers' is a rule"):
        typed(data, "import", "Lookers", str(file))


def test_members_are_shown_and_exported_without_what_a_terminal_or_a_sheet_would_run(data: Path) -> None:
    visited(data, "ann", "=1+1", "\x1b[2Jbob")
    segment_id = typed(data, "add", "Lookers", "-", asked=RULE).partition("\t")[0]
    shown = sorted(line.split("\t")[0] for line in typed(data, "members", segment_id).splitlines())
    assert shown == ["=1+1", "\\x1b[2Jbob", "ann"]
    assert len(typed(data, "members", segment_id, "--most", "2").splitlines()) == 2
    rows = list(csv.DictReader(io.StringIO(typed(data, "export", segment_id))))
    assert sorted(row["visitor_id"] for row in rows) == ["\x1b[2Jbob", "'=1+1", "ann"]
    assert {(row["sessions"], row["orders"], row["revenue"]) for row in rows} == {("1", "0", "0.0000")}


def test_what_is_not_there_is_said(data: Path) -> None:
    for words in (("show", "nothing"), ("remove", "nothing")):
        with pytest.raises(OperatorError, match="the shop has no segment 'nothing'"):
            typed(data, *words)
    with pytest.raises(OperatorError, match="no usable segment 'nothing'"):
        typed(data, "export", "nothing")
    with pytest.raises(OperatorError, match="no shop has the id 's9'"):
        CliRunner().invoke(
            r46, ["segment", "list", "--shop", "s9", "--data", str(data)], obj={}, catch_exceptions=False
        )
