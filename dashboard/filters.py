"""The address is the whole state of a page: query string to `Filters` and back.

Nothing in an address is an error: a value that is not understood becomes the default
and leaves a note. What the filters mean is in `dashboard.scope`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Literal, cast
from urllib.parse import urlencode

from collector.control.presets import WINNERS, Preset
from dashboard import chips, funnel, lens, periods
from dashboard.periods import PERIODS, Period

Compare = Literal["previous", "none"]
PRESETS: Final[Mapping[str, str]] = {
    "rees46": "last",
    "rees46_messages": "last",
    "retail_rocket_item": "last",
    "retail_rocket_check": "last",
    "nosto": "first_to_cart",
    "dynamic_yield": "last",
    "einstein": "first",
    "mapp": "last",
    "algonomy": "last",
    "strict": "last",
}
"""Presets of attribution and the winner (model) of each, as dashboard/queries/attribution/presets.sql has them."""
OWN: Final = "own:"
"""How an address names a preset that a shop saved itself: this, and its name."""
MODELS: Final = WINNERS
METHODS: Final = ("rees46", "quintiles")
MONTHS: Final = ("12", "3", "6", "24")
PLANNED: Final = ("50", "10", "20", "30", "40", "60", "70", "80", "90")
OUTCOMES: Final = ("accepted", "noted", "quarantined", "rejected", "ignored", "duplicate", "good", "bad")
"""Verdicts that the live feed can be narrowed to; the last two sum up what a sender did well and badly."""
PAGE_SIZE: Final = 100
LONGEST_TEXT: Final = 1024
LONGEST_DRAFT: Final = 8000
_CELL: Final = re.compile(r"[1-5]{2,3}|[a-z_]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The state of a page. `since` and `to` are the first and last day of a custom period."""

    shop: str = ""
    period: Period = "28d"
    since: date | None = None
    to: date | None = None
    compare: Compare = "previous"
    preset: str = "rees46"
    model: str = "last"
    tab: str = ""
    sort: str = ""
    tool: str = ""
    code: str = ""
    find: str = ""
    steps: str = ""  # of a funnel, as dashboard.funnel writes them
    window: str = "session"
    unit: str = "session"
    split: str = "device"
    method: str = "rees46"
    months: str = "12"
    cell: str = ""  # of the RFM cube: steps of R and F, of R, F and M, or the name of a cell
    planned: str = "50"  # of two arms of a test, the percentage that the first was meant to have
    segment: str = ""  # id of a saved segment
    only: tuple[str, ...] = ()  # chips, as dashboard.chips reads them
    money: str = "booked"
    convert: str = "own"  # amounts in their own currency, or in the shop's
    draft: str = ""  # the rule of a segment that is being built, as JSON
    edit: str = ""  # what is added to it: place:kind
    event: str = ""  # of the live feed and of verdicts: an event's name
    outcome: str = ""  # the same: a verdict, see `OUTCOMES`
    test: str = ""  # the same: the id of an automated test
    state: str = ""  # of dead letters: what became of them, and why
    reason: str = ""
    rule: str = ""  # of shadow mode: the preset that what is here is credited by; "": the vendor's own
    run: str = ""  # of the SQL page: an example, a question asked or saved
    x: str = ""  # of its chart: the column across, the column up, and what is drawn
    y: str = ""
    drawn: str = ""
    page: int = 1

    def query(self) -> str:
        """The canonical query string: known names in a fixed order, defaults left out.

        With a preset of a shop's own stands the model, because only the shop knows its usual one.
        """
        usual = replace(DEFAULT, model=PRESETS.get(self.preset, ""))
        pairs = [(field.name, getattr(self, field.name)) for field in fields(self)]
        told = [(name, value) for name, value in pairs if value != getattr(usual, name)]
        return urlencode(
            [(name, str(one)) for name, value in told for one in (value if name == "only" else (value,))]
        )


DEFAULT: Final = Filters()
KEPT: Final = (
    "shop",
    "period",
    "since",
    "to",
    "compare",
    "preset",
    "model",
    "segment",
    "only",
    "money",
    "convert",
)
"""What a link to another page keeps."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the address that a person should know; `key` is a text key."""

    key: str
    name: str
    value: str


