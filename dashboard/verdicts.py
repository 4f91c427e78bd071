"""An event with its verdict, as a developer reads it: what is wrong, where, how to mend it, and the line mended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from collector import reasons
from dashboard import translated
from dashboard.corrections import Correction, Told, correct, field_of
from dashboard.page import Row
from dashboard.texts import Texts

OWN = "rees46"
"""The vendor whose protocol the script speaks."""


def judged(row: Row, words: Texts, shop_id: str) -> Row:
    """A row of tail/verdicts with its reasons in words, the gravest first, and the corrected lines."""
    codes = row["notes"].split(", ") if row["notes"] else []
    found = corrected(row, codes, shop_id)
    told = [_reason(one, words, row["vendor"]) for one in found.told]
    told.sort(key=lambda one: reasons.LEVELS.index(one["level"]))
    lines = [[{"text": part.text, "mark": part.mark} for part in line] for line in found.lines]
    asks = any(part.mark == "ask" for line in found.lines for part in line)
    return {**row, "reasons": told, "lines": lines, "asks": asks, "corrected": found.text}


def corrected(row: Row, codes: Sequence[str], shop_id: str) -> Correction:
    """The lines that would not have had these codes."""
    return correct(
        row["source"] or "",
        codes,
        pointer=row["pointer"] or "",
        shop_id=shop_id,
        own=row["vendor"] == OWN,
    )


def _reason(told: Told, words: Texts, vendor: str) -> Mapping[str, Any]:
    """A code in words; one of another version, which is not in the list, as it is."""
    facts = {"code": told.code, "pointer": told.pointer, "mended": told.mended}
    facts["field"] = field_of(told.code)
    try:
        reason = translated.reason(told.code, words, vendor)
    except LookupError:
        return {**facts, "level": reasons.level(told.code), "explanation": "", "mend": "", "rule": ""}
    names = ("level", "explanation", "mend", "rule")
    return {**facts, **{name: getattr(reason, name) for name in names}}


def as_data(row: Row, words: Texts, shop_id: str) -> Mapping[str, Any]:
    """The same for a program: times as text, the source as JSON."""
    full = judged(row, words, shop_id)
    kept = (
        "seq",
        "event",
        "name",
        "outcome",
        "page",
        "test",
        "vendor",
        "endpoint",
        "path",
        "request_id",
        "pointer",
    )
    return {
        **{name: full[name] for name in kept},
        "received_at": f"{full['received_at'].isoformat()}Z",
        "items": full["items"].split(", ") if full["items"] else [],
        "codes": full["codes"].split(", ") if full["codes"] else [],
        "reasons": full["reasons"],
        "corrected": full["corrected"] or None,
        "source": json.loads(full["source"]) if full["source"] else None,
    }
