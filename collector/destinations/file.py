"""Canonical events as files in a folder or a bucket: lines of JSON, or Parquet.

One file a batch; its name tells its content, so that the same batch written again is the same file. What
stands in the files is told by docs/destinations/file.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

import msgspec
import zstandard

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
    Secrets,
    Sent,
    Setting,
    Write,
)
from collector.destinations.records import COLUMNS, record_text
from collector.event import Event

MOST_ROWS: Final = 50_000
MOST_BYTES: Final = 64 * 1024 * 1024
CONNECT_S: Final = 5.0
TOTAL_S: Final = 60.0
TEST_FILE: Final = "r46-test"
_PLACES: Final = ("region", "endpoint", "account")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9-]")
_LEVEL: Final = 6


class _Known(msgspec.Struct, frozen=True):
    event_id: str
    request_id: str = ""


def _map(event: Event, context: Context) -> Mapped:
    """A file holds the events that were received on one day."""
    day = context.received_at.date().isoformat()
    command = Command(route=day, body=record_text(event, context), key=event.event_id)
    return Deliverable(commands=(command,))


def _pack(commands: Sequence[Command], options: Options, secrets: Secrets) -> Write:
    lines = [command.body for command in commands]
    text = "".join(f"{line}\n" for line in lines).encode()
    first = msgspec.json.decode(lines[0], type=_Known)
    known = _UNSAFE.sub("", first.request_id or first.event_id)[:64]
    name = f"{commands[0].route}/{known}-{hashlib.sha256(text).hexdigest()[:16]}.{options['format']}"
    body = _parquet(lines) if options["format"] == "parquet" else _packed(text)
    return _write(name, body, options, secrets)


def _packed(text: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(text)


def _parquet(lines: Sequence[str]) -> bytes:
    # The store's engine is loaded by those who write such files alone: collector processes know destinations too.
    from collector.store.parquet import parquet_of_lines

    return parquet_of_lines(lines, COLUMNS)


def _probe(options: Options, secrets: Secrets) -> Write:
    return _write(TEST_FILE, b"", options, secrets)


def _write(name: str, body: bytes, options: Options, secrets: Secrets) -> Write:
    settings = {setting: options[setting] for setting in _PLACES if options[setting]}
    known = {"key": secrets["key"]} if secrets.get("key") else {}
    return Write(place=options["place"], name=name, body=body, settings=settings, secrets=known)


def _judge(sent: Sent, answer: Answer) -> Judgement:
    return _probed(answer)


def _probed(answer: Answer) -> Judgement:
    """A store refuses a place or a key, never an event. What two writers of one file meet (409) passes."""
    judgement = usual(answer)
    if judgement.verdict == "rejected":
        return Judgement(verdict="retry" if answer.status == 409 else "config", text=judgement.text)
    return judgement


def _limits(options: Options) -> Limits:
    return Limits(
        commands=options["rows"],
        bytes=MOST_BYTES,
        lanes=1,
        connect_s=CONNECT_S,
        total_s=TOTAL_S,
        linger_s=float(options["every_s"]),
    )


DESTINATION = Destination(
    kind="file",
    settings=(
        Setting(name="place", needed=True),
        Setting(name="format", kind="choice", default="ndjson.zst", choices=("ndjson.zst", "parquet")),
        Setting(name="rows", kind="whole", default=10_000, least=1, most=MOST_ROWS),
        Setting(name="every_s", kind="whole", default=60, least=1, most=3600),
        Setting(name="account"),
        Setting(name="key", kind="secret", longest=8000),
        Setting(name="region"),
        Setting(name="endpoint", kind="url", rare=True),
    ),
    map=_map,
    pack=_pack,
    judge=_judge,
    limits=_limits,
    probe=_probe,
    probed=_probed,
)
