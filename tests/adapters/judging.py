"""What must hold of any request, however odd: judged, recorded, answered, explained."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, seed, settings

from collector import reasons, record
from collector.errors import Rejected
from collector.verdict import verdict_header
from collector.wire import Ask, Decoded, Endpoint, Told, WireReply
from tests.adapters.damage import Case
from tests.adapters.wired import ENDPOINTS, OneShop, stored, wire_request

TOLD: dict[str, Told] = {
    "cart": {"items": [{"uniqid": "37", "quantity": 2}]},
    "counters": {
        "daily": {"view": 1, "cart": 0, "purchase": 0},
        "now": {"view": 0, "cart": 0, "purchase": 0},
    },
    "profile": {
        "known": True,
        "gender": None,
        "bought_something": False,
        "has_email": False,
        "custom_properties": {},
    },
    "segments": {"segments": [{"id": "7", "type": "static"}]},
    "device": {"known": True, "sid": "cIxzHQJbUo", "sid_last_at": "2026-11-21T09:00:00.000000Z"},
}


Test = Callable[..., None]


def examples(count: int) -> Callable[[Test], Test]:
    """So many examples, the same in every run."""
    quiet = settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )

    def drawn(test: Test) -> Test:
        made: Test = seed(46)(quiet(test))
        return made

    return drawn


def answered(reply: WireReply) -> None:
    """An answer that is no fault of ours and whose headers are one line each."""
    assert 200 <= reply.status < 500
    for value in reply.headers.values():
        assert value.isprintable()


def refused(endpoint: Endpoint, refusal: Rejected) -> None:
    """A whole refusal is the sender's fault, has an answer, and is explained."""
    assert 400 <= refusal.status < 500
    assert reasons.explain(refusal.code).mend
    answered(endpoint.refuse(refusal.code, refusal.status, refusal.detail))


def judge(case: Case) -> Decoded | None:
    """The request all the way to a record and an answer; every code explained, the header one line."""
    request = wire_request(case["request"])
    endpoint = ENDPOINTS[request.path]
    try:
        decoded = endpoint.decode(request, OneShop(case.get("shop", {}), case.get("keys", ())))
    except Rejected as refusal:
        refused(endpoint, refusal)
        return None
    for told in (None, *_told(decoded.ask)):
        final = decoded if decoded.ask is None else endpoint.informed(decoded, told)
        line = record.encode(stored(final, request))
        assert record.decode(line) is not None
        answered(endpoint.answer(final))
        header = verdict_header(final.judged)
        assert header.isascii()
        assert header.isprintable()
        for one in final.judged:
            for code in one.codes:
                reasons.explain(code)
    return decoded


def _told(ask: Ask | None) -> tuple[Told, ...]:
    return () if ask is None else (TOLD[ask.kind],)


def line_of(decoded: Decoded, case: Case) -> bytes:
    return record.encode(stored(decoded, wire_request(case["request"])))
