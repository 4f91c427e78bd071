"""A destination's request, taken by our own collector: the way back of a round trip."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from collector.destinations.contract import Request
from collector.event import Event
from collector.wire import WireRequest
from tests.adapters.wired import ENDPOINTS, RECEIVED_AT, OneShop


def arrived(request: Request, shop: Mapping[str, Any], keys: Sequence[Mapping[str, Any]] = ()) -> list[Event]:
    """The events that its own adapter makes of it, all of them accepted; secrets are added as the sender does."""
    url, count = urlsplit(request.url), itertools.count()
    headers = {**request.headers, **request.secret_headers}
    query = "&".join(part for part in (url.query, urlencode(request.secret_query)) if part)
    sent = WireRequest(
        method=request.method,
        path=url.path,
        query=query,
        headers={name.lower(): value for name, value in headers.items()},
        body=request.body,
        received_at=RECEIVED_AT,
        request_id="01a1fd57-baac-7000-8000-ffffffffffff",
        new_id=lambda: f"01a1fd57-baac-7000-8000-{next(count):012d}",
    )
    judged = ENDPOINTS[url.path].decode(sent, OneShop(shop, keys)).judged
    assert [one.outcome for one in judged] == ["accepted"] * len(judged), judged
    return [one.event for one in judged if one.event is not None]
