"""The shop's shared links, without what opens them."""

from __future__ import annotations

from typing import Final

from collector.control.shares import Share
from dashboard.control_tables import question
from dashboard.control_tables.users import at
from dashboard.desk import ControlView
from dashboard.page import Row
from dashboard.scope import Scope

SHARES: Final = "control/shares"


def _shares(control: ControlView, scope: Scope) -> list[Row]:
    shop_id, now = scope.shop.shop_id, scope.now.timestamp()
    names = {one.segment_id: one.name for one in control.segments.of(shop_id)}
    return [
        {
            "share_id": one.share_id,
            "label": one.label,
            "pages": ", ".join(one.pages) or None,
            "segment": names.get(one.segment_id, one.segment_id) or None,
            "created_by": one.created_by or None,
            "created_at": at(one.created_at),
            "expires_at": at(one.expires_at),
            "state": _state(one, now),
        }
        for one in control.shares.of(shop_id)
    ]


def _state(share: Share, now: float) -> str:
    if share.revoked_at is not None:
        return "revoked"
    return "good" if share.good(now) else "expired"


QUESTIONS = (
    question(
        "shares",
        "Shared links",
        "share_id:varchar label:varchar pages:varchar segment:varchar created_by:varchar created_at:timestamp "
        "expires_at:timestamp state:varchar",
        "Every link that was made to show this shop to somebody without an account, newest first; what opens it is "
        "not kept. Without pages it shows all that may be shared, without a segment all visitors.",
        _shares,
    ),
)
