"""A destination at work without a network: the real line over a log in memory, a plain vendor, a clock that is moved."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from collector.destinations.answers import usual
from collector.destinations.contract import (
    Answer,
    Command,
    Context,
    Deliverable,
    Destination,
    Judgement,
    Limits,
    Mapped,
    Options,
    Request,
    Secrets,
    Sent,
    Undeliverable,
)
from collector.destinations.policy import COMMON, policy_of
from collector.event import Event, EventName, Item
from collector.forwarder.health import Health, Outcome
from collector.forwarder.line import Line
from collector.forwarder.packing import Packet, Setup
from collector.forwarder.preparing import ShopFacts
from collector.forwarder.reading import Reading
from collector.forwarder.terms import Terms
from collector.log.memory import MemoryLog
from collector.record import RawRecord, Record, encode

NOON = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""
SECRET = "sesame-4711"


def told(event: Event, context: Context) -> Mapped:
    """One command an event, or one an item with `apart`; a name that begins with `no` cannot be told."""
    if event.custom_name is not None and event.custom_name.startswith("no"):
        return Undeliverable(code="u_event_unsupported")
    bodies: Sequence[Any] = [{"id": event.event_id, "who": event.device_id, "cart": _ids(context.cart)}]
    if event.items and context.options.get("apart"):
        bodies = [{"id": event.event_id, "item": item.item_id} for item in event.items]
    elif event.event == "purchase":
        bodies = [{"id": event.event_id, "lines": _ids(event.items), "value": event.value}]
    route = "people" if event.event == "identify" and context.options.get("routes") else "events"
    return Deliverable(
        commands=tuple(
            Command(route=route, body=msgspec.json.encode(body).decode(), key=event.event_id)
            for body in bodies
        ),
        losses=("loss_page",) if event.page_url else (),
    )


def _ids(items: Sequence[Item] | None) -> list[str] | None:
    return None if items is None else [f"{item.item_id}x{item.quantity or 1}" for item in items]


def packed(commands: Sequence[Command], options: Options, secrets: Secrets) -> Request:
    if any("breaks packing" in command.body for command in commands):
        raise ValueError("this cannot be packed")
    body = b"[" + b",".join(command.body.encode() for command in commands) + b"]"
    return Request(url="https://vendor.example/in", body=body, secret_headers=dict(secrets))


def judged(sent: Sent, answer: Answer) -> Judgement:
    """As usual; a 200 with a list of places names those it refuses."""
    judgement = usual(answer)
    if judgement.verdict == "delivered" and answer.body.startswith(b"["):
        places = msgspec.json.decode(answer.body, type=list[int])
        return Judgement(verdict="delivered", refused=dict.fromkeys(places, f"refused {SECRET}"))
    return judgement


def kind(
    limits: Limits, *, whole_orders: bool = False, carts: bool = False, timeless: bool = False
) -> Destination:
    return Destination(
        kind="plain",
        settings=(),
        map=told,
        pack=packed,
        judge=judged,
        limits=lambda options: limits,
        probe=lambda options, secrets: Request(url="https://vendor.example/test"),
        probed=usual,
        whole_orders=whole_orders,
        carts=carts,
        timeless=lambda event, options: timeless,
    )


@dataclass
class World:
    """`line` reads `log`; `now` is moved by hand. `sent` are the packets that left, with when they did."""

    folder: Path
    plain: Destination = field(default_factory=lambda: kind(Limits(commands=10, lanes=2)))
    options: Mapping[str, Any] = field(default_factory=dict)
    now: float = NOON
    start_at: float = 0.0
    zone: str = "UTC"
    segment: Callable[[Event], bool] | None = None
    seed: int = 1
    log: MemoryLog = field(default_factory=MemoryLog)
    sent: list[tuple[float, Packet]] = field(default_factory=list)
    made: int = 0

    def __post_init__(self) -> None:
        self.open()

    @property
    def file(self) -> Path:
        return self.folder / "one.sqlite"

    def open(self) -> None:
        """As a process does that starts, whatever the last one did."""
        self.line = Line(self.file, self.log, random.Random(self.seed).random)
        self.line.open(self.now, {})
        self.set_up(**dict(self.options))

    def set_up(self, **options: Any) -> None:
        filled = {one.name: one.default for one in COMMON} | options
        self.options = options
        setup = Setup(
            kind=self.plain, options=filled, policy=policy_of(filled), secrets={"authorization": SECRET}
        )
        terms = Terms(
            shop_id="shop-1",
            zone=ZoneInfo(self.zone),
            start_at=self.start_at,
            facts=ShopFacts(currency="EUR"),
            segment=self.segment,
        )
        self.line.set_up(setup, terms)

    def event(self, name: EventName = "view_item", **columns: Any) -> Event:
        """An event of now, with an id of its own."""
        self.made += 1
        given = {"device_id": "d-1", "event_id": f"00000000-0000-7000-8000-{self.made:012d}", **columns}
        return Event(event=name, ts=given.pop("ts", self.moment), **given)

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def happens(
        self, *events: Event, vendor: str = "rees46", endpoint: str = "rees46.push", **more: Any
    ) -> None:
        """One request with these events is taken now."""
        self.made += 1
        numbered = tuple(msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(events))
        facts = {"shop_id": "shop-1", "request_id": f"r-{self.made:09d}", "received_at": self.moment, **more}
        record = Record(
            vendor=vendor,
            endpoint=endpoint,
            events=numbered,
            raw=RawRecord(method="POST", path="/push"),
            **facts,
        )
        asyncio.run(self.log.append(encode(record)))

    def read(self) -> None:
        """Read to the log's end, and settle."""
        while self.line.has_room() and (chunks := self.line.read()):
            self.line.take(chunks, self.now)
        else:
            self.line.take([], self.now)
        self.line.settle(self.now)

    def leaves(self) -> list[Packet]:
        """What leaves now."""
        found = []
        while (packet := self.line.next(self.now)) is not None:
            self.sent.append((self.now, packet))
            found.append(packet)
        return found

    def goes(self, vendor: Callable[[Packet], Answer], *, seconds: float, step: float = 1.0) -> None:
        """Time passes: everything is read, sent and answered at once by `vendor`."""
        until = self.now + seconds
        while self.now < until:
            self.now += step
            self.read()
            while packets := self.leaves():
                for packet in packets:
                    self.line.answered(packet, vendor(packet) if packet.made() else None, self.now)

    @property
    def reading(self) -> Reading:
        return Reading(self.file)

    @property
    def health(self) -> Health:
        return self.reading.health()

    def outcomes(self) -> dict[str, Outcome]:
        return {one.event_id: one for one in self.reading.outcomes(limit=1000)}

    def states(self) -> dict[str, str]:
        """By event id, with the code where there is one."""
        return {
            name: one.state + (f" {one.code}" if one.code else "") for name, one in self.outcomes().items()
        }


def fine(packet: Packet) -> Answer:
    return Answer(status=200, sent=True)


def said(status: int, **headers: str) -> Callable[[Packet], Answer]:
    """A vendor that answers so, always."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda packet: Answer(status=status, headers=named, sent=True)


def silent(packet: Packet) -> Answer:
    return Answer(fault="timeout", sent=True, text="no answer")


def dead(packet: Packet) -> Answer:
    return Answer(fault="connect", text="connection refused")


def ids(packet: Packet) -> list[str]:
    """The events of a packet, in order."""
    return [command.key for command in packet.commands]
