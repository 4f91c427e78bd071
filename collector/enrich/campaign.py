"""What the link that brought a visitor says about itself: utm_* and click ids."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_plus

from collector.enrich.lists import words

_LONGEST = 255  # characters of a value; longer ones are cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Values as in the link, percent-decoded and trimmed; None where absent or empty.

    `click_id` is the value of the first known click id and `click_kind` its parameter.
    """

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    content: str | None = None
    term: str | None = None
    click_id: str | None = None
    click_kind: str | None = None


NONE = Campaign()


def campaign_of(url: str | None) -> Campaign:
    """The campaign of a page address; `NONE` where it has none. Never raises.

    Parameter names are compared without regard to case; the first filled value wins.
    Parameters in the fragment count where the query has none (single-page shops).
    """
    if not url or "=" not in url:
        return NONE
    address, _, fragment = url.partition("#")
    found = _parameters(address.partition("?")[2]) or _parameters(fragment.rpartition("?")[2])
    if not found:
        return NONE
    kind = next((name for name in words("sources")["clicks"] if name in found), None)
    return Campaign(
        source=found.get("utm_source"),
        medium=found.get("utm_medium"),
        campaign=found.get("utm_campaign"),
        content=found.get("utm_content"),
        term=found.get("utm_term"),
        click_id=found[kind] if kind else None,
        click_kind=kind,
    )


def _parameters(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    clicks = words("sources")["clicks"]
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        name = name.lower().replace("amp;utm_", "utm_")
        if not value or name in found or not (name.startswith("utm_") or name in clicks):
            continue
        text = _text(value)
        if text:
            found[name] = text
    return found


def _text(value: str) -> str:
    """Decoded, without control characters, trimmed and cut to `_LONGEST`."""
    text = unquote_plus(value) if "%" in value or "+" in value else value
    return "".join(c for c in text if c.isprintable()).strip()[:_LONGEST]
