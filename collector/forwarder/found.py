"""A shop's events in chunks of the log, each with the request it came in."""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from collector.destinations.contract import Command, RawRequest
from collector.event import Event
from collector.forwarder.packing import Setup
from collector.log import Chunk
from collector.record import Record, decode

_log = logging.getLogger(__name__)


class _When(msgspec.Struct):
    received_at: datetime


_when: Final = msgspec.json.Decoder(_When)


class Found(NamedTuple):
    """One event of a record, and the chunk it was read from."""

    record: Record
    event: Event
    chunk: Chunk

    @property
    def order(self) -> tuple[datetime, str, int]:
        return self.event.ts, self.record.request_id, self.event.seq

    @property
    def received(self) -> float:
        """When its request came, in epoch seconds."""
        return self.record.received_at.timestamp()


def found_in(chunks: Sequence[Chunk], shop_id: str) -> list[Found]:
    """The accepted events of that shop; a line that cannot be read is passed over and told in the log."""
    needle = f'"shop_id":"{shop_id}"'.encode()
    found = []
    for chunk in chunks:
        for line in chunk.data.splitlines():
            record = _decoded(line) if needle in line else None
            if record is not None and record.shop_id == shop_id:
                found += [Found(record, event, chunk) for event in record.events]
    return found


def relay_of(record: Record, setup: Setup) -> Command | None:
    """The request of a record as the destination's vendor takes it, None where it cannot be passed on."""
    raw = record.raw
    if raw is None:
        return None
    body = base64.b64decode(raw.body_base64) if raw.body_base64 else raw.body.encode()
    request = RawRequest(
        method=raw.method, path=raw.path, query=raw.query, content_type=raw.content_type, body=body
    )
    try:
        return setup.kind.relay(request, setup.options)
    except Exception:
        _log.exception("a request cannot be passed on as it came; its events are sent one by one")
        return None


def received_until(chunk: Chunk) -> float:
    """When the last request of a chunk had been received, whosever it is; 0 where that cannot be told."""
    last = chunk.data.rstrip(b"\n").rpartition(b"\n")[2]
    try:
        return _when.decode(last).received_at.timestamp()
    except msgspec.MsgspecError:
        return 0.0


def _decoded(line: bytes) -> Record | None:
    try:
        return decode(line)
    except msgspec.MsgspecError:
        _log.warning("a record of the log cannot be sent on; it is kept all the same")
        return None
