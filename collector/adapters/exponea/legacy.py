"""The legacy paths: commands that name their project and carry no credential.

Commands of several projects in one body may belong to several shops. Each shop gets a record of its
own, in which the others' commands are null, so that pointers stay true and nobody sees another's data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from collector.adapters.exponea.access import VENDOR, legacy_shop
from collector.adapters.exponea.commands import LEGACY, Command, Judge, judge_command, legacy_result, listed
from collector.adapters.exponea.customers import judge_customer
from collector.adapters.exponea.events import judge_event
from collector.adapters.exponea.incoming import Incoming, incoming, nothing_of, raw_of, read_object, seconds
from collector.adapters.exponea.limits import MOST_COMMANDS
from collector.errors import Rejected
from collector.reading.fingerprint import as_sent
from collector.reading.values import identifier
from collector.wire import Decode, Decoded, Judged, Raw, Shops, WireRequest

BULK = "exponea.bulk"


class Group(msgspec.Struct, kw_only=True):
    """The commands of one shop: verdicts, and which of the body's commands they are about."""

    coming: Incoming
    judged: list[Judged] = []
    indexes: list[int] = []


class Sorting(msgspec.Struct, kw_only=True):
    """Commands on their way to the shops they belong to, in their order."""

    request: WireRequest
    shops: Shops
    notes: Sequence[str]
    groups: dict[str, Group] = {}
    nobody: set[str] = set()  # codes of commands that belong to no shop

    def judge(self, index: int, command: Command) -> Judged:
        """The verdict on one command, put to its shop's."""
        try:
            shop = legacy_shop(_project(command), self.shops)
        except Rejected as refusal:
            self.nobody.add(refusal.code)
            return Judged(outcome="rejected", codes=(refusal.code,), name=command.name)
        group = self.groups.get(shop.shop_id)
        if group is None:
            group = Group(coming=incoming(self.request, shop, self.notes))
            self.groups[shop.shop_id] = group
        group.indexes.append(index)
        group.judged.append(judge_command(group.coming, command, LEGACY, len(group.judged)))
        return group.judged[-1]


def decode_bulk(request: WireRequest, shops: Shops) -> Decoded:
    """A result for every command, and a record for every shop that one of them belongs to."""
    body, notes = read_object(request)
    commands = listed(body)
    if not commands:
        raise Rejected("field_missing:commands", status=400)
    sorting = Sorting(request=request, shops=shops, notes=notes)
    results = [
        legacy_result(sorting.judge(index, command), command) for index, command in enumerate(commands)
    ]
    for shop_id, group in sorting.groups.items():
        if group.coming.setting.strict and len(group.judged) > MOST_COMMANDS:
            raise Rejected("batch_over_limit", status=400, shop_id=shop_id)
    first, *others = _records(sorting, body)
    return replace(first, facts={"results": results, "time": seconds(request)}, others=others)


def single(judge: Judge) -> Decode:
    """A path whose body is one legacy command's data."""

    def decode(request: WireRequest, shops: Shops) -> Decoded:
        body, notes = read_object(request)
        shop = legacy_shop(identifier(body.get("project_id")), shops)
        coming = incoming(request, shop, notes)
        return coming.decoded(BULK, [judge(coming, body, "", 0)])

    return decode


decode_event = single(judge_event)
decode_customer = single(judge_customer)


def _project(command: Command) -> str | None:
    """The project that the command's data names, or the command itself."""
    data = command.data if isinstance(command.data, dict) else {}
    return identifier(data.get("project_id")) or identifier(command.whole.get("project_id"))


def _records(sorting: Sorting, body: dict[str, Any]) -> list[Decoded]:
    """One for each shop in the order of their first commands; last what belongs to nobody."""
    alone = len(sorting.groups) == 1 and not sorting.nobody
    made = [
        group.coming.decoded(BULK, group.judged, raw=_raw(group, body, alone=alone))
        for group in sorting.groups.values()
    ]
    return [*made, _nobody_s(sorting)] if sorting.nobody else made


def _raw(group: Group, body: dict[str, Any], *, alone: bool) -> Raw:
    """The request as it came, or with the commands of others left out."""
    request, anonymous = group.coming.request, group.coming.setting.anonymous
    if alone:
        return raw_of(request, anonymous=anonymous)
    mine = [one if index in group.indexes else None for index, one in enumerate(body["commands"])]
    written = msgspec.json.encode(as_sent({**body, "commands": mine}))
    return raw_of(request, anonymous=anonymous, body=written)


def _nobody_s(sorting: Sorting) -> Decoded:
    """That there were commands of no shop, and why; nothing of them is kept."""
    return Decoded(
        shop_id="",
        vendor=VENDOR,
        endpoint=BULK,
        judged=[Judged(outcome="rejected", codes=(code,)) for code in sorted(sorting.nobody)],
        raw=nothing_of(sorting.request),
    )
