"""Destinations of the small shop and what became of its events there, as a forwarder would have noted it.

One runs, with everything that can become of an event; the other does not take the key, and waits.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from collector.forwarder.health import State
from collector.forwarder.ledger import Ledger
from collector.forwarder.reading import Reading
from dashboard.desk import ControlView

SHOP_ID: Final = "kettles"
RUNNING, PAUSED = "Former shop system", "Letters & push"
NOW: Final = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)
EVENT: Final = "0196a000-0000-7000-8000-0000000000{:02x}"
SAID: Final = '422 {"status":"error","errors":{"items":["item 37 is unknown"]}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of `events` events of one day; those of `ids` have an outcome that is still kept."""

    day: str
    event: str
    state: State
    events: int = 1
    code: str = ""
    losses: tuple[str, ...] = ()
    told: str = ""
    ids: tuple[str, ...] = ()
    order_key: str | None = None
    repeats: int = 0
    maybe: bool = False


FATES: Final = (
    Fate(day="2026-03-15", event="view_item", state="delivered", events=1204),
    Fate(day="2026-03-16", event="view_item", state="delivered", events=1310),
    Fate(
        day="2026-03-16", event="purchase", state="delivered_with_loss", events=3, losses=("loss_currency",)
    ),
    Fate(day="2026-03-17", event="view_item", state="delivered", events=1422),
    Fate(
        day="2026-03-17",
        event="purchase",
        state="delivered_with_loss",
        events=5,
        losses=("loss_currency", "loss_tax_shipping"),
    ),
    Fate(
        day="2026-03-17",
        event="add_to_cart",
        state="delivered_with_loss",
        events=12,
        losses=("loss_quantity",),
    ),
    Fate(
        day="2026-03-17",
        event="refund",
        state="undeliverable",
        events=2,
        code="u_event_unsupported",
        ids=(EVENT.format(2), EVENT.format(3)),
    ),
    Fate(day="2026-03-17", event="page_view", state="skipped", events=300, code="s_filter"),
    Fate(day="2026-03-18", event="view_item", state="delivered", events=640, ids=(EVENT.format(40),)),
    Fate(
        day="2026-03-18",
        event="view_item",
        state="failed",
        code="r_rejected",
        told=SAID,
        ids=(EVENT.format(1),),
    ),
    Fate(
        day="2026-03-18",
        event="purchase",
        state="expired",
        code="x_expired",
        told="503 try again later",
        ids=(EVENT.format(41),),
        order_key="o1",
        repeats=17,
        maybe=True,
    ),
    Fate(day="2026-03-18", event="view_item", state="skipped", events=7, code="s_bot"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a ledger is made of: facts that the forwarder noted, fates, and how many things wait."""

    condition: Mapping[str, Any]
    fates: Sequence[Fate] = ()
    waiting: int = 0
    behind: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)


def _ago(**time: float) -> float:
    return (NOW - timedelta(**time)).timestamp()


USUAL: Final[Mapping[str, Told]] = {
    RUNNING: Told(
        condition={"condition": "running", "since": _ago(days=3)},
        fates=FATES,
        waiting=4,
        facts={"delivered_at": str(_ago(seconds=2)), "read_at": str(_ago(seconds=1))},
    ),
    PAUSED: Told(
        condition={
            "condition": "paused",
            "code": "r_auth",
            "told": "401 the key was revoked",
            "since": _ago(hours=5),
        },
        fates=(Fate(day="2026-03-17", event="purchase", state="delivered", events=9),),
        waiting=70,
        behind=123_456,
        facts={"delivered_at": str(_ago(hours=5)), "read_at": str(_ago(minutes=90))},
    ),
}


def write(file: Path, told: Told) -> None:
    """A ledger with all of this in it."""
    ledger = Ledger(file)
    with ledger.transaction():
        ledger.keep("condition", json.dumps(told.condition))
        ledger.keep("behind_bytes", str(told.behind))
        for name, value in told.facts.items():
            ledger.keep(name, value)
        for number in range(told.waiting):
            _wait(ledger, number)
        for fate in told.fates:
            _count(ledger, fate)
            for event_id in fate.ids:
                _end(ledger, fate, event_id)
    ledger.close()


def _wait(ledger: Ledger, number: int) -> None:
    row: dict[str, Any] = {
        "lane": 1,
        "visitor": "ann",
        "ts": _ago(minutes=number),
        "request_id": EVENT.format(9),
        "seq": number,
        "sources": "[]",
        "commands": "[]",
        "losses": "",
        "leads": 0,
        "bytes": 10,
        "since": _ago(minutes=number + 1),
        "due_at": _ago(minutes=0),
        "expires_at": _ago(days=-1),
    }
    _insert(ledger, "pending", row)


def _count(ledger: Ledger, fate: Fate) -> None:
    ledger.change(
        "insert into counts values (?, ?, ?, ?, ?) on conflict do update set events = events + excluded.events",
        *(fate.day, fate.event, fate.state, fate.code, fate.events),
    )
    for code in fate.losses:
        ledger.change(
            "insert into losses values (?, ?, ?, ?) on conflict do update set events = events + excluded.events",
            *(fate.day, fate.event, code, fate.events),
        )


def _end(ledger: Ledger, fate: Fate, event_id: str) -> None:
    received = datetime.fromisoformat(f"{fate.day}T09:00:00+00:00").timestamp()
    row = {
        "event_id": event_id,
        "request_id": event_id,
        "seq": 0,
        "event": fate.event,
        "order_key": fate.order_key,
        "day": fate.day,
        "ts": received,
        "received_at": received,
        "state": fate.state,
        "code": fate.code,
        "losses": " ".join(fate.losses),
        "told": fate.told,
        "tries": fate.repeats,
        "maybe": int(fate.maybe),
        "at": received + 60,
        "worker": "w",
        "segment": 1,
        "place": 1,
    }
    _insert(ledger, "outcomes", row)


def _insert(ledger: Ledger, table: str, row: Mapping[str, Any]) -> None:
    """One row; columns that are not named and need a value have nothing of their type."""
    needed = {
        name: "" if kind.lower() == "text" else 0
        for _, name, kind, must, default, key in ledger.rows(f"pragma table_info({table})")
        if must and default is None and not key
    }
    whole = {**needed, **row}
    marks = ", ".join("?" for _ in whole)
    ledger.change(f"insert into {table} ({', '.join(whole)}) values ({marks})", *whole.values())


@cache
def _folder() -> Path:
    """The ledgers of `USUAL`, written once for all tests of a process."""
    folder = Path(tempfile.mkdtemp(prefix="r46-ledgers-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for number, told in enumerate(USUAL.values()):
        write(folder / f"{number}.sqlite", told)
    return folder


def sent_on(control: ControlView, shop_id: str = SHOP_ID) -> Callable[[str], Reading]:
    """The shop's two destinations, added to control data; their ledgers, by their ids."""
    secrets: Mapping[str, Mapping[str, str]] = {RUNNING: {}, PAUSED: {"api_key": "hush-hush-key"}}
    kinds = {RUNNING: ("r46", {"shop_id": "shop-1"}), PAUSED: ("yespo", {})}
    files: dict[str, Path] = {}
    for number, name in enumerate(USUAL):
        kind, options = kinds[name]
        added = control.destinations.add(
            shop_id, kind, name, options, secrets[name], start_at=_ago(days=3), now=_ago(days=3)
        )
        files[added.destination_id] = _folder() / f"{number}.sqlite"
    return lambda destination_id: Reading(files.get(destination_id, Path("/dev/null/none")))
