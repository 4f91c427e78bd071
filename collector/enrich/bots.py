"""Whether a user agent belongs to a program that visits pages by itself.

Two lists: the public one of known crawlers, and our own short one in devices.toml.
A server library (curl, PHP, Java …) is how a shop's own server reports events and is
not a bot; nor is an empty user agent. Rule: docs/wire/r46.md, "Bot test".
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from collector.enrich.lists import words

_READ = 512  # characters; what follows is padding


@lru_cache(maxsize=16_384)
def is_bot(user_agent: str) -> bool:
    """True for crawlers, monitors, previews and driven browsers."""
    if not user_agent:
        return False
    ours, known = _patterns()
    text = user_agent[:_READ]
    return bool(ours.search(text) or known.search(text))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    ours = "|".join(words("devices")["bots"]["patterns"])
    known = "|".join(
        entry["pattern"] for entry in CRAWLER_USER_AGENTS_DATA if "http-library" not in entry.get("tags", ())
    )
    return re.compile(ours, re.IGNORECASE), re.compile(known)
