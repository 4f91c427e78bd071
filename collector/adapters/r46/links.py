"""Who a link in a mail says the visitor is (docs/wire/r46.md §7.2, `<g>_merger`).

Anyone can forge such a link, so it counts only for a shop that has `url_identity` on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from collector.adapters.r46 import envelope
from collector.adapters.r46.address import address_in
from collector.adapters.r46.convert import convert
from collector.adapters.r46.draft import Draft, Setting
from collector.wire import Judged

STARTS = frozenset({"page_view", "session_start"})
NAME = "merger"
NOTE = ("identity_from_url", 0)


def judge(setting: Setting, shared: dict[str, Any], entries: Any, judged: Sequence[Judged]) -> list[Judged]:
    """One `identify` for each page of a batch whose address names the visitor, from its first event.

    They stand after the batch's own events. Robots, repeats and visitors who stay unknown have none.
    """
    found: list[Judged] = []
    pages: set[str] = set()
    setting = replace(setting, notes=(*setting.notes, NOTE))
    for index, one in enumerate(judged):
        page = _start_page(one)
        if page is None or page in pages or (address := address_in(page)) is None:
            continue
        pages.add(page)
        entry = entries[index]
        draft = _draft(setting, envelope.shared_by(entry, shared), entry, address)
        draft.pointer = one.pointer
        draft.key = ("eid", f"{one.eid}-merger") if one.eid else ()
        draft.columns["seq"] = len(judged) + len(found)
        found.append(_named(convert(draft)))
    return found


def _named(judged: Judged) -> Judged:
    event = judged.event
    return replace(judged, name=NAME, event=replace(event, vendor_event=NAME) if event else None)


def _start_page(judged: Judged) -> str | None:
    event = judged.event
    if event is None or judged.outcome != "accepted" or event.event not in STARTS:
        return None
    return event.page_url


def _draft(setting: Setting, shared: Mapping[str, Any], entry: Mapping[str, Any], address: str) -> Draft:
    ids = {name: shared[name] for name in envelope.IDS if name in shared}
    draft = Draft(setting=setting, surface="profile", body={**ids, "email": address})
    envelope.write(draft, shared)
    envelope.write_time(draft, entry.get("t"), shared.get("sent"))
    return draft
