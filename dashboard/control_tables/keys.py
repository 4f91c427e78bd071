"""What a shop is known by at the vendors whose protocols it speaks. Of a secret only that there is one."""

from __future__ import annotations

from datetime import UTC, datetime

from collector.wire import Key
from dashboard.control_tables import question
from dashboard.desk import ControlView
from dashboard.page import Row
from dashboard.scope import Scope


def _keys(control: ControlView, scope: Scope) -> list[Row]:
    """Keys in force first, each of them newest first."""
    found = sorted(control.keys_of(scope.shop.shop_id), key=lambda key: -key.created_at)
    return [_row(key) for key in sorted(found, key=lambda key: key.revoked_at is not None)]


def _row(key: Key) -> Row:
    return {
        "key_id": key.key_id,
        "vendor": key.vendor,
        "public": ", ".join(f"{name} {value}" for name, value in key.public.items()),
        "secrets": ", ".join((*key.hashes, *key.kept)),
        "created_at": _moment(key.created_at),
        "revoked_at": _moment(key.revoked_at),
    }


def _moment(seconds: float | None) -> datetime | None:
    """Epoch seconds as naive UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


QUESTIONS = (
    question(
        "keys",
        "Keys of the shop",
        "key_id:varchar vendor:varchar public:varchar secrets:varchar created_at:timestamp revoked_at:timestamp",
        "Keys of this shop in vendors' protocols: their public parts, and the names of the secrets that they have. "
        "The secrets themselves are stored as hashes and can be shown to nobody.",
        _keys,
    ),
)
