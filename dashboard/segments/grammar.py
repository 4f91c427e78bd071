"""What a rule of a segment may say, as data: groups of conditions over one visitor.

A rule is JSON. Each part says what it is under `is`; what may stand beside that are the
fields of its class here. `least` and `most` are both included. A condition with `days` looks
at the so many days before the moment of the question, one with `since` and `to` at days of
the shop's clock, both included; one with neither at everything before that moment.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, Literal

import msgspec

from dashboard import funnel

VERSION: Final = 1
EVENTS: Final = (*(name for name in funnel.EVENTS if name != "session"), "session_start", "custom")
DEEPEST: Final = 5
MOST_CONDITIONS: Final = 30
MOST_VALUES: Final = 100
LONGEST_TEXT: Final = 1024
LONGEST_RULE: Final = 64_000
MOST_DAYS: Final = 3650


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Any part of a rule."""


class All(Part, frozen=True, kw_only=True, tag_field="is", tag="all"):
    """Visitors for whom every part holds."""

    of: tuple[Rule, ...]


class AnyOf(Part, frozen=True, kw_only=True, tag_field="is", tag="any"):
    """Visitors for whom at least one part holds."""

    of: tuple[Rule, ...]


class Not(Part, frozen=True, kw_only=True, tag_field="is", tag="not"):
    """All other visitors."""

    of: Rule


class Timed(Part, frozen=True, kw_only=True):
    """A condition that looks at some days."""

    days: int | None = None
    since: date | None = None
    to: date | None = None


class Identified(Part, frozen=True, kw_only=True, tag_field="is", tag="identified"):
    """Said who they are: a customer id, an e-mail address or a phone number."""


class FirstSeen(Timed, frozen=True, kw_only=True, tag_field="is", tag="first_seen"):
    """First session or order in the days."""


class LastSeen(Timed, frozen=True, kw_only=True, tag_field="is", tag="last_seen"):
    """Last session or order in the days."""


class Sessions(Timed, frozen=True, kw_only=True, tag_field="is", tag="sessions"):
    """So many sessions begun in the days. `least` 0 holds those without any."""

    least: int = 1
    most: int | None = None


class Did(Timed, frozen=True, kw_only=True, tag_field="is", tag="did"):
    """Did something so many times in the days. `name` is of the shop's own event (`custom`).

    An empty filter is none. Product, category and brand must hold of one item of the event,
    the category also of the page's; words of a search are compared without case and edges.
    """

    event: str
    name: str = ""
    least: int = 1
    most: int | None = None
    product: str = ""
    category: str = ""
    brand: str = ""
    search_term: str = ""
    recommended_by: str = ""
    recommended_code: str = ""


class Orders(Timed, frozen=True, kw_only=True, tag_field="is", tag="orders"):
    """Orders of the days: their count, their sum, their mean, or whole days since the last."""

    measure: Literal["count", "sum", "average", "days_since"] = "count"
    least: Decimal | None = None
    most: Decimal | None = None


class Rfm(Part, frozen=True, kw_only=True, tag_field="is", tag="rfm"):
    """In a cell of the RFM cube: steps of R and F, of R, F and M, or a name."""

    cell: str
    method: Literal["rees46", "quintiles"] = "rees46"
    months: Literal[3, 6, 12, 24] = 12


class Device(Timed, frozen=True, kw_only=True, tag_field="is", tag="device"):
    """A session in the days on one of these."""

    part: Literal["device_type", "browser", "os"] = "device_type"
    values: tuple[str, ...]


class Arrival(Timed, frozen=True, kw_only=True, tag_field="is", tag="arrival"):
    """A session in the days that came from one of these. A landing page is told without what follows ? or #."""

    part: Literal["channel", "utm_source", "utm_medium", "utm_campaign", "landing", "referrer"] = "channel"
    values: tuple[str, ...]


class Touched(Timed, frozen=True, kw_only=True, tag_field="is", tag="touched"):
    """A click on a recommendation of a tool, an add from one, or an opened message, in the days.

    An empty code is any of the tool's.
    """

    recommended_by: str
    recommended_code: str = ""


class Arm(Timed, frozen=True, kw_only=True, tag_field="is", tag="arm"):
    """An event in the days that names one of these arms of a test."""

    values: tuple[str, ...]


class Property(Part, frozen=True, kw_only=True, tag_field="is", tag="property"):
    """What a profile said last under a name: anything, one of these texts, or a number between."""

    name: str
    values: tuple[str, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None


class Listed(Part, frozen=True, kw_only=True, tag_field="is", tag="list"):
    """In a list: a saved one by its id, or one that events put visitors into (`events`)."""

    id: str
    source: Literal["saved", "events"] = "saved"


class Country(Part, frozen=True, kw_only=True, tag_field="is", tag="country"):
    """Always refused: where a visitor is, is not known."""

    values: tuple[str, ...] = ()


Condition = (
    Identified
    | FirstSeen
    | LastSeen
    | Sessions
    | Did
    | Orders
    | Rfm
    | Device
    | Arrival
    | Touched
    | Arm
    | Property
    | Listed
    | Country
)
Rule = All | AnyOf | Not | Condition
GROUPS: Final = {"all": All, "any": AnyOf}
CONDITIONS: Final[dict[str, type[Condition]]] = {
    str(kind.__struct_config__.tag): kind
    for kind in (
        Identified,
        FirstSeen,
        LastSeen,
        Sessions,
        Did,
        Orders,
        Rfm,
        Device,
        Arrival,
        Touched,
        Arm,
        Property,
        Listed,
        Country,
    )
}


def written(rule: Rule) -> str:
    """The rule as the JSON that is saved."""
    return msgspec.json.encode({"version": VERSION, "rule": rule}).decode()
