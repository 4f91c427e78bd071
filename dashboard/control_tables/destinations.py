"""Where the shop's events are sent on to, as it is set up. Of a secret only that there is one."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from dashboard.control_tables import question
from dashboard.desk import ControlView
from dashboard.page import Row
from dashboard.scope import Scope


def _destinations(control: ControlView, scope: Scope) -> list[Row]:
    return [
        {
            "destination_id": one.destination_id,
            "name": one.name,
            "kind": one.kind,
            "options": msgspec.json.encode(one.options, order="sorted").decode(),
            "secrets": ", ".join(one.secrets) or None,
            "paused": one.paused,
            "created_at": _moment(one.created_at),
            "start_at": _moment(one.start_at),
            "revision": one.revision,
        }
        for one in control.destinations.of(scope.shop.shop_id)
    ]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


QUESTIONS = (
    question(
        "destinations",
        "Destinations of the shop",
        "destination_id:varchar name:varchar kind:varchar options:varchar secrets:varchar paused:boolean "
        "created_at:timestamp start_at:timestamp revision:bigint",
        "Where this shop's events are sent on to, with its options as JSON and the names of the secrets that are "
        "set. The secrets themselves are sealed and can be shown to nobody.",
        _destinations,
    ),
)
