"""Marks that keep an event from going round: each installation that sends one on adds its own.

They travel in one request header, `r46-via`, the latest last. Rule: docs/wire/canonical.md, "Forwarder: common rules".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

HEADER: Final = "r46-via"
MOST: Final = 20
_LONGEST: Final = MOST * 66
_MARK: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


def marks(header: str) -> tuple[str, ...]:
    """Whom a request came through. What is no mark is ignored, and of more than 20 all but the last."""
    if not header:
        return ()
    found = (part.strip() for part in header[-_LONGEST:].split(","))
    return tuple(one for one in found if _MARK.fullmatch(one))[-MOST:]


def passed_on(via: Sequence[str], own: str) -> str:
    """The header of an event that came through `via` and is sent on by this installation."""
    return ", ".join((*[mark for mark in via if mark != own][1 - MOST :], own))
