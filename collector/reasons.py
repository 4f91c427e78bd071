"""The closed list of reason codes: what happened, and what a shop's developer can do.

A code is `base` or `base:field`; `field` is a name from the wire and is filled into
the texts. Rules are those of docs/wire/r46.md (V…, E…, T…) and docs/wire/canonical.md.
The texts stand in `reasons.toml` beside this file, those of another vendor's protocol, where
they must differ, in `vendor_reasons.toml`. Nothing may report a code that is not in the first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

MOST_FIELD = 40
LEVELS = ("error", "note", "info")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.]")

Level = Literal["error", "note", "info"]
"""Lost or not counted; kept, and worth a look; nothing that anybody has to act on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One entry of the list. `{field}` in the texts stands for the field's name."""

    code: str
    group: str
    explanation: str
    mend: str
    rule: str
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A code as it was reported, with its texts filled in."""

    code: str
    base: str
    field: str
    group: str
    explanation: str
    mend: str
    rule: str
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What a vendor's protocol says of a code in place of the common words."""

    explanation: str
    mend: str
    rule: str


def _read(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


def _load() -> dict[str, Reason]:
    """Every reason; the level of one that has none of its own is that of its group."""
    return {
        code: Reason(code=code, group=group, **{"level": reasons["level"], **texts})
        for group, reasons in _read("reasons.toml").items()
        for code, texts in reasons.items()
        if code != "level"
    }


REASONS: Mapping[str, Reason] = _load()
VENDORS: Mapping[str, Mapping[str, Texts]] = {
    vendor: {code: Texts(**texts) for code, texts in told.items()}
    for vendor, told in _read("vendor_reasons.toml").items()
}
QUIET: tuple[str, ...] = tuple(code for code, reason in REASONS.items() if reason.level == "info")
"""Codes, without their fields, that need no action."""


def coded(base: str, field: str) -> str:
    """`base:field` with a name that no wire can abuse: `[A-Za-z0-9_.]`, 1 to 40 characters."""
    if len(field) <= MOST_FIELD and field.isascii() and field.isidentifier():
        return f"{base}:{field}"
    return f"{base}:{_UNSAFE.sub('', field)[:MOST_FIELD] or '_'}"


def explain(code: str, vendor: str = "rees46") -> Explained:
    """The texts of a code in a vendor's protocol; raises LookupError for one that is not in the list."""
    base, _, field = code.partition(":")
    reason = REASONS.get(base)
    if reason is None:
        raise LookupError(f"no such reason: {base!r}")
    texts = VENDORS.get(vendor, {}).get(base, reason)
    foreign = texts is reason and vendor in VENDORS and reason.rule.startswith("r46")
    name = field or "the field"
    return Explained(
        code=code,
        base=base,
        field=field,
        group=reason.group,
        explanation=texts.explanation.replace("{field}", name),
        mend=texts.mend.replace("{field}", name),
        rule=f"docs/wire/{vendor}.md" if foreign else texts.rule,
        level=reason.level,
    )


def level(code: str) -> Level:
    """How much a code matters; one of another version, which may be unknown here, is worth a look."""
    reason = REASONS.get(code.partition(":")[0])
    return reason.level if reason else "note"


def loud(codes: Sequence[str]) -> tuple[str, ...]:
    """Those of the codes that somebody should look at, in their order."""
    return tuple(code for code in codes if level(code) != "info")
