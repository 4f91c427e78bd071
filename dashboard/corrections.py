"""The corrected line: what was sent, with what its reason codes name put right.

`dashboard.mends` has an entry for each code that a line can show. A code without one, or whose mend
does not fit what was sent, is left to its words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from dashboard.correcting import Draft
from dashboard.literal import Part, Path, link
from dashboard.mends import BY_NAME, MENDS, put

FIELDS: Final[Mapping[str, str]] = {
    "recommended_code_missing": "recommended_code",
    "recommended_by_missing": "recommended_by",
    "recommended_by_unknown": "recommended_by",
    "attr_on_purchase": "recommended_by",
    "source_incomplete": "source",
    "item_id_missing": "id",
    "item_id_suspect": "id",
    "items_empty": "items",
    "items_mixed": "items",
    "item_duplicate": "items",
    "price_invalid": "price",
    "quantity_clamped": "quantity",
    "quantity_conflict": "quantity",
    "order_id_generated": "order_id",
    "order_totals_differ": "order_price",
    "phone_implausible": "phone",
    "identity_missing": "did",
    "auth_missing": "shop_id",
    "shop_unknown": "shop_id",
    "secret_on_public_path": "shop_secret",
    "secret_exposed": "shop_secret",
    "event_unknown": "event",
    "time_ignored": "time",
}
"""The field that a code is about where the code does not name it."""
SHOP: Final = ("auth_missing", "shop_unknown")
ENVELOPE: Final = ("did", "sid", "ssid", "segment", "shop_id", "shop_secret", "stream", "email", "phone")
"""Fields that stand beside the calls of a batch, and are those of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A reason code of an event: where in the request it is, and whether the line below mends it."""

    code: str
    pointer: str
    mended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The reasons of an event, and the lines that would have had none; none where they cannot be shown."""

    told: tuple[Told, ...]
    lines: tuple[tuple[Part, ...], ...] = ()

    @property
    def text(self) -> str:
        """What to copy."""
        return "\n".join("".join(part.text for part in line) for line in self.lines)


def correct(
    source: str, codes: Sequence[str], *, pointer: str = "", shop_id: str = "", own: bool = True
) -> Correction:
    """What was sent (JSON; "" where it is not known), corrected. `pointer` is its place in the request.

    Of another vendor's protocol (not `own`) only fields that a code names are put right.
    """
    sent = json.loads(source, parse_float=Decimal) if source else None
    draft = Draft.of(sent)
    if not isinstance(draft.value, (dict, list)):
        return Correction(told=tuple(Told(code=code, pointer=pointer, mended=False) for code in codes))
    told, lines = [], []
    for code in codes:
        place = _pointer(draft, code, pointer)
        linked = _linked(sent, draft, code)
        lines += [linked] if linked else []
        known = own or code.partition(":")[0] in BY_NAME
        mended = bool(linked) or (known and _mended(draft, code, shop_id))
        told.append(Told(code=code, pointer=place, mended=mended))
    if any(one.mended for one in told) and len(lines) < sum(one.mended for one in told):
        lines.insert(0, draft.written())
    return Correction(told=tuple(told), lines=tuple(lines))


def _pointer(draft: Draft, code: str, pointer: str) -> str:
    """The place in the request of what a code is about."""
    name, place = field_of(code), _place(draft, code)
    if draft.call and name in ENVELOPE and not draft.found(name):
        return f"/{name}"
    return f"{pointer}/call{place}" if draft.call and place else pointer + place


def field_of(code: str) -> str:
    """The field that a code is about; "" where it is about the whole."""
    base, _, name = code.partition(":")
    return name or FIELDS.get(base, "")


def _place(draft: Draft, code: str) -> str:
    """The pointer of the field, or of where it belongs; "" for the whole."""
    name = field_of(code)
    if not name:
        return ""
    found = [(1,)] if name == "event" and draft.call else draft.found(name)
    if not found and (name == "id" or (draft.call and not isinstance(draft.at(draft.data), dict))):
        found = draft.items()[:1] if name == "id" and draft.items() else [draft.data]
    path: Path = found[0] if found else (*draft.data, draft.named(name))
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _linked(sent: Any, draft: Draft, code: str) -> tuple[Part, ...] | None:
    """The link that led to the page, with its code: where the page's address named the tool, not the call."""
    page = sent.get("page") if isinstance(sent, dict) and sent.get("by") else None
    if code != "recommended_code_missing" or draft.found("recommended_by") or not isinstance(page, str):
        return None
    return link(page, "recommended_code")


def _mended(draft: Draft, code: str, shop_id: str) -> bool:
    base, _, name = code.partition(":")
    if base in SHOP:
        return put(draft, "shop_id", shop_id)
    mend = MENDS.get(base)
    try:
        return mend is not None and mend(draft, name)
    except LookupError:
        return False
