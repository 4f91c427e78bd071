"""What an answer usually means, whoever gives it (docs/wire/canonical.md, "Forwarder: common rules")."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from collector.destinations.contract import Answer, Judgement

MOST_TEXT: Final = 400
LONGEST_WAIT_S: Final = 24 * 3600.0
LOOP: Final = 508
"""It has been there before; asking again changes nothing."""
_RETRIED: Final = (408, 425, 429)


def usual(answer: Answer) -> Judgement:
    """2xx delivered; 401 and 403 auth; 404, a redirect, and an address that may not be reached, config; 413 split.

    No answer, 408, 425, 429 and 5xx are tried again; whatever else is answered refuses.
    """
    text = words(answer)
    if answer.fault:
        return Judgement(verdict="config" if answer.fault == "forbidden" else "retry", text=text)
    if 200 <= answer.status < 300:
        return Judgement(verdict="delivered", text=text)
    if answer.status in (401, 403):
        return Judgement(verdict="auth", text=text)
    if answer.status == 404 or 300 <= answer.status < 400:
        return Judgement(verdict="config", text=text)
    if answer.status == 413:
        return Judgement(verdict="split", text=text, code="u_too_large")
    if answer.status in _RETRIED or (answer.status >= 500 and answer.status != LOOP):
        return Judgement(verdict="retry", text=text, wait_s=retry_after(answer))
    return Judgement(verdict="rejected", text=text)


def retry_after(answer: Answer) -> float:
    """Seconds that the vendor asks for, as a number or a date (against its own clock); 0 where it asks for none."""
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked), LONGEST_WAIT_S)
    until, now = _moment(asked), _moment(answer.headers.get("date", ""))
    if until is None or now is None:
        return 0.0
    return min(max(0.0, (until - now).total_seconds()), LONGEST_WAIT_S)


def words(answer: Answer) -> str:
    """The vendor's words (or why there are none) in one printable line of at most 400 characters."""
    told = answer.text or answer.body.decode("utf-8", "replace")
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in told).split())
    status = f"{answer.status} " if answer.status else ""
    return (status + line).strip()[:MOST_TEXT]


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
