"""Yespo (eSputnik, Reteno): events one a request, orders by the hundred (docs/wire/yespo.md §8)."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Raw

from collector.destinations import relays
from collector.destinations.answers import usual
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
from collector.destinations.yespo import contacts, events, orders
from collector.destinations.yespo.who import LOCATORS
from collector.destinations.yespo.words import Unsayable
from collector.event import Event

SETTINGS: Final = (
    Setting(name="base_url", kind="url", default="https://yespo.io", needed=True),
    Setting(name="api_key", kind="secret", needed=True),
    Setting(name="default_locator", kind="words", default=LOCATORS, rare=True),
    Setting(name="cart_from_deltas", kind="switch", default=True),
    Setting(name="search_found_default", kind="choice", default="1", choices=("1", "0"), rare=True),
    Setting(name="status_map", kind="pairs", default={}),
    Setting(name="contacts_api", kind="switch", default=False, rare=True),
    Setting(name="tracker_url", kind="url", default="https://tracker.yespo.io", rare=True),
)
_USER: Final = "collector"
_RATE: Final = 10.0
_PAUSE_S: Final = 300.0
_PAUSED: Final = (429, 500)
_DUPLICATE: Final = b"Duplicated request"
_PATHS: Final = {
    events.ROUTE: "/api/v2/event",
    orders.ROUTE: "/api/v1/orders",
    contacts.ROUTE: "/api/v1/contact",
}
_TRACKER: Final = "/api/v2"
_RELAYED: Final = re.compile(r"/api/(v2|v[123]/(?:event|orders)|v1/contacts?)")


def told(event: Event, context: Context) -> Mapped:
    """Orders to the orders' path, all else as events; contacts only where they are switched on."""
    try:
        if event.event in orders.EVENTS:
            return orders.deliverable(event, context)
        if event.event == "identify" and context.options["contacts_api"]:
            return contacts.deliverable(event)
        return events.deliverable(event, context)
    except Unsayable as why:
        return Undeliverable(code=why.code)


def packed(commands: Sequence[Command], options: Options, secrets: Secrets) -> Request:
    """One event, one contact, a request as it was taken, or a list of orders."""
    first = commands[0]
    if relays.is_relay(first):
        return _relay(first, options, secrets)
    route = first.route.partition(" ")[0]
    body = first.body.encode()
    if route == orders.ROUTE:
        body = msgspec.json.encode({"orders": [Raw(one.body.encode()) for one in commands]})
    return Request(
        url=f"{_base(options, 'base_url')}{_PATHS[route]}",
        body=body,
        headers={"Content-Type": "application/json"},
        secret_headers=_key(secrets),
    )


def judged(sent: Sent, answer: Answer) -> Judgement:
    """A repeat that the vendor knows is there already; a refusal of several orders does not say of which.

    After 429 and 500 the vendor is left alone for as long as it asks, else for five minutes.
    """
    found = usual(answer)
    if 400 <= answer.status < 500 and _DUPLICATE in answer.body:
        return Judgement(verdict="delivered", text=found.text)
    if answer.status in (400, 422) and len(sent.commands) > 1:
        return Judgement(verdict="split", text=found.text)
    if answer.status in _PAUSED:
        return Judgement(verdict="retry", text=found.text, wait_s=found.wait_s or _PAUSE_S)
    return found


def limits(options: Options) -> Limits:
    """A hundred orders a request, four requests at once, ten a second unless the settings say otherwise."""
    return Limits(commands=100, lanes=4, rate=float(options["rate"]) or _RATE)


def timeless(event: Event, options: Options) -> bool:
    """Events have no time at the vendor; orders have a date, and contacts are no happening."""
    return event.event not in orders.EVENTS and event.event != "identify"


def probe(options: Options, secrets: Secrets) -> Request:
    """Asks which account the key is of. Proves address and key, and changes nothing.

    It cannot prove that the key may write events and orders.
    """
    return Request(
        url=f"{_base(options, 'base_url')}/api/v1/account/info", method="GET", secret_headers=_key(secrets)
    )


def relay(raw: RawRequest, options: Options) -> Command | None:
    """Events, orders, contacts and the web tracker, under the vendor's own paths; nothing else is passed on."""
    path = re.sub("/+", "/", raw.path).rstrip("/")
    if raw.method != "POST" or _RELAYED.fullmatch(path) is None:
        return None
    return relays.command(raw, path)


def _relay(made: Command, options: Options, secrets: Secrets) -> Request:
    """The tracker's request goes to the tracker, which takes no key."""
    raw = relays.relayed(made)
    is_tracker = raw.path == _TRACKER
    base = _base(options, "tracker_url" if is_tracker else "base_url")
    return Request(
        url=f"{base}{raw.path}{'?' if raw.query else ''}{raw.query}",
        body=raw.body,
        method=raw.method,
        headers={"Content-Type": raw.content_type or "application/json"},
        secret_headers={} if is_tracker else _key(secrets),
    )


def _base(options: Options, name: str) -> str:
    address: str = options[name]
    return address.rstrip("/")


def _key(secrets: Secrets) -> dict[str, str]:
    pair = base64.b64encode(f"{_USER}:{secrets['api_key']}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


DESTINATION: Final = Destination(
    kind="yespo",
    vendor="yespo",
    settings=SETTINGS,
    map=told,
    pack=packed,
    judge=judged,
    limits=limits,
    probe=probe,
    probed=usual,
    whole_orders=True,
    carts=True,
    names=True,
    timeless=timeless,
    relay=relay,
)
