"""Paths of one project, and what else is asked for below it."""

from __future__ import annotations

from functools import partial

from collector.adapters.intempt import consent, reads, reply, track
from collector.adapters.intempt.access import VENDOR
from collector.errors import Rejected
from collector.wire import Decoded, Endpoint, Shops, WireRequest

ANY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PROJECT = "/v1/:org/projects/:project"


def nowhere(request: WireRequest, shops: Shops) -> Decoded:
    """Raises Rejected: nothing of the vendor's is at this path."""
    raise Rejected("path_unknown", status=404)


_sent = partial(Endpoint, methods=("POST",), vendor=VENDOR, rate="intempt.rate")
_tracked = partial(
    _sent,
    name=track.ENDPOINT,
    decode=track.decode,
    answer=reply.tracked,
    refuse=reply.refusing(reply.CREATED),
)
_feed = partial(
    _sent,
    name=track.ENDPOINT,
    decode=reads.decode,
    answer=reply.products,
    refuse=reply.refusing(reply.PRODUCTS),
)
_choice = partial(
    _sent,
    name=track.ENDPOINT,
    decode=reads.decode,
    answer=reply.choices,
    refuse=reply.refusing(reply.CHOICES),
)
_nowhere = partial(
    Endpoint,
    methods=ANY,
    vendor=VENDOR,
    name=track.ENDPOINT,
    decode=nowhere,
    answer=reply.tracked,
    refuse=reply.refusing(reply.CREATED),
)

ENDPOINTS = (
    _tracked(path=f"{PROJECT}/sources/:source/track"),
    _tracked(path=f"{PROJECT}/track"),
    _sent(
        path=f"{PROJECT}/consents/data",
        name=consent.ENDPOINT,
        decode=consent.decode,
        answer=reply.consented,
        refuse=reply.refusing(reply.EMPTY),
    ),
    _feed(path=f"{PROJECT}/feeds/:feed/data"),
    _choice(path=f"{PROJECT}/optimization/choose-api"),
    _choice(path=f"{PROJECT}/optimization/choose-web"),
    _nowhere(path=PROJECT),
    _nowhere(path=f"{PROJECT}/*"),
)
