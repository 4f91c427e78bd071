"""What a page is: its panels, their queries, and how rows become cards, grids and figures.

A page knows no request, no clock and no database: rows in, values for its template out.
`docs/pages.md` tells how to add one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal

from collector.wire import Shop
from dashboard.access import Role
from dashboard.charts import Chart
from dashboard.desk import ControlView, Desk, Once, Said
from dashboard.filters import Filters
from dashboard.forms import Form
from dashboard.scope import Scope

Row = Mapping[str, Any]
Kind = Literal["text", "count", "number", "money", "percent", "day", "clock", "time", "code"]


class Missing(Exception):
    """A query of this panel has no answer; `key` is the text key of the reason, filled by `facts`."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key = key
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The answer of one query: column names, and rows as mappings in the query's order.

    Where a person wrote the question `types` are the SQL types of the columns, which no header tells,
    and `more` says that there are more rows than these.
    """

    columns: tuple[str, ...]
    rows: Sequence[Row]
    types: tuple[str, ...] = ()
    more: bool = False

    def one(self) -> Row:
        """The only row of a query that always gives exactly one."""
        (row,) = self.rows
        return row


class Tables(Mapping[str, Table]):
    """Answers by query name. Asking for one that failed raises `Missing` with its message."""

    def __init__(self, answers: Mapping[str, Table | Missing]) -> None:
        self._answers = answers

    def __getitem__(self, name: str) -> Table:
        answer = self._answers[name]
        if isinstance(answer, Missing):
            raise answer
        return answer

    def __iter__(self) -> Iterator[str]:
        return iter(self._answers)

    def __len__(self) -> int:
        return len(self._answers)

    def missing(self, name: str) -> Missing | None:
        """Why the query has no answer; None where it has one."""
        answer = self._answers[name]
        return answer if isinstance(answer, Missing) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a grid. `title` is a text key, by default `columns.<name>`.

    A cell that is None reads "n/a" with `absent` (a text key) as the reason: unknown is
    not zero. `href` names the row's key that holds the link of the cell, if any; the app
    makes sure that links stay on this site. `sortable` columns have a heading that sorts.
    """

    name: str
    kind: Kind = "text"
    title: str = ""
    absent: str = "absent.unknown"
    href: str = ""
    bar: str = ""  # the row's key of a share of one, drawn behind the cell
    words: str = ""  # the file of texts in which a value has its name, e.g. "events"
    chip: str = ""  # the dimension of dashboard.chips that the cell names: it keeps only its visitors
    chip_value: str = ""  # the row's key of the value, where the cell shows another text
    sortable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table for people. `empty` is the text key of what to do when there is no row.

    `name` is what the address calls it when it is sorted.
    """

    columns: tuple[Column, ...]
    rows: Sequence[Row]
    name: str = ""
    empty: str = "empty.period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One headline number. `title` is a text key; None values need `absent`, a text key.

    `better` says which direction is good, "" where neither is; `previous` is the same
    number in the comparison period, None where there is none. `currency` is for money.
    """

    name: str
    title: str
    kind: Kind
    value: Any
    previous: Any = None
    better: Literal["up", "down", ""] = "up"
    absent: str = "absent.unknown"
    currency: str = ""
    define: str = ""  # text key of the definition sentence
    spark: tuple[float | None, ...] = ()
    note: str = ""  # a sentence, printed small under the number
    tab: str = ""  # the tab of this page that the card opens


View = Callable[[Tables, Scope], Mapping[str, Any]]
Draw = Callable[[Tables, Scope], "Chart | None"]
Facts = Callable[[ControlView, Shop, Filters], Mapping[str, Any]]
Before = Callable[[Desk, Scope], None]
Act = Callable[[Desk, Scope, Form], "str | Once | Said"]
"""Does what a form asks and gives the address to go on to, or what is shown once on the page that answers.

Raises OperatorError with the reason where it cannot.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A part of a page that loads, fails and times out alone.

    `queries` are names of files under dashboard/queries without `.sql`; the first one is
    what its CSV link gives. `view` makes what the template reads as `panel.view`, `draw`
    the chart. `title` is a text key, by default `<slug>.<name>`. A panel with `tabs` is
    only asked when `filters.tab` is among them (the page's first tab is the default).

    `cards` is how many cards it shows, so that their places are there before they are; `tall` says
    that it has a table beside its chart.
    """

    name: str
    queries: tuple[str, ...]
    view: View
    draw: Draw | None = None
    title: str = ""
    tabs: tuple[str, ...] = ()
    cards: int = 0
    tall: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """A page about one thing of its parent: /<slug>/<id>. Queries may take `id varchar`.

    Its template is templates/pages/<slug>_detail.html. `found` says whether the id names
    anything; where it does not the answer is 404.
    """

    panels: tuple[Panel, ...]
    found: Callable[[Tables], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: /<slug>, /<slug>.json and /<slug>.csv. `title` is a text key.

    `facts` finds what control data tells its questions (`dashboard.facts`). A form of the page is
    posted to /<slug> and names in its field `act` which of `acts` it wants.

    `role` is needed to see the page, `acting` to use its forms; `tab_roles` and `act_roles` say
    otherwise for some of them. A page that is not `shared` is never shown through a shared link.
    """

    slug: str
    order: int
    panels: tuple[Panel, ...]
    title: str = ""
    tabs: tuple[str, ...] = ()
    detail: Detail | None = None
    period: bool = True  # False hides the choice of period: the page is about today
    compares: bool = False  # True where figures stand beside those of the comparison: offers the choice
    apart: str = ""  # the tab on which a segment, chosen as `code`, is told apart from everybody else
    money: bool = True  # False where amounts are shown as they are stored, whatever money is chosen
    segments: bool = True  # False where it is about all visitors, whatever segment is chosen
    before: Before | None = None  # done before it is asked
    facts: Facts | None = None
    acts: Mapping[str, Act] = field(default_factory=dict)
    role: Role = "viewer"
    acting: Role = "analyst"
    tab_roles: Mapping[str, Role] = field(default_factory=dict)
    act_roles: Mapping[str, Role] = field(default_factory=dict)
    shared: bool = True

    def queries(self) -> tuple[str, ...]:
        """Every query of the page and its detail, once, in order."""
        panels = self.panels + (self.detail.panels if self.detail else ())
        return tuple(dict.fromkeys(name for panel in panels for name in panel.queries))


def load_pages() -> tuple[Page, ...]:
    """Every page of dashboard/pages, in the order of the navigation."""
    package = import_module("dashboard.pages")
    found: list[Page] = []
    for module in iter_modules(package.__path__):
        page: Page = import_module(f"dashboard.pages.{module.name}").PAGE
        if page.slug != module.name:
            raise LookupError(f"page {page.slug!r} lives in {module.name}.py")
        found.append(page)
    return tuple(sorted(found, key=lambda page: (page.order, page.slug)))