def parse(
    query: Mapping[str, str], own: Mapping[str, str] = MappingProxyType({})
) -> tuple[Filters, tuple[Note, ...]]:
    """Filters of a query string; names that are not known are ignored.

    `own` are the winners of the presets that the shop saved itself.
    """
    notes: list[Note] = []
    winners = {**PRESETS, **own}

    def choice(name: str, allowed: Collection[str], default: str = "") -> str:
        value = query.get(name, "")
        if value and value not in allowed:
            notes.append(Note("filters.unknown_value", name, value[:80]))
        return value if value in allowed else default or str(getattr(DEFAULT, name))

    def text(name: str) -> str:
        return query.get(name, "").replace("\0", "")[:LONGEST_TEXT]

    preset = choice("preset", winners)
    filters = Filters(
        shop=text("shop"),
        period=cast(Period, choice("period", PERIODS)),
        compare=cast(Compare, choice("compare", ("previous", "none"))),
        preset=preset,
        model=choice("model", MODELS, winners[preset]),
        tab=text("tab")[:40],
        sort=text("sort")[:80],
        tool=text("tool"),
        code=text("code"),
        find=text("find"),
        steps=_steps(text("steps"), notes),
        window=choice("window", tuple(funnel.WINDOWS)),
        unit=choice("unit", funnel.UNITS),
        split=choice("split", funnel.SPLITS),
        method=choice("method", METHODS),
        months=choice("months", MONTHS),
        cell=_cell(query.get("cell", ""), notes),
        planned=choice("planned", PLANNED),
        segment=text("segment")[:80],
        only=_only(query.get("only", ""), notes),
        money=choice("money", lens.MONEY),
        convert=choice("convert", lens.CONVERT),
        draft=_draft(query.get("draft", ""), notes),
        edit=text("edit")[:40],
        run=text("run")[:80],
        x=text("x")[:200],
        y=text("y")[:200],
        drawn=text("drawn")[:10],
        event=text("event")[:200],
        outcome=choice("outcome", OUTCOMES),
        test=text("test")[:80],
        state=text("state")[:40],
        reason=text("reason")[:80],
        rule=text("rule")[:80],
        page=_page(query.get("page", ""), notes),
    )
    return _with_days(filters, query, notes), tuple(notes)


def _draft(value: str, notes: list[Note]) -> str:
    """A rule is taken whole or not at all."""
    if len(value) > LONGEST_DRAFT:
        notes.append(Note("filters.unknown_value", "draft", value[:80]))
        return ""
    return value


def winners_of(presets: Sequence[Preset]) -> dict[str, str]:
    """A shop's own presets by the name of the address, with their winner."""
    return {f"{OWN}{one.name}": one.winner for one in presets}


def own_rows(presets: Sequence[Preset]) -> list[list[str]]:
    """A shop's own presets as the query attribution/presets reads them, after the shipped ones."""
    return [
        [
            str(place),
            f"{OWN}{one.name}",
            *(one.unit, one.family, one.kinds),
            *(one.span, str(one.hours)),
            *(one.winner, one.match, one.value, one.reset),
        ]
        for place, one in enumerate(presets, len(PRESETS) + 1)
    ]


def _cell(value: str, notes: list[Note]) -> str:
    if value and not _CELL.fullmatch(value):
        notes.append(Note("filters.unknown_value", "cell", value[:80]))
        return ""
    return value


def _only(value: str, notes: list[Note]) -> tuple[str, ...]:
    """Chips of the address; those that are none are told and left out."""
    found, strange = chips.read(value)
    if strange:
        notes.append(Note("filters.unknown_chip", "only", strange[:80]))
    return found


def _page(value: str, notes: list[Note]) -> int:
    if not value:
        return 1
    if value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= 10_000:
        return int(value[:6])
    notes.append(Note("filters.unknown_value", "page", value[:80]))
    return 1


def _steps(value: str, notes: list[Note]) -> str:
    """Steps of a funnel as canonical text; those that are none are told and left out."""
    steps, strange = funnel.read(value)
    if strange:
        notes.append(Note("filters.unknown_value", "step", strange[:80]))
    return funnel.write(steps)


def _with_days(filters: Filters, query: Mapping[str, str], notes: list[Note]) -> Filters:
    """A custom period needs two days in order, not too far apart."""
    if filters.period != "custom":
        return filters
    since, to = _day(query.get("since", "")), _day(query.get("to", ""))
    if since is None or to is None or not 0 <= (to - since).days < periods.LONGEST:
        given = f"{query.get('since', '')[:20]} – {query.get('to', '')[:20]}"
        notes.append(Note("filters.unusable_days", "period", given))
        return replace(filters, period=DEFAULT.period)
    return replace(filters, since=since, to=to)


def _day(value: str) -> date | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2200 else None


def changed(filters: Filters, **changes: Any) -> Filters:
    """The same filters but for some."""
    return replace(filters, **changes)
