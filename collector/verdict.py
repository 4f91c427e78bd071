"""The verdict of a request in one line, for the header that developers look at.

`accepted`, `accepted; codes=a,b`, `quarantined; codes=a`, `duplicate`,
`ignored; codes=a`, `rejected; codes=a`. A batch is summed up by the outcome that
asks most for attention; its own codes come first, those of the other events after.
"""

from __future__ import annotations

from collections.abc import Sequence

from collector.reasons import coded
from collector.wire import Judged, Outcome

ATTENTION: tuple[Outcome, ...] = ("rejected", "quarantined", "ignored", "duplicate", "accepted")
MOST_CODES = 24


def verdict_header(judged: Sequence[Judged]) -> str:
    """Printable ASCII without line breaks, at most about 2 KB; nothing judged is `accepted`."""
    if len(judged) == 1:
        outcome = judged[0].outcome
        codes = judged[0].codes
    else:
        outcome, codes = _summary(judged)
    if not codes or outcome == "duplicate":
        return outcome
    return f"{outcome}; codes={','.join([safe_code(code) for code in codes[:MOST_CODES]])}"


def _summary(judged: Sequence[Judged]) -> tuple[Outcome, tuple[str, ...]]:
    ordered = sorted(judged, key=lambda one: ATTENTION.index(one.outcome))
    codes = dict.fromkeys(code for one in ordered for code in one.codes)
    return (ordered[0].outcome if ordered else "accepted"), tuple(codes)


def safe_code(code: str) -> str:
    """The code, its field name reduced to what a header can carry."""
    base, colon, field = code.partition(":")
    return coded(base, field) if colon else code
