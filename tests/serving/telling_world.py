"""A shop's control data on disk, the store of a known week, servers that keep what they get, a clock by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from collector.control import Control
from collector.control.channels import Channel
from collector.control.outbox import Delivery
from collector.control.reports import Kind, Plan
from collector.outgoing.webhook import Rules
from collector.serving.post import Post
from collector.serving.reports import Reporting
from collector.settings import Settings
from collector.store.reader import CursorPool, DuckReader
from dashboard.answers import Sources
from dashboard.now import LiveTables
from tests.dashboard.shop_world import NOW, SHOP, busy_log, tail_of
from tests.outgoing.recorders import MailServer, WebServer, mail_server, web_server

ANN = "ann@kettles.example"


@dataclass(slots=True)
class Telling:
    """Everything that reports and alerts need. `now` is moved by hand; `restart` is another process."""

    settings: Settings
    control: Control
    db: duckdb.DuckDBPyConnection
    mail: MailServer
    web: WebServer
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now

    def pass_(self, **more: float) -> None:
        self.now += timedelta(**more)

    @property
    def reader(self) -> DuckReader:
        return DuckReader(CursorPool(self.db.cursor), CursorPool(self.db.cursor))

    def post(self) -> Post:
        def sources() -> Sources:
            return Sources(self.reader, LiveTables(tail_of(busy_log()), self.now), self.control)

        return Post(self.settings, self.control, sources, clock=self.clock, rules=Rules(private=True))

    def turn(self) -> None:
        """What the chores do: put what is due, send what is put."""
        Reporting(self.control, self.clock).turn()
        self.post().turn()

    def restart(self) -> None:
        self.control.close()
        self.control = Control(self.settings.control_file)

    def plan(self, kind: Kind = "daily", hour: int = 9, **more: object) -> Plan:
        given: dict[str, object] = {
            "name": "Morning",
            "kind": kind,
            "hour": hour,
            "parts": ("overview", "recommendations", "products"),
            "channel": Channel(recipients=(ANN,)),
            "on": True,
        }
        return Plan(**{**given, **more})  # type: ignore[arg-type]

    def hook(self) -> Channel:
        return Channel(webhook=self.web.url, secret="whsec")

    def told(self) -> list[Delivery]:
        return list(self.control.outbox.of(SHOP.shop_id))


@contextmanager
def telling(folder: Path, db: duckdb.DuckDBPyConnection) -> Iterator[Telling]:
    with mail_server() as mail, web_server() as web:
        settings = Settings(
            data=folder,
            public_url="https://r46.kettles.example",
            smtp_host="127.0.0.1",
            smtp_port=mail.port,
            smtp_tls="none",
            smtp_from="r46@kettles.example",
        )
        control = Control(settings.control_file)
        control.add(SHOP)
        world = Telling(settings=settings, control=control, db=db, mail=mail, web=web)
        yield world
        world.control.close()
