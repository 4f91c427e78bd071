"""Who was who, as far as anybody could know it: the truth of visitors.

A browser belongs to the last person who signed in on it, from the beginning of the session
in which they did. What was before the first to sign in is theirs as well: nobody else ever
claimed it. A browser on which nobody signed in is a visitor of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from collector.simulator.truth import Pair, Truth

MESSAGE = timedelta(hours=48)
GAP = timedelta(hours=2)


def visitors_of_sessions(truth: Truth) -> dict[str, str]:
    """The visitor of every session: `person:N` or `device:DID`."""
    claims = {
        did: sorted((truth.sessions[one.session_id].started_at, one.at, one.person) for one in logins)
        for did, logins in truth.logins.items()
    }
    found = {}
    for session_id, session in truth.sessions.items():
        told = claims.get(session.device_id, ())
        before = [person for began, _, person in told if began <= session.started_at]
        found[session_id] = before[-1] if before else told[0][2] if told else f"device:{session.device_id}"
    return found


def visitors(truth: Truth) -> set[str]:
    """Everybody who was seen: in a session, or by an order that a server told."""
    return set(visitors_of_sessions(truth).values()) | {person for person, _ in truth.reports}


def visitors_of_orders(truth: Truth) -> dict[str, str | None]:
    """Who placed every order; None where nobody can know."""
    found = visitors_of_sessions(truth)
    return {
        order.order_id: order.person if order.session_id is None else found[order.session_id]
        for order in truth.orders.values()
    }


def report_runs(truth: Truth) -> dict[str, int]:
    """Sessions that a person has from orders without a browser: runs without a gap of two hours."""
    moments: defaultdict[str, list[datetime]] = defaultdict(list)
    for person, at in truth.reports:
        moments[person].append(at)
    return {person: _runs(sorted(found)) for person, found in moments.items()}


def messages_of_orders(truth: Truth) -> dict[str, Pair]:
    """The last message that the order's visitor clicked in the 48 hours before, where there is one."""
    people = visitors_of_sessions(truth)
    clicked: defaultdict[str, list[tuple[datetime, Pair]]] = defaultdict(list)
    for click in truth.clicks:
        clicked[people[click.session_id]].append((click.at, click.pair))
    found = {}
    for order_id, who in visitors_of_orders(truth).items():
        at = truth.placed[order_id]
        recent = [one for one in clicked.get(who or "", ()) if one[0] <= at <= one[0] + MESSAGE]
        if recent:
            found[order_id] = max(recent, key=lambda one: one[0])[1]
    return found


def _runs(moments: Iterable[datetime]) -> int:
    runs, before = 0, None
    for moment in moments:
        runs += before is None or moment - before >= GAP
        before = moment
    return runs
