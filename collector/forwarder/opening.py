"""The line of a destination as a process finds it: where the last one stopped, new, or with a damaged ledger."""

from __future__ import annotations

import logging
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from collector.forwarder.condition import DAMAGED
from collector.forwarder.ledger import is_damaged, set_aside
from collector.forwarder.line import Line
from collector.forwarder.pace import Random
from collector.forwarder.preparing import ShopFacts
from collector.forwarder.seeking import positions_at
from collector.forwarder.terms import Terms
from collector.forwarder.wishes import Described, Segment, ShopKnown
from collector.log import LogReader

EMPTY_CART: Final = "forward.empty_cart_at_session_start"
_log = logging.getLogger(__name__)


def opened(
    file: Path, log: LogReader, random: Random, *, start_at: float, now: float, damaged: bool = False
) -> Line:
    """Go on from the ledger; without one, begin with what was received from `start_at` on. Blocks for some reads.

    A ledger that is damaged, or is known to be, is set aside. What it knew is lost, so the destination waits,
    paused, at the present end of the log: beginning again at `start_at` would deliver everything twice.
    """
    try:
        if not damaged:
            return _going_on(file, log, random, start_at, now)
    except sqlite3.Error as error:
        if not is_damaged(error):
            raise
    return _anew(file, log, random, now)


def terms_of(stored: Described, shop: ShopKnown, segment: Segment | None, mark: str) -> Terms:
    """Whose events a destination takes, and what is known of their shop."""
    facts = ShopFacts(
        shop_id=stored.shop_id,
        currency=shop.currency,
        empty_cart_at_session_start=shop.options.get(EMPTY_CART) == "on",
    )
    return Terms(
        shop_id=stored.shop_id,
        zone=ZoneInfo(shop.timezone),
        start_at=stored.start_at,
        created_at=stored.created_at,
        facts=facts,
        segment=segment,
        marks=(mark,) if mark else (),
    )


def _going_on(file: Path, log: LogReader, random: Random, start_at: float, now: float) -> Line:
    line = Line(file, log, random)
    try:
        line.open(now, {} if line.begun else positions_at(log, start_at))
    except BaseException:
        line.ledger.close()
        raise
    return line


def _anew(file: Path, log: LogReader, random: Random, now: float) -> Line:
    kept = set_aside(file)
    _log.error("the ledger %s was damaged and is kept as %s; a new one begins at the log's end", file, kept)
    line = Line(file, log, random)
    line.open(now, log.end(), read_at=now)
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    told = f"resume sends what was received from {moment} on; the damaged file is kept as {kept.name}"
    line.pause(DAMAGED, told, now)
    return line
