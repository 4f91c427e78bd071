"""What the log stores for one request, and its bytes.

A record is one line of JSON: the raw request, its canonical events and the verdict
of every event, together, so that a request is stored whole or not at all. The bytes
carry a version; readers accept every version that was ever written.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

import msgspec

from collector.event import Event
from collector.wire import Decoded, Judged, Outcome, Raw

VERSION = 1


class RawRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`body` as text where it is UTF-8, else `body_base64`."""

    method: str
    path: str
    query: str = ""
    content_type: str = ""
    body: str = ""
    body_base64: str = ""


class Refused(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event that is kept but not counted: quarantined, ignored, duplicate or rejected."""

    seq: int
    outcome: Outcome
    codes: tuple[str, ...]
    pointer: str = ""
    name: str = ""
    event: Event | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request: shared facts once, then its events in the sender's order.

    `via` are the marks of the installations that sent it on, see `collector.loops`; mostly none.
    """

    v: int = VERSION
    request_id: str
    received_at: datetime
    shop_id: str
    vendor: str
    endpoint: str
    user_agent: str = ""
    via: tuple[str, ...] = ()
    raw: RawRecord | None = None
    events: tuple[Event, ...] = ()
    refused: tuple[Refused, ...] = ()


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Record)


def encode(record: Record) -> bytes:
    """One line of UTF-8 JSON without a newline inside, ending in one."""
    return _encoder.encode(record) + b"\n"


def decode(line: bytes) -> Record:
    """The record of one line; raises `msgspec.MsgspecError` where it is none."""
    return _decoder.decode(line)


def of(
    decoded: Decoded,
    *,
    request_id: str,
    received_at: datetime,
    user_agent: str,
    via: tuple[str, ...] = (),
) -> Record:
    """The record of a decoded request."""
    events: list[Event] = []
    refused: list[Refused] = []
    for seq, judged in enumerate(decoded.judged):
        if judged.outcome == "accepted" and judged.event is not None:
            events.append(judged.event)
        else:
            refused.append(_refused(seq, judged))
    return Record(
        request_id=request_id,
        received_at=received_at,
        shop_id=decoded.shop_id,
        vendor=decoded.vendor,
        endpoint=decoded.endpoint,
        user_agent=user_agent,
        via=via,
        raw=raw_record(decoded.raw),
        events=tuple(events),
        refused=tuple(refused),
    )


def raw_record(raw: Raw) -> RawRecord:
    """Bytes become text where they are valid UTF-8, base64 otherwise."""
    try:
        text, encoded = raw.body.decode(), ""
    except UnicodeDecodeError:
        text, encoded = "", base64.b64encode(raw.body).decode()
    return RawRecord(
        method=raw.method,
        path=raw.path,
        query=raw.query,
        content_type=raw.content_type,
        body=text,
        body_base64=encoded,
    )


def canonical(event: Event) -> dict[str, Any]:
    """The event as JSON-ready names and values, empty columns left out."""
    plain: dict[str, Any] = msgspec.to_builtins(event)
    plain["ts"] = time_text(event.ts)
    return plain


def time_text(moment: datetime) -> str:
    """UTC RFC 3339 with six decimals."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _refused(seq: int, judged: Judged) -> Refused:
    return Refused(
        seq=seq,
        outcome=judged.outcome,
        codes=judged.codes,
        pointer=judged.pointer,
        name=judged.name,
        event=judged.event,
    )
