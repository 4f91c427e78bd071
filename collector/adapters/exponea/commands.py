"""Several commands in one request, each with a result of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from collector.adapters.exponea.customers import judge_click, judge_customer
from collector.adapters.exponea.events import judge_event
from collector.adapters.exponea.incoming import Incoming
from collector.adapters.exponea.reply import said
from collector.errors import Rejected
from collector.reading.fingerprint import as_sent
from collector.reading.values import text
from collector.wire import Judged, WireRequest

MOST_NAME = 64
TIME = "system/time"

Judge = Callable[[Incoming, Mapping[str, Any], str, int], Judged]
COMMANDS: Mapping[str, Judge] = {
    "customers": judge_customer,
    "customers/events": judge_event,
    "campaigns/clicks": judge_click,
}
LEGACY: Mapping[str, Judge] = {
    "customers": judge_customer,
    "customers/events": judge_event,
    "crm/customers": judge_customer,
    "crm/events": judge_event,
}
_EMPTY: Mapping[str, Any] = {}


class Command(NamedTuple):
    """One entry of the list, whatever it is."""

    name: str
    data: Any
    pointer: str
    whole: Mapping[str, Any]

    @property
    def echo(self) -> dict[str, Any]:
        """The sender's own id of the command, unchanged, where there is one."""
        return {"command_id": as_sent(self.whole["command_id"])} if "command_id" in self.whole else {}


def listed(body: Mapping[str, Any], shop_id: str = "") -> list[Command]:
    """The commands of a body; raises Rejected (400) where it has no list of them."""
    commands = body.get("commands")
    if not isinstance(commands, list):
        raise Rejected("field_missing:commands", status=400, shop_id=shop_id)
    return [_command(one, index) for index, one in enumerate(commands)]


def _command(one: Any, index: int) -> Command:
    whole = one if isinstance(one, dict) else _EMPTY
    return Command(text(whole.get("name")) or "", whole.get("data"), f"/commands/{index}/data", whole)


def judge_command(coming: Incoming, command: Command, known: Mapping[str, Judge], seq: int) -> Judged:
    """The verdict on one command; an unknown one, or one without data, is refused in both modes."""
    judge = known.get(command.name)
    if judge is None:
        code = "command_unknown" if command.name else "field_missing:name"
        return Judged(
            outcome="rejected", codes=(code,), pointer=command.pointer, name=command.name[:MOST_NAME]
        )
    if not isinstance(command.data, dict):
        return Judged(outcome="rejected", codes=("wrong_shape",), pointer=command.pointer, name=command.name)
    return judge(coming, command.data, command.pointer, seq)


def result(judged: Judged, command: Command) -> dict[str, Any]:
    """What a batch answers to one command."""
    if judged.outcome == "rejected":
        return {"success": False, "errors": [said(judged)], **command.echo}
    return {"success": True, **command.echo}


def legacy_result(judged: Judged, command: Command) -> dict[str, Any]:
    """What the legacy path answers to one command."""
    if judged.outcome == "rejected":
        return {"status": "error", "success": False, "errors": [said(judged)], **command.echo}
    return {"status": "ok", "success": True, **command.echo}


def time_result(request: WireRequest, command: Command) -> dict[str, Any]:
    return {"success": True, "time": request.received_at.timestamp(), **command.echo}
