"""What became of events at a vendor that answers with markup, formulas and endless words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from collector.forwarder.reading import Reading
from tests.dashboard.ledgers import Fate, Told, write
from tests.dashboard.shop_world import FORMULA, HOSTILE, LONG, NOW


def hostile(folder: Path) -> Callable[[str], Reading]:
    """One ledger for every destination, written into the folder."""
    fates = [
        Fate(
            day="2026-03-18",
            event=event,
            state="failed",
            code=code,
            told=told,
            ids=(event_id,),
            order_key=told,
        )
        for event, code, told, event_id in (
            (LONG, "r_rejected", HOSTILE, HOSTILE),
            (HOSTILE, HOSTILE, LONG, LONG),
            (FORMULA, FORMULA, FORMULA, FORMULA),
        )
    ]
    lost = Fate(day="2026-03-18", event=LONG, state="delivered_with_loss", losses=(HOSTILE, FORMULA))
    condition = {
        "condition": "waiting",
        "code": LONG,
        "told": HOSTILE + LONG,
        "since": 1.0,
        "until": NOW.timestamp(),
    }
    write(folder / "hostile.sqlite", Told(condition=condition, fates=(*fates, lost), waiting=1, behind=1))
    return lambda destination_id: Reading(folder / "hostile.sqlite")
