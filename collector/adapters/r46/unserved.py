"""Writes that nobody serves here, kept as custom events; push tokens; legacy web push (§2.4, §3.5, §5.1).

A call of the browser API and its path give the same event, so names are those of the calls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from collector.adapters.r46.draft import Unusable
from collector.adapters.r46.push import Body, Manner, decoder, one
from collector.adapters.r46.redact import conceal
from collector.adapters.r46.reply import SUCCESS, refuse
from collector.reading.values import identifier
from collector.wire import Decoded, Shops, WireReply, WireRequest

OTHER = "rees46.other"
TRACK = "rees46.track"
MESSAGES = ("delivered", "opened", "received", "clicked", "closed")
OLD_MESSAGES = frozenset({*MESSAGES, "showed"})
KEYS = frozenset({"token", "push_token", "endpoint", "keys", "auth", "p256dh", "subscription"})
"""What a push service hands out: whoever has it can send to the device."""
LONGEST_ACTION = 60
_UNNAMED = re.compile(r"[^A-Za-z0-9_]+", re.ASCII)


def _named(name: str) -> Body:
    """A write that is its path: the event's name is fixed."""

    def body(values: dict[str, Any], params: Mapping[str, str]) -> dict[str, Any]:
        return {**values, "event": name}

    return body


def _action(command: str) -> Body:
    """A write whose action is the rest of the path: `subscription_manage`."""

    def body(values: dict[str, Any], params: Mapping[str, str]) -> dict[str, Any]:
        action = _UNNAMED.sub("_", params.get("*", ""))[:LONGEST_ACTION].strip("_") or "create"
        return {**keyless(values), "event": f"{command}_{action}"}

    return body


def _token(values: dict[str, Any], params: Mapping[str, str]) -> dict[str, Any]:
    token = values.get("token")
    if identifier(token) is None:
        raise Unusable("field_missing:token")
    return {**keyless(values), "token": token}


def keyless(values: dict[str, Any]) -> dict[str, Any]:
    """Without keys; those further inside are concealed."""
    kept = {name: value for name, value in values.items() if name not in KEYS}
    concealed: dict[str, Any] = conceal(kept, KEYS)
    return concealed


TOKENS = Manner(
    name="mobile_push_token",
    surface="profile",
    endpoint=OTHER,
    body=_token,
    ids=(("token", "push_token"),),
    hidden=KEYS,
)
NPS = Manner(surface="write", endpoint=OTHER, body=_named("nps_review"))
SUBSCRIPTIONS = Manner(
    surface="write", endpoint=OTHER, body=_action("subscription"), hidden=KEYS, unserved=True
)
LOYALTY = Manner(surface="write", endpoint=OTHER, body=_named("loyalty_join"), unserved=True)
WEB_PUSH = Manner(
    surface="write", endpoint=OTHER, body=_action("webpush_subscription"), hidden=KEYS, unserved=True
)

decode_tokens = decoder(TOKENS)
decode_nps = decoder(NPS)
decode_subscriptions = decoder(SUBSCRIPTIONS)
decode_loyalty = decoder(LOYALTY)


def decode_web_push(request: WireRequest, shops: Shops) -> Decoded:
    """The messages' old paths are those of /track; anything else there is a subscription."""
    verb = request.params.get("*", "")
    if verb in OLD_MESSAGES:
        return one(request, shops, Manner(surface="track", endpoint=TRACK, verb=verb, hidden=KEYS))
    return one(request, shops, WEB_PUSH)


def answer(decoded: Decoded) -> WireReply:
    """404 for what nobody will do, though it is kept; never 5xx, which old clients repeat."""
    first = decoded.judged[0]
    if first.outcome == "rejected":
        return refuse(first.codes[0], first.status, "")
    return refuse("not_served", 404, "") if decoded.facts["unserved"] else SUCCESS
