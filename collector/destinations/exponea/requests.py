"""Requests of this vendor: a batch of commands, the question for its time, and a request passed on as it came."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec
from msgspec import structs

from collector.destinations import relays
from collector.destinations.contract import Command, Limits, Options, RawRequest, Request, Secrets
from collector.destinations.exponea.mapping import ROUTE

JSON: Final = "application/json"
MOST_COMMANDS: Final = 50
MOST_BYTES: Final = 8_000_000
RATE: Final = 90.0
_ENDPOINTS: Final = ("customers/events", "customers", "campaigns/clicks", "batch")
_TYPE: Final = re.compile(r"[A-Za-z0-9.+/-]+(?:; ?charset=[A-Za-z0-9-]+)?", re.ASCII)


class _Batch(msgspec.Struct):
    """The commands of a batch as they were written."""

    commands: list[msgspec.Raw]


def limits(options: Options) -> Limits:
    """As the vendor documents them; fewer requests a second where the operator wants that."""
    return Limits(commands=MOST_COMMANDS, bytes=MOST_BYTES, lanes=4, rate=float(options["rate"]) or RATE)


def pack(commands: Sequence[Command], options: Options, secrets: Secrets) -> Request:
    """One batch, or the request that was taken. Requests of one route have one content (see `relayed`)."""
    if commands[0].route == ROUTE:
        return _request("batch", _batch([one.body for one in commands]), options, secrets)
    raw = relays.relayed(commands[0])
    if len(commands) == 1:
        return _request(raw.path, raw.body, options, secrets, raw.content_type)
    return _request("batch", _batch(_commands(raw) * len(commands)), options, secrets)


def probe(options: Options, secrets: Secrets) -> Request:
    """Ask the batch for the vendor's time: nothing is stored.

    It proves the address, the project and that the key opens the batch. It cannot prove that the key may
    write customers and events: only an event would.
    """
    return _request("batch", _batch(['{"name":"system/time"}']), options, secrets)


def relayed(raw: RawRequest, options: Options) -> Command | None:
    """The request as it was taken; project and key are those of the destination.

    Only paths whose project stands in the address: on the legacy ones it stands among the events. A request
    with another content has another route, so that each is sent alone.
    """
    endpoint = _endpoint(raw.path)
    if raw.method != "POST" or endpoint is None:
        return None
    try:
        told = msgspec.json.decode(raw.body)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(told, dict) or (endpoint == "batch" and not _listed(told)):
        return None
    content_type = raw.content_type if _TYPE.fullmatch(raw.content_type) else JSON
    made = relays.command(replace(raw, content_type=content_type, query=""), endpoint)
    if made is None:
        return None
    return structs.replace(made, route=f"{made.route} {hashlib.sha256(made.body.encode()).hexdigest()}")


def told_commands(command: Command) -> int:
    """How many results a request that is passed on gets, where it is a batch; one for any other."""
    return len(_commands(relays.relayed(command)))


def _listed(told: Mapping[str, Any]) -> bool:
    commands = told.get("commands")
    return isinstance(commands, list) and 0 < len(commands) <= MOST_COMMANDS


def _endpoint(path: str) -> str | None:
    """What is asked of a project or stream; None for any other path."""
    parts = [part for part in path.split("/") if part]
    if parts[:3] == ["track", "v2", "projects"]:
        rest = "/".join(parts[4:])
    elif parts[:3] == ["track", "u", "v1"]:
        rest = "/".join(parts[3:])
    else:
        return None
    return rest if rest in _ENDPOINTS else None


def _commands(raw: RawRequest) -> list[str]:
    """The commands of a request that was taken, as they stand in a batch."""
    if raw.path != "batch":
        return [f'{{"name":"{raw.path}","data":{raw.body.decode()}}}']
    return [bytes(one).decode() for one in msgspec.json.decode(raw.body, type=_Batch).commands]


def _batch(commands: Sequence[str]) -> bytes:
    return f'{{"commands":[{",".join(commands)}]}}'.encode()


def _request(
    endpoint: str, body: bytes, options: Options, secrets: Secrets, content_type: str = JSON
) -> Request:
    project = options["project"]
    base = options["base_url"].rstrip("/")
    if options["form"] == "stream":
        url = f"{base}/track/u/v1/{endpoint}?{urlencode({'stream_id': project})}"
    else:
        url = f"{base}/track/v2/projects/{quote(project, safe='')}/{endpoint}"
    return Request(
        url=url,
        body=body,
        headers={"Content-Type": content_type},
        secret_headers={"Authorization": _authorization(options, secrets)},
    )


def _authorization(options: Options, secrets: Secrets) -> str:
    key = secrets.get("key", "")
    if options["auth"] == "token":
        return f"Token {key}"
    pair = f"{key}:{secrets.get('secret', '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
