"""From what visitors did to the requests their browsers send, as /collect takes them.

A delivery is one request with the moment it arrives. It also knows what it means, so
that the truth counts what was sent and nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from collector.simulator.pages import Step
from collector.simulator.truth import Login, MessageClick, TrueOrder, TrueSession, Truth
from collector.simulator.walk import Post, Walk

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BROKEN_MS = 5_000  # a broken clock says that events happened after they were sent
_encoder = msgspec.json.Encoder()


@dataclass(slots=True)
class Delivery:
    """One request: `received` in true milliseconds; `steps` with their age when sent, in milliseconds.

    `walk` is the visit it tells of; what a server tells of no visit has none. `params` are
    the named segments of the path.
    """

    received: int
    body: bytes
    headers: Mapping[str, str]
    steps: Sequence[tuple[int, Step]]
    walk: Walk | None = None
    path: str = "/collect"
    params: Mapping[str, str] = field(default_factory=dict)
    again: bool = False
    ignored: bool = False
    marked: bool = False  # of a robot that is kept and marked
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
            elif self.marked:
                _tell_robot(truth, step, self.walk)
            else:
                _tell(truth, step, self.walk, moment(self.received - max(age, 0)))


def _tell_robot(truth: Truth, step: Step, walk: Walk | None) -> None:
    truth.robots[step.name] += 1
    if step.order is not None:
        truth.robot_orders.add(step.order.order_id)
    if walk is not None:
        truth.robot_sessions.add(walk.sid)


def _tell(truth: Truth, step: Step, walk: Walk | None, happened: datetime) -> None:
    truth.events[step.name] += 1
    if step.term:
        truth.searches[step.term] += 1
        if step.found is False:
            truth.fruitless[step.term] += 1
    if step.status:
        truth.status[str(step.body["id"])] = step.status
    elif step.order is not None:
        _tell_order(truth, step.order, happened, is_report=walk is None)
    if walk is not None and not walk.anonymity:
        _tell_visit(truth, step, walk, happened)


def _tell_order(truth: Truth, order: TrueOrder, happened: datetime, *, is_report: bool) -> None:
    """A version of an order; a report by a server is besides a sign of life of its person."""
    known = truth.placed.get(order.order_id, happened)
    truth.placed[order.order_id] = min(known, happened)
    truth.orders[order.order_id] = order
    if is_report and order.person is not None:
        truth.reports.append((order.person, happened))


def _tell_visit(truth: Truth, step: Step, walk: Walk, happened: datetime) -> None:
    did = walk.visitor.did
    truth.devices.add(did)
    session = truth.sessions.get(walk.sid)
    if session is None:
        session = truth.sessions[walk.sid] = TrueSession(did, walk.arrival.channel, happened, happened)
    session.started_at = min(session.started_at, happened)
    session.ended_at = max(session.ended_at, happened)
    session.events[step.name] += 1
    if step.login is not None:
        truth.logins[did].append(Login(walk.sid, happened, step.login))
    if step.touch is None:
        return
    truth.touches[step.touch] += 1
    kind, by, code = step.touch
    if kind == "message_click":
        truth.clicks.append(MessageClick(walk.sid, happened, (by, code)))


def moment(milliseconds: int) -> datetime:
    """UTC time of true milliseconds."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def deliveries(walk: Walk, rng: random.Random, shop_id: str, again: float) -> Iterator[Delivery]:
    """One request a post; a share `again` is sent a second time, as beacons without an answer are."""
    for post in walk.posts:
        identified = [(random_eid(rng), step) for step in post.steps]
        wait = 200 + rng.randrange(40)
        received = post.at + wait + rng.randrange(15, 250)
        yield _delivery(walk, shop_id, [(post, identified)], post.at + wait, received)
        if rng.random() < again:
            wait += rng.randrange(1_000, 90_000)
            received = post.at + wait + rng.randrange(15, 250)
            twin = _delivery(walk, shop_id, [(post, identified)], post.at + wait, received)
            twin.again = True
            yield twin


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
    return Delivery(received, _encoder.encode(envelope), _headers(walk), steps, walk)


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
