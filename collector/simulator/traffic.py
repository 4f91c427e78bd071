"""From what visitors did to the requests their browsers send, as /collect takes them.

A delivery is one request with the moment it arrives. It also knows what it means, so
that the truth counts what was sent and nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from collector.simulator.truth import TrueSession, Truth
from collector.simulator.walk import Post, Step, Walk

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BROKEN_MS = 5_000  # a broken clock says that events happened after they were sent
_encoder = msgspec.json.Encoder()


@dataclass(slots=True)
class Delivery:
    """One request: `received` in true milliseconds; `steps` with their age when sent, in milliseconds."""

    received: int
    body: bytes
    headers: Mapping[str, str]
    walk: Walk
    steps: Sequence[tuple[int, Step]]
    again: bool = False
    ignored: bool = False
    late: bool = False

    @property
    def received_at(self) -> datetime:
        return moment(self.received)

    def tell(self, truth: Truth) -> None:
        """Count what this request brings."""
        truth.requests += 1
        if self.ignored:
            truth.ignored += len(self.steps)
            return
        truth.late += self.late
        for age, step in self.steps:
            if not step.name:
                truth.quarantined += 1
            elif self.again or step.repeat:
                truth.duplicates += 1
            else:
                self._tell_step(truth, step, moment(self.received - max(age, 0)))

    def _tell_step(self, truth: Truth, step: Step, happened: datetime) -> None:
        truth.events[step.name] += 1
        if step.term:
            truth.searches[step.term] += 1
            if step.found is False:
                truth.fruitless[step.term] += 1
        if step.order is not None:
            truth.orders[step.order.order_id] = step.order
        if self.walk.anonymity:
            return
        if step.touch is not None:
            truth.touches[step.touch] += 1
        did = self.walk.visitor.did
        truth.devices.add(did)
        session = truth.sessions.get(self.walk.sid)
        if session is None:
            session = truth.sessions[self.walk.sid] = TrueSession(
                did, self.walk.arrival.channel, happened, happened
            )
        session.started_at = min(session.started_at, happened)
        session.ended_at = max(session.ended_at, happened)
        session.events[step.name] += 1


def moment(milliseconds: int) -> datetime:
    """UTC time of true milliseconds."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def deliveries(walk: Walk, rng: random.Random, shop_id: str) -> Iterator[Delivery]:
    """One request a post; a few are sent a second time, as beacons without an answer are."""
    for post in walk.posts:
        identified = [(random_eid(rng), step) for step in post.steps]
        wait = 200 + rng.randrange(40)
        received = post.at + wait + rng.randrange(15, 250)
        yield _delivery(walk, shop_id, [(post, identified)], post.at + wait, received)
        if rng.random() < 0.015:
            wait += rng.randrange(1_000, 90_000)
            received = post.at + wait + rng.randrange(15, 250)
            again = _delivery(walk, shop_id, [(post, identified)], post.at + wait, received)
            again.again = True
            yield again


def late_delivery(walk: Walk, rng: random.Random, shop_id: str, delay_ms: int) -> Delivery:
    """The whole visit in one request, when the browser finds a network again."""
    sent = walk.now + delay_ms
    posts = [(post, [(random_eid(rng), step) for step in post.steps]) for post in walk.posts]
    delivery = _delivery(walk, shop_id, posts, sent, sent + rng.randrange(15, 250))
    delivery.late = True
    return delivery


def random_eid(rng: random.Random) -> str:
    """Twenty characters, as the script makes them."""
    return f"{rng.getrandbits(80):020x}"


_Posts = Sequence[tuple[Post, Sequence[tuple[str, Step]]]]


def _delivery(walk: Walk, shop_id: str, posts: _Posts, sent: int, received: int) -> Delivery:
    skew = walk.visitor.skew_ms
    ahead = sent + BROKEN_MS if walk.visitor.broken_clock else 0
    events: list[dict[str, Any]] = []
    steps: list[tuple[int, Step]] = []
    for post, identified in posts:
        beside = {"page": post.page, "ref": post.ref, "pv": post.pv} if len(posts) > 1 else {}
        for place, (eid, step) in enumerate(identified):
            happened = ahead or post.at + place
            events.append({"eid": eid, "t": happened + skew, **step.body, **beside})
            steps.append((sent - happened, step))
    envelope = _envelope(walk, posts[-1][0], shop_id)
    envelope["sent"] = sent + skew
    envelope["events"] = events
    return Delivery(received, _encoder.encode(envelope), _headers(walk), walk, steps)


def _envelope(walk: Walk, post: Post, shop_id: str) -> dict[str, Any]:
    envelope: dict[str, Any] = {"v": 1, "shop_id": shop_id, "page": post.page, "ref": post.ref, "pv": post.pv}
    if walk.anonymity == "gpc":
        envelope["gpc"] = 1
        return envelope
    envelope["sid"] = walk.sid
    if walk.anonymity != "no_did":
        envelope["did"] = walk.visitor.did
        envelope["segment"] = walk.visitor.segment
    if post.source is not None:
        by, code, at = post.source
        envelope["src"] = {"from": by, "code": code, "at": at + walk.visitor.skew_ms}
    return envelope


def _headers(walk: Walk) -> dict[str, str]:
    headers = {
        "content-type": "text/plain;charset=UTF-8",
        "user-agent": walk.visitor.agent,
        "origin": walk.origin,
        "referer": f"{walk.origin}/",
    }
    if walk.anonymity == "gpc":
        headers["sec-gpc"] = "1"
    return headers
