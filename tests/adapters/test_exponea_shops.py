"""Legacy commands of several shops in one request: a record each, stored together or not at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from collector import echo, record
from collector.errors import Unavailable
from collector.ingest import Answered, Ingest
from collector.log.memory import MemoryLog
from collector.wire import WireRequest
from tests.adapters.wired import ENDPOINTS, SHOP_ID, OneShop, wire_request

OTHER = "0" * 30
KEYS = [
    {"vendor": "exponea", "public": {"project_token": "tok-7"}},
    {"vendor": "exponea", "public": {"project_token": "tok-8"}, "shop": OTHER},
]


class TwoShops(OneShop):
    """The shop of the cases, and another one."""

    def find(self, shop_id: str) -> Any:
        other = OneShop({"shop_id": OTHER}).find(shop_id) if shop_id == OTHER else None
        return other or super().find(shop_id)


SHOPS = TwoShops({}, KEYS)


class SmallDisk(MemoryLog):
    """A log with room for less than two shops."""

    def __init__(self) -> None:
        super().__init__(capacity=1500)


def command(project: str, event_type: str) -> dict[str, Any]:
    data = {"customer_ids": {"registered": f"{event_type}-u"}, "project_id": project, "type": event_type}
    return {"name": "crm/events", "data": {**data, "timestamp": 1751364010}}


COMMANDS = [
    command("tok-7", "first"),
    command("tok-8", "second"),
    command("tok-9", "third"),
    command("tok-7", "fourth"),
]


def sent(commands: list[dict[str, Any]] = COMMANDS, headers: Mapping[str, str] | None = None) -> WireRequest:
    body = {"commands": commands}
    return wire_request({"method": "POST", "path": "/bulk", "headers": headers or {}, "body": body})


def asked(ingest: Ingest, request: WireRequest) -> Answered:
    return asyncio.run(ingest(ENDPOINTS["/bulk"], request))


def kept(log: MemoryLog) -> list[record.Record]:
    return [
        record.decode(line)
        for chunk in log.read({}, 1 << 30)
        for line in chunk.data.splitlines(keepends=True)
    ]


def test_every_shop_gets_a_record_with_its_own_commands_and_nothing_of_others() -> None:
    log = MemoryLog()
    answered = asked(Ingest(SHOPS, log), sent())
    assert [one["status"] for one in json.loads(answered.reply.body)["results"]] == [
        "ok",
        "ok",
        "error",
        "ok",
    ]
    assert answered.verdict == "rejected; codes=shop_unknown"
    mine, theirs, nobody = kept(log)
    assert [mine.shop_id, theirs.shop_id, nobody.shop_id] == [SHOP_ID, OTHER, ""]
    assert [(one.custom_name, one.seq, one.pointer) for one in mine.events] == [
        ("first", 0, "/commands/0/data"),
        ("fourth", 1, "/commands/3/data"),
    ]
    assert [(one.custom_name, one.seq, one.pointer) for one in theirs.events] == [
        ("second", 0, "/commands/1/data")
    ]
    assert mine.raw is not None
    assert json.loads(mine.raw.body) == {"commands": [COMMANDS[0], None, None, COMMANDS[3]]}
    assert theirs.raw is not None
    assert json.loads(theirs.raw.body) == {"commands": [None, COMMANDS[1], None, None]}
    assert nobody.raw is not None
    assert (nobody.raw.body, [one.codes for one in nobody.refused]) == ("", [("shop_unknown",)])


def test_a_body_of_one_shop_is_kept_as_it_came() -> None:
    log = MemoryLog()
    request = sent(COMMANDS[::3])
    asked(Ingest(SHOPS, log), request)
    (mine,) = kept(log)
    assert mine.raw is not None
    assert mine.raw.body.encode() == request.body


def test_the_records_of_a_request_are_appended_at_once() -> None:
    log = MemoryLog()
    asked(Ingest(SHOPS, log), sent())
    (chunk,) = log.read({}, 1)
    assert chunk.records == 3


def test_what_cannot_be_stored_for_one_shop_is_stored_for_none() -> None:
    log = SmallDisk()
    with pytest.raises(Unavailable):
        asked(Ingest(SHOPS, log), sent())
    assert kept(log) == []


def test_a_repeat_is_a_duplicate_for_every_shop() -> None:
    ingest = Ingest(SHOPS, MemoryLog())
    first, again = (asked(ingest, sent(COMMANDS[:2])) for _ in range(2))
    assert (first.verdict, again.verdict) == ("accepted", "duplicate")
    assert first.reply == again.reply


def test_the_dry_run_shows_all_shops_events() -> None:
    said = json.loads(asyncio.run(echo.of(ENDPOINTS["/bulk"], sent(), SHOPS, None)))
    assert [(one["shop_id"], one["custom_name"]) for one in said["events"]] == [
        (SHOP_ID, "first"),
        (SHOP_ID, "fourth"),
        (OTHER, "second"),
    ]
    assert said["verdict"] == "rejected; codes=shop_unknown"


def test_an_anonymous_visitor_is_anonymous_to_every_shop() -> None:
    log = MemoryLog()
    asked(Ingest(SHOPS, log), sent(headers={"sec-gpc": "1"}))
    assert [one.user_id for kept_one in kept(log) for one in kept_one.events] == [None, None, None]
    assert [one.raw.body for one in kept(log) if one.raw is not None] == ["", "", ""]
