"""The truth of a history as JSON, for programs that want to check themselves against it.

Times are RFC 3339 in UTC, amounts decimal text, shares of nothing are left out. Names of the
parts are those of docs/simulator.md.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec

from collector.simulator import identities
from collector.simulator.scenario import Scenario
from collector.simulator.truth import Pair, Truth

_encoder = msgspec.json.Encoder(decimal_format="string", order="sorted")


def encode(truth: Truth, scenario: Scenario) -> bytes:
    """The whole truth in one JSON object, the same bytes for the same history."""
    return _encoder.encode(told(truth, scenario)) + b"\n"


def told(truth: Truth, scenario: Scenario) -> dict[str, Any]:
    """The parts by name."""
    return {
        "scenario": {
            **asdict(scenario),
            "currencies": dict(scenario.currencies),
            "uplift": dict(scenario.uplift),
        },
        "counts": _counts(truth),
        "events": dict(truth.events),
        "robots": {
            "events": dict(truth.robots),
            "sessions": len(truth.robot_sessions),
            "orders": sorted(truth.robot_orders),
        },
        "money": {"booked": truth.booked(), "net": truth.net()},
        "direct": _direct(truth),
        "touches": [
            {"kind": kind, **_tool((by, code)), "count": count}
            for (kind, by, code), count in sorted(truth.touches.items(), key=repr)
        ],
        "sessions": _sessions(truth),
        "orders": _orders(truth),
        "uplift": asdict(truth.chances) | {"lift": truth.chances.lift},
    }


def _counts(truth: Truth) -> dict[str, int]:
    return {
        "requests": truth.requests,
        "events": truth.events.total(),
        "visitors": len(identities.visitors(truth)),
        "sessions": len(truth.sessions),
        "orders": len(truth.orders),
        "duplicates": truth.duplicates,
        "quarantined": truth.quarantined,
        "ignored": truth.ignored,
        "late_requests": truth.late,
    }


def _direct(truth: Truth) -> list[dict[str, Any]]:
    rows = [
        {"currency": currency, **_tool(pair), "revenue": revenue}
        for (currency, pair), revenue in truth.direct().items()
    ]
    return sorted(rows, key=lambda row: repr(sorted(row.items())))


def _sessions(truth: Truth) -> list[dict[str, Any]]:
    visitors = identities.visitors_of_sessions(truth)
    return [
        {
            "session_id": session_id,
            "device_id": session.device_id,
            "visitor": visitors[session_id],
            "channel": session.channel,
            "started_at": _text(session.started_at),
            "ended_at": _text(session.ended_at),
            "events": dict(session.events),
        }
        for session_id, session in truth.sessions.items()
    ]


def _orders(truth: Truth) -> list[dict[str, Any]]:
    visitors = identities.visitors_of_orders(truth)
    messages = identities.messages_of_orders(truth)
    return [
        {
            "order_id": order.order_id,
            "session_id": order.session_id,
            "visitor": visitors[order.order_id],
            "placed_at": _text(truth.placed[order.order_id]),
            "currency": order.currency,
            "revenue": order.revenue,
            "status": truth.status.get(order.order_id),
            "edited": order.edited,
            "message": _tool(messages.get(order.order_id)),
            "lines": [
                {"item_id": line.product_id, "quantity": line.quantity, "revenue": line.revenue}
                | {"earned_by": _tool(line.earned_by)}
                for line in order.lines
            ],
        }
        for order in truth.orders.values()
    ]


def _tool(pair: Pair | None) -> dict[str, str | None]:
    by, code = pair or (None, None)
    return {"recommended_by": by, "recommended_code": code}


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
