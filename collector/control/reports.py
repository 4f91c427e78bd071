"""Reports that a shop wants regularly: how often, about what, to whom. What is due is worked out by whoever sends."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from collector.control.channels import NOBODY, Channel
from collector.control.sealing import Sealing, report_secret
from collector.control.tables import metadata, writing
from collector.errors import OperatorError

Kind = Literal["daily", "weekly", "monthly"]
KINDS: Final[tuple[Kind, ...]] = ("daily", "weekly", "monthly")
PARTS: Final = ("overview", "recommendations", "products")
"""What a report can tell, by the page it is from."""
ISSUE: Final = "report:"
MOST: Final = 20
LONGEST_NAME: Final = 80

_reports = sa.Table(
    "reports",
    metadata,
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("shop_id", sa.Text, nullable=False, index=True),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("since", sa.Float, nullable=False),  # what was due before is not sent
    sa.Column("asked_at", sa.Float),  # when somebody asked for one now, until it is put
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a report is. `hour` is of the shop's clock; `segment` an id or ""; `language` an ISO 639-1 code."""

    name: str
    kind: Kind
    hour: int
    parts: tuple[str, ...]
    segment: str = ""
    language: str = "en"
    channel: Channel = NOBODY
    on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A plan of a shop. `since` and `asked_at` are epoch seconds."""

    report_id: str
    shop_id: str
    plan: Plan
    since: float
    asked_at: float | None


_plan = msgspec.json.Decoder(Plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue of a report: that of a day, or one that was asked for at `asked_at` (epoch milliseconds)."""

    report_id: str
    day: date
    asked_at: int = 0

    @property
    def thing(self) -> str:
        """How a delivery calls it."""
        asked = f":{self.asked_at}" if self.asked_at else ""
        return f"{ISSUE}{self.report_id}:{self.day.isoformat()}{asked}"


def issue_of(thing: str) -> Issue:
    """The issue that a delivery names; raises ValueError."""
    report_id, day, *asked = thing.removeprefix(ISSUE).split(":")
    return Issue(report_id=report_id, day=date.fromisoformat(day), asked_at=int(asked[0]) if asked else 0)


def checked(plan: Plan) -> Plan:
    """The plan, if it means something; raises OperatorError."""
    if not 0 < len(plan.name) <= LONGEST_NAME or not plan.name.isprintable():
        raise OperatorError(f"a report needs a name of 1 to {LONGEST_NAME} printable characters")
    if plan.kind not in KINDS or not 0 <= plan.hour <= 23:
        raise OperatorError("a report is daily, weekly or monthly, at an hour from 0 to 23")
    parts = tuple(part for part in PARTS if part in plan.parts)
    if not parts:
        raise OperatorError("choose at least one part of the report")
    if plan.on and not plan.channel.targets:
        raise OperatorError("a report that is on needs a recipient or a webhook")
    return replace(plan, parts=parts)


class Reports:
    """The reports of all shops, the secrets of their webhooks sealed. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine, sealing: Sealing) -> None:
        self._engine = engine
        self._sealing = sealing

    def of(self, shop_id: str) -> Sequence[Report]:
        """The shop's reports by name."""
        return [one for one in self.all() if one.shop_id == shop_id]

    def all(self) -> Sequence[Report]:
        """Every report, by name."""
        with self._engine.connect() as connection:
            found = [_report(row) for row in connection.execute(sa.select(_reports))]
        return sorted(found, key=lambda one: (one.plan.name.casefold(), one.report_id))

    def find(self, report_id: str) -> Report | None:
        """The report of that id, None where there is none."""
        return next((one for one in self.all() if one.report_id == report_id), None)

    def add(self, shop_id: str, plan: Plan, now: float) -> Report:
        """Keep a report; what was due before `now` is not sent. Raises OperatorError."""
        if len(self.of(shop_id)) >= MOST:
            raise OperatorError(f"a shop has at most {MOST} reports; remove one first")
        report_id, told = secrets.token_hex(6), checked(plan)
        values = {"report_id": report_id, "shop_id": shop_id, "since": now}
        with writing(self._engine) as connection:
            settings = self._written(connection, report_id, told)
            connection.execute(_reports.insert().values(**values, settings=settings))
        return self._mine(shop_id, report_id)

    def change(self, shop_id: str, report_id: str, plan: Plan, now: float) -> Report:
        """Another plan for a report of that shop; raises OperatorError. Switched on, it begins with what is due next."""
        old = self._mine(shop_id, report_id)
        same = old.plan.on and (old.plan.kind, old.plan.hour) == (plan.kind, plan.hour)
        told, mine = checked(plan), _reports.c.report_id == report_id
        with writing(self._engine) as connection:
            settings = self._written(connection, report_id, told)
            values = {"settings": settings, "since": old.since if same else now}
            connection.execute(_reports.update().where(mine).values(**values))
        return self._mine(shop_id, report_id)

    def remove(self, shop_id: str, report_id: str) -> Report:
        """Forget a report of that shop and give what it was; raises OperatorError."""
        old = self._mine(shop_id, report_id)
        with self._engine.begin() as connection:
            connection.execute(_reports.delete().where(_reports.c.report_id == report_id))
        return old

    def ask(self, shop_id: str, report_id: str, now: float) -> Report:
        """Have one sent now, about the last period that is over; raises OperatorError where nobody would get it."""
        if not self._mine(shop_id, report_id).plan.channel.targets:
            raise OperatorError("the report has no recipient and no webhook yet")
        self._set(report_id, asked_at=now)
        return self._mine(shop_id, report_id)

    def answered(self, report: Report) -> None:
        """What was asked for is put; a later question stays."""
        mine = (_reports.c.report_id == report.report_id) & (_reports.c.asked_at == report.asked_at)
        with self._engine.begin() as connection:
            connection.execute(_reports.update().where(mine).values(asked_at=None))

    def _mine(self, shop_id: str, report_id: str) -> Report:
        found = self.find(report_id)
        if found is None or found.shop_id != shop_id:
            raise OperatorError("the shop has no such report")
        return found

    def _written(self, connection: sa.Connection, report_id: str, plan: Plan) -> str:
        channel = self._sealing.channel(connection, plan.channel, report_secret(report_id))
        return msgspec.json.encode(asdict(replace(plan, channel=channel))).decode()

    def _set(self, report_id: str, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(_reports.update().where(_reports.c.report_id == report_id).values(**values))


def _report(row: sa.Row[Any]) -> Report:
    return Report(
        report_id=row.report_id,
        shop_id=row.shop_id,
        plan=_plan.decode(row.settings),
        since=row.since,
        asked_at=row.asked_at,
    )
