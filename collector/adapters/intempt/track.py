"""A batch of tracked events: entries by name, each with the events of its payload."""

from __future__ import annotations

from typing import Any

import msgspec

from collector.adapters.intempt.entry import Entry
from collector.adapters.intempt.incoming import Incoming, incoming
from collector.adapters.intempt.payload import judge
from collector.errors import Rejected
from collector.reading.draft import Draft, Setting, Unusable
from collector.reading.values import text
from collector.wire import Decoded, Judged, Shops, WireRequest

ENDPOINT = "intempt.track"
MOST_ENTRIES = 50


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """The events of a batch; raises Rejected where there is no batch, or a strict shop's is too long."""
    coming = incoming(request, shops)
    entries = _entries(coming)
    shop = coming.setting.shop
    if coming.setting.strict and len(entries) > MOST_ENTRIES:
        raise Rejected("batch_over_limit", status=413, shop_id=shop.shop_id)
    source = f"{coming.project}/{request.params.get('source', '')}"
    batch = Batch(setting=coming.setting, source=source)
    for pointer, entry in entries:
        batch.read(pointer, entry)
    return coming.decoded(ENDPOINT, batch.judged)


def _entries(coming: Incoming) -> list[tuple[str, Any]]:
    """Entries with their places; one entry that is no list stands for a list of it."""
    track = coming.body.get("track")
    if isinstance(track, dict):
        return [("/track", track)]
    if isinstance(track, list):
        return [(f"/track/{index}", entry) for index, entry in enumerate(track)]
    code = "field_missing:track" if track is None else "field_type:track"
    raise Rejected(code, status=400, shop_id=coming.setting.shop.shop_id, keep_raw=True)


class Batch(msgspec.Struct, kw_only=True):
    """Judges entries one after another. `source`: organisation, project and source, with slashes."""

    setting: Setting
    source: str
    judged: list[Judged] = []

    def read(self, pointer: str, entry: Any) -> None:
        """The events of one entry, or why it has none."""
        if not isinstance(entry, dict):
            self._set_aside("wrong_shape", pointer)
            return
        name, payload = text(entry.get("name")) or "", entry.get("payload")
        if not name.strip():
            self._set_aside("field_missing:name", pointer)
        elif payload is None:
            self._set_aside("field_missing:payload", pointer, name)
        elif not isinstance(payload, list | dict):
            self._set_aside("field_type:payload", pointer, name)
        else:
            self._payloads(name, payload, f"{pointer}/payload")

    def _payloads(self, name: str, payload: list[Any] | dict[str, Any], pointer: str) -> None:
        listed = payload if isinstance(payload, list) else [payload]
        entry = Entry.of(name, self.source, listed)
        for index, one in enumerate(listed):
            place = f"{pointer}/{index}" if isinstance(payload, list) else pointer
            draft = Draft(setting=self.setting, name=name, pointer=place, seq=len(self.judged))
            self.judged.append(judge(draft, entry, index, one))

    def _set_aside(self, code: str, pointer: str, name: str = "") -> None:
        draft = Draft(setting=self.setting, name=name, pointer=pointer)
        self.judged.append(draft.set_aside(Unusable(code)))
