"""The events of one request to the server API, alone or in a packet."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from collector.adapters.retailrocket.methods import METHODS, method_named
from collector.adapters.retailrocket.typed import Fields
from collector.errors import Rejected
from collector.reading.draft import Draft, Setting, Unusable
from collector.reading.fingerprint import fingerprint
from collector.reading.moments import iso
from collector.reasons import coded
from collector.wire import Judged

LONGEST_NAME = 255


class Packet(msgspec.Struct, kw_only=True):
    """Judges events one after another; equal ones are numbered, so that each is an event of its own.

    `link` is the pointer to the visitor that the query may hold.
    """

    setting: Setting
    link: str | None = None
    judged: list[Judged] = []
    counts: Counter[tuple[str, ...]] = msgspec.field(default_factory=Counter)

    def read(self, value: Any) -> None:
        """All envelopes of the body in their order; raises Rejected for a body of no use at all."""
        if isinstance(value, dict):
            self._element(0, value, "", ("wrong_shape",))
        elif isinstance(value, list):
            for index, element in enumerate(value):
                self._element(index, element, f"/{index}", ())
        else:
            raise Rejected(
                "wrong_shape", status=400, shop_id=self.setting.shop.shop_id, detail="no list", keep_raw=True
            )

    def _element(self, index: int, element: Any, pointer: str, notes: tuple[str, ...]) -> None:
        held = {}
        if isinstance(element, dict):
            held = {name: body for name, body in element.items() if body is not None}
        if not held:
            self._set_aside("envelope_empty", pointer, notes)
            return
        known = {name: method_named(name, exactly=self.setting.strict) for name in held}
        if sum(method is not None for method in known.values()) > 1:
            notes = (*notes, "envelope_multi")
        for name, body in held.items():
            method = known[name]
            if method is None:
                self._set_aside("event_unknown", pointer, notes, name)
            else:
                self.event(method, body, f"{pointer}/{name}", notes)

    def _set_aside(self, code: str, pointer: str, notes: tuple[str, ...], name: str = "") -> None:
        draft = Draft(setting=self.setting, name=name[:LONGEST_NAME], pointer=pointer, notes=list(notes))
        self.judged.append(draft.set_aside(Unusable(code)))

    def event(self, method: str, body: Any, pointer: str = "", notes: tuple[str, ...] = ()) -> None:
        """One event of a documented method; `notes` are offences in strict mode."""
        draft = Draft(setting=self.setting, name=method, pointer=pointer, seq=len(self.judged))
        for code in notes:
            draft.note(code, strict=True)
        try:
            event = self._read(draft, method, body)
        except Unusable as missing:
            self.judged.append(draft.set_aside(missing))
        else:
            self.judged.append(draft.finish(event))

    def _read(self, draft: Draft, method: str, body: Any) -> str:
        if not isinstance(body, dict):
            raise Unusable(coded("field_type", method))
        if self.link is not None and not body.get("link"):
            body = {**body, "link": self.link}
        fields = Fields(draft=draft, body=dict(body))
        stamped = _visitor_and_time(fields)
        event = METHODS[method](fields)
        fields.rest()
        if not draft.key and stamped:
            draft.key = ("api", method, fingerprint(body))
        if draft.key:
            count = self.counts[draft.key]
            self.counts[draft.key] += 1
            draft.key = (*draft.key, str(count))
        return event


def _visitor_and_time(fields: Fields) -> bool:
    """Whose event it is, and when it was; returns whether a time was sent at all."""
    draft = fields.draft
    session = fields.person("sessionExternalId")
    if session is not None:
        draft.columns["device_id"] = session
    link = fields.word("link", 1024)
    if link is not None:
        draft.ids["link"] = link
    if session is None and link is None:
        draft.note("identity_missing", strict=True)
    value = fields.take("timestamp")
    moment = iso(value, draft.setting.received_at)
    draft.time(moment)
    if moment.note == "ts_invalid":
        draft.note("ts_invalid", strict=True)
    return value is not None
