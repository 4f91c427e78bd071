"""A visitor's consent, one a request. It is kept as said; nothing here acts on it."""

from __future__ import annotations

from collector.adapters.intempt.incoming import incoming
from collector.adapters.intempt.payload import read_ids, read_time
from collector.reading.draft import Draft
from collector.reading.fingerprint import fingerprint
from collector.reading.values import plain, text
from collector.wire import Decoded, Shops, WireRequest

ENDPOINT = "intempt.consent"
NAME = "consent"
ACTIONS = ("accept", "reject")
_COLUMNS = ("timestamp", "userId", "profileId")


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """The consent as a custom event; its time is in seconds, unlike that of tracked events."""
    coming = incoming(request, shops)
    body = coming.body
    draft = Draft(setting=coming.setting, name=NAME)
    draft.props.update(
        {name: plain(value) for name, value in body.items() if value is not None and name not in _COLUMNS}
    )
    read_time(draft, body.get("timestamp"), a_second=1)
    read_ids(draft, {name: body.get(name) for name in ("userId", "profileId")})
    if not draft.is_somebody():
        draft.note("identity_missing", strict=True)
    action = text(body.get("action"))
    if action not in ACTIONS:
        draft.note("field_format:action" if action else "field_missing:action")
    draft.key = ("consent", coming.project, fingerprint(body))
    draft.columns["custom_name"] = NAME
    return coming.decoded(ENDPOINT, [draft.finish("custom")])
