"""REES46: standard events and custom ones, one a request (docs/wire/canonical.md §13)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from collector.destinations import pairs, relays
from collector.destinations.answers import usual, words
from collector.destinations.contract import (
    Answer,
    Command,
    Context,
    Destination,
    Judgement,
    Limits,
    Mapped,
    Options,
    RawRequest,
    Request,
    Secrets,
    Sent,
    Setting,
    Undeliverable,
)
from collector.destinations.r46 import custom, standard
from collector.destinations.r46.envelope import NoWords, need_somebody
from collector.event import Event

SETTINGS = (
    Setting(name="base_url", kind="url", default="https://api.rees46.ru", needed=True),
    Setting(name="shop_id", needed=True, longest=64),
    Setting(name="expand_group_views", kind="switch", default=False),
    Setting(name="registered", kind="words", default=(), rare=True),
)
NEVER = frozenset({"refund", "order_status", "identify", "session_start", "session_end"})
"""What this protocol has no event for; orders' states and profiles go other ways."""

_DEVICE = re.compile(r"\b(?:did|device)(?:\b|_)", re.IGNORECASE)
_RELAYED = re.compile(
    r"/(?:push|push/custom|push_attributes|profile/set|popup/showed|segments/(?:add|remove)|nps/create"
    r"|track/(?:stories|delivered|opened|received|clicked|closed)|subscriptions/[a-z_/]+)",
    re.ASCII,
)


def map_event(event: Event, context: Context) -> Mapped:
    """The event as one request or, where a group view is expanded, one for each product."""
    try:
        need_somebody(event)
        if event.event in NEVER:
            return Undeliverable(code="u_event_unsupported")
        if _is_standard(event):
            return standard.told(event, context)
        return custom.told(event, context)
    except NoWords as why:
        return Undeliverable(code=why.code)


def _is_standard(event: Event) -> bool:
    if event.event == "view_item_list":
        return event.item_list_type == "category"
    return event.event in standard.READERS


def is_timeless(event: Event, options: Options) -> bool:
    """Only custom events carry a time."""
    return _is_standard(event) or event.event in NEVER


def pack(commands: Sequence[Command], options: Options, secrets: Secrets) -> Request:
    """The one command with the shop's id; a raw request keeps its path and its bytes but for that id."""
    (one,) = commands
    base = str(options["base_url"]).rstrip("/")
    if relays.is_relay(one):
        return _again(relays.relayed(one), base, options)
    body = {"shop_id": options["shop_id"], **msgspec.json.decode(one.body, type=dict[str, msgspec.Raw])}
    return Request(
        url=base + one.route, body=msgspec.json.encode(body), headers={"Content-Type": "application/json"}
    )


def _again(raw: RawRequest, base: str, options: Options) -> Request:
    shop_id = options["shop_id"]
    query, _ = pairs.with_pair(raw.query, "shop_id", shop_id)
    body, _ = _of_shop(raw.body, shop_id)
    headers = {"Content-Type": raw.content_type} if raw.content_type else {}
    return Request(url=f"{base}{raw.path}{'?' if query else ''}{query}", body=body, headers=headers)


def _of_shop(body: bytes, shop_id: str) -> tuple[bytes, bool]:
    """The body with the shop's id exchanged and whether there was one; ValueError for an unreadable one."""
    written = body.removeprefix(b"\xef\xbb\xbf").strip()
    if written[:1] in (b"{", b"["):
        values: dict[str, Any] = msgspec.json.decode(written, type=dict[str, msgspec.Raw])
        if "shop_id" not in values:
            return body, False
        return msgspec.json.encode({**values, "shop_id": shop_id}), True
    if written[:2] == b"--":
        raise ValueError("a form of several parts")
    form, found = pairs.with_pair(body.decode("latin-1"), "shop_id", shop_id)
    return form.encode("latin-1"), found


def relay(raw: RawRequest, options: Options) -> Command | None:
    """Events, profiles, messages' deeds and subscriptions as they came.

    Not what only this collector has (/collect, the pixel), reads, or a request of which a part was not kept.
    """
    if raw.method != "POST" or not _RELAYED.fullmatch(raw.path):
        return None
    try:
        _, in_body = _of_shop(raw.body, "")
    except ValueError:
        return None
    _, in_query = pairs.with_pair(raw.query, "shop_id", "")
    return relays.command(raw, raw.path, bodiless=True) if in_body or in_query else None


def judge(sent: Sent, answer: Answer) -> Judgement:
    """As usual, but a 404 is about the device where it says so, and a 200 may tell of an error."""
    found = usual(answer)
    if found.verdict == "config" and answer.status == 404 and _DEVICE.search(words(answer)):
        return Judgement(verdict="rejected", text=found.text)
    if found.verdict == "delivered" and _is_error(answer.body):
        return Judgement(verdict="rejected", text=found.text)
    return found


def _is_error(body: bytes) -> bool:
    """Whether the body is an object whose `status` is `error`, or a number of 400 and more."""
    try:
        status = msgspec.json.decode(body, type=dict[str, Any]).get("status")
    except ValueError:
        return False
    return status == "error" or (type(status) is int and status >= 400)


def limits(options: Options) -> Limits:
    """One event a request; four visitors at once."""
    return Limits(commands=1, lanes=4, rate=float(options["rate"]))


def probe(options: Options, secrets: Secrets) -> Request:
    """Read the shop's list of review categories: it stores nothing and needs the shop's id alone.

    Proves that the address answers and that it knows the shop. It cannot prove that the vendor knows the
    visitors' devices, nor that the names of custom events are registered there.
    """
    base, shop_id = str(options["base_url"]).rstrip("/"), quote(options["shop_id"], safe="")
    return Request(method="GET", url=f"{base}/nps/categories?shop_id={shop_id}")


def probed(answer: Answer) -> Judgement:
    """As events are judged; a 422 here is about the shop's id."""
    found = judge(Sent(commands=()), answer)
    return Judgement(verdict="auth", text=found.text) if answer.status == 422 else found


DESTINATION = Destination(
    kind="r46",
    settings=SETTINGS,
    map=map_event,
    pack=pack,
    judge=judge,
    limits=limits,
    probe=probe,
    probed=probed,
    vendor="rees46",
    whole_orders=True,
    timeless=is_timeless,
    relay=relay,
)
