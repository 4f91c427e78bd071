"""What is not counted, or not kept about whom: robots, prefetches, GPC and consent (V59–V61)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec.structs import replace

from collector.reading.values import boolean
from collector.wire import Judged, Shop, WireRequest

ROBOTS = (
    "bot",
    "crawl",
    "spider",
    "slurp",
    "headless",
    "lighthouse",
    "pingdom",
    "yandexmetrika",
    "screenshot",
    "preview",
)
"""Parts of a robot's User-Agent, lower-case."""


class Privacy(NamedTuple):
    """Whether a row may name anybody, whether it may be kept at all, and why."""

    anonymous: bool = False
    denied: bool = False
    code: str = ""


OPEN = Privacy()


@lru_cache(maxsize=16_384)
def is_robot(user_agent: str, *, opens_mail: bool = False) -> bool:
    """By User-Agent alone. Mail programs preview what they open, which is an opening."""
    lowered = user_agent.lower()
    if opens_mail:
        lowered = lowered.replace("preview", "")
    return any(part in lowered for part in ROBOTS)


def uncounted(request: WireRequest, *, browser: bool, opens_mail: bool = False) -> tuple[str, ...]:
    """Codes of why this request is not a visitor's; `browser` for paths only browsers call."""
    headers = request.headers
    codes: tuple[str, ...] = ()
    if browser or "origin" in headers or "referer" in headers:
        user_agent = headers.get("user-agent")
        if user_agent and is_robot(user_agent, opens_mail=opens_mail):
            codes = ("bot_ua",)
    for name in ("sec-purpose", "purpose"):
        purpose = headers.get(name)
        if purpose and ("prefetch" in purpose or "prerender" in purpose):
            return (*codes, "prefetch")
    return codes


def privacy(request: WireRequest, shop: Shop, values: Mapping[str, Any]) -> Privacy:
    """What the visitor's browser and the page allow; `values` may hold `gpc` and `consent`."""
    if "consent" in values and boolean(values["consent"]) is False:
        return Privacy(
            anonymous=shop.consent_off == "anonymous",
            denied=shop.consent_off != "anonymous",
            code="consent_denied",
        )
    if request.headers.get("sec-gpc") == "1" or boolean(values.get("gpc")):
        denied = shop.gpc == "deny"
        return Privacy(anonymous=not denied, denied=denied, code="gpc_denied" if denied else "gpc_anonymous")
    return OPEN


def settle(judged: Judged, codes: tuple[str, ...], private: Privacy) -> Judged:
    """The verdict after screening: robots are kept and not counted, denied visitors not even kept."""
    if private.denied or (private.anonymous and _names_somebody(judged)):
        return replace(judged, outcome="ignored", event=None, codes=(private.code,), status=0)
    if codes and judged.outcome != "duplicate":
        return replace(judged, outcome="ignored", codes=codes + judged.codes, status=0)
    return judged


def _names_somebody(judged: Judged) -> bool:
    """Profiles, segments and push tokens are about a person, whom an anonymous row does not have."""
    if judged.event is not None:
        return judged.event.event == "identify"
    return judged.name in ("profile_set", "segment_add", "segment_remove", "mobile_push_token")
