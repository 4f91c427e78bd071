"""Which rows of a vendor's uploads count: of each day those of the newest upload that covers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from collector.control.vendor_exports import Claimed, Export, Shape
from dashboard.periods import Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """`orders` are rows with a number, each number once; `sums` are days of which sums alone are told.

    `covered` says of each day that an upload covers what that upload tells.
    """

    orders: Sequence[Claimed]
    sums: Mapping[date, Claimed]
    covered: Mapping[date, Shape]


def effective(exports: Sequence[Export], rows: Callable[[str], Sequence[Claimed]], days: Days) -> Effective:
    """Of uploads, the newest first, what counts for these days; `rows` reads those of one.

    An upload that tells no days covers none, and the newest such counts for every order that it names. An
    order without a day in an upload that tells others counts where no newer one names it.
    """
    owner = _owners(exports, days)
    undated = next((one for one in exports if one.summary.first_day is None), None)
    orders: dict[str, Claimed] = {}
    sums: dict[date, Claimed] = {}
    for one in exports:
        if one is not undated and one.export_id not in owner.values():
            continue
        for row in rows(one.export_id):
            if row.day is not None and owner.get(row.day) != one.export_id:
                continue
            if row.number:
                orders.setdefault(row.number, row)
            elif row.day is not None:
                sums[row.day] = row
    shapes = {one.export_id: one.summary.shape for one in exports}
    return Effective(
        orders=list(orders.values()),
        sums=sums,
        covered={day: shapes[export_id] for day, export_id in owner.items()},
    )


def _owners(exports: Sequence[Export], days: Days) -> dict[date, str]:
    """The upload that counts for each day, where there is one."""
    owner: dict[date, str] = {}
    for one in exports:
        first, last = one.summary.first_day, one.summary.last_day
        if first is None or last is None:
            continue
        day = max(first, days.first)
        while day <= last and day < days.stop:
            owner.setdefault(day, one.export_id)
            day += timedelta(days=1)
    return owner
