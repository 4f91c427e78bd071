"""Destinations of shops: what each is, its secrets, and what people asked of its forwarder.

The forwarder reads all of it every second; what another process changes is seen then.
"""

from __future__ import annotations

import secrets as chance
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from collector.control import destination_secrets
from collector.control.destination_acts import Act, Acts
from collector.control.destination_options import filled
from collector.control.destination_rules import Known
from collector.control.destination_secrets import DestinationSecrets
from collector.control.sealing import Sealing
from collector.control.tables import metadata, writing
from collector.destinations.contract import Destination
from collector.errors import OperatorError

MOST: Final = 20
"""Destinations of one shop."""
LONGEST_NAME: Final = 80

_destinations = sa.Table(
    "destinations",
    metadata,
    sa.Column("destination_id", sa.Text, primary_key=True),
    sa.Column("shop_id", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("options", sa.Text, nullable=False),  # JSON: what differs from the defaults
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("start_at", sa.Float, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A destination. `options` are typed, with defaults, without secrets; `secrets` names those that are set.

    `paused` says that a person did it. Events received from `start_at` on are sent. Times are epoch seconds.
    `revision` grows with every change.
    """

    destination_id: str
    shop_id: str
    kind: str
    name: str
    options: Mapping[str, Any]
    secrets: tuple[str, ...]
    paused: bool
    created_at: float
    start_at: float
    revision: int


class Destinations:
    """The destinations of all shops. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine, sealing: Sealing, known: Known) -> None:
        self._engine = engine
        self._known = known
        self._secrets = DestinationSecrets(engine, sealing)
        self._acts = Acts(engine)

    def all(self) -> Sequence[Stored]:
        """Every destination, by name."""
        kinds, secrets = self._known.kinds(), self._secrets.names()
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_destinations)).all()
        found = [_stored(row, kinds.get(row.kind), secrets.get(row.destination_id, ())) for row in rows]
        return sorted(found, key=lambda one: (one.name.casefold(), one.destination_id))

    def of(self, shop_id: str) -> Sequence[Stored]:
        """The shop's destinations by name."""
        return [one for one in self.all() if one.shop_id == shop_id]

    def find(self, destination_id: str) -> Stored | None:
        """The destination of that id, None where there is none."""
        return next((one for one in self.all() if one.destination_id == destination_id), None)

    def add(
        self,
        shop_id: str,
        kind: str,
        name: str,
        options: Mapping[str, Any],
        secrets: Mapping[str, str],
        *,
        start_at: float,
        now: float,
        references: bool = False,
    ) -> Stored:
        """A new destination, sent to from now on. A secret may be a reference only with `references`.

        Raises OperatorError that says which value means nothing.
        """
        if not self._known.is_shop(shop_id):
            raise OperatorError(f"there is no shop with the id {shop_id!r}")
        its = self._known.kind(kind)
        self._known.refuse_segment(shop_id, options)
        kept = self._known.options(its, options, {})
        given = destination_secrets.checked(its, secrets, references=references)
        destination_secrets.refuse_lacking(its, given)
        row = {"destination_id": chance.token_hex(6), "shop_id": shop_id, "kind": kind, "name": _named(name)}
        state = {"paused": False, "created_at": now, "start_at": start_at, "revision": 1}
        with writing(self._engine) as connection:
            _refuse_taken(connection, shop_id, row["name"], "")
            connection.execute(_destinations.insert().values(**row, **state, options=_written(kept)))
            self._secrets.put(connection, row["destination_id"], given)
        return self._mine(row["destination_id"])

    def change(
        self,
        destination_id: str,
        *,
        name: str | None = None,
        options: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
        now: float,
        references: bool = False,
    ) -> Stored:
        """What is named is changed and the rest stays: an empty option is the default, an empty secret is gone.

        Where an address gets another host, its secrets must be given again. Raises OperatorError.
        """
        old = self._mine(destination_id)
        its = self._known.kind(old.kind)
        given = destination_secrets.checked(its, secrets or {}, references=references)
        self._known.refuse_segment(old.shop_id, options or {}, old.options["segment"])
        told = old.name if name is None else _named(name)
        mine = _destinations.c.destination_id == destination_id
        with writing(self._engine) as connection:
            _refuse_taken(connection, old.shop_id, told, destination_id)
            written = connection.execute(sa.select(_destinations.c.options).where(mine)).scalar_one()
            before = msgspec.json.decode(written)
            kept = self._known.options(its, options or {}, before)
            destination_secrets.refuse_elsewhere(its, before, kept, old.secrets, given)
            _set(connection, destination_id, name=told, options=_written(kept))
            self._secrets.put(connection, destination_id, given)
        return self._mine(destination_id)

    def remove(self, destination_id: str) -> Stored:
        """Forget it with its secrets and give what it was; raises OperatorError."""
        old = self._mine(destination_id)
        with self._engine.begin() as connection:
            mine = _destinations.c.destination_id == destination_id
            connection.execute(_destinations.delete().where(mine))
            self._secrets.forget(connection, destination_id)
            self._acts.forget(connection, destination_id)
        return old

    def pause(self, destination_id: str, now: float) -> Stored:
        """Send nothing until `resume`; what comes waits. Raises OperatorError."""
        return self._paused(destination_id, paused=True)

    def resume(self, destination_id: str, now: float) -> Stored:
        """Send again, also where the forwarder itself had stopped. Raises OperatorError."""
        resumed = self._paused(destination_id, paused=False)
        self.ask(destination_id, Act(kind="resume"), now)
        return resumed

    def secrets(self, destination_id: str) -> Mapping[str, str]:
        """Its secrets, opened, references followed; raises OperatorError where one cannot be had."""
        return self._secrets.opened(destination_id)

    def references(self, destination_id: str) -> Mapping[str, str]:
        """Which of its secrets are references, and to what; these may be shown to the operator."""
        return self._secrets.references(destination_id)

    def ask(self, destination_id: str, act: Act, now: float) -> int:
        """Have its forwarder do something as soon as it runs; the act's id. Raises OperatorError."""
        return self._acts.ask(self._mine(destination_id).destination_id, act, now)

    def acts(self, destination_id: str) -> Sequence[tuple[int, Act]]:
        """What its forwarder has not done yet, oldest first."""
        return self._acts.of(destination_id)

    def done(self, act_id: int) -> None:
        """The forwarder did it."""
        self._acts.done(act_id)

    def _mine(self, destination_id: str) -> Stored:
        found = self.find(destination_id)
        if found is None:
            raise OperatorError(f"there is no destination {destination_id!r}")
        return found

    def _paused(self, destination_id: str, *, paused: bool) -> Stored:
        self._mine(destination_id)
        with self._engine.begin() as connection:
            _set(connection, destination_id, paused=paused)
        return self._mine(destination_id)


def _refuse_taken(connection: sa.Connection, shop_id: str, name: str, destination_id: str) -> None:
    others = (_destinations.c.shop_id == shop_id) & (_destinations.c.destination_id != destination_id)
    names = connection.execute(sa.select(_destinations.c.name).where(others)).scalars().all()
    if name.casefold() in {one.casefold() for one in names}:
        raise OperatorError(f"the shop has a destination called {name!r} already")
    if len(names) >= MOST:
        raise OperatorError(f"a shop has at most {MOST} destinations; remove one first")


def _set(connection: sa.Connection, destination_id: str, **values: Any) -> None:
    mine = _destinations.c.destination_id == destination_id
    grown = _destinations.c.revision + 1
    connection.execute(_destinations.update().where(mine).values(**values, revision=grown))


def _named(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise OperatorError(f"a destination needs a name of 1 to {LONGEST_NAME} printable characters")
    return name


def _written(kept: Mapping[str, Any]) -> str:
    return msgspec.json.encode(kept, order="sorted").decode()


def _stored(row: sa.Row[Any], kind: Destination | None, secrets: tuple[str, ...]) -> Stored:
    """Secrets that the kind no longer has are told of all the same: they are stored."""
    return Stored(
        destination_id=row.destination_id,
        shop_id=row.shop_id,
        kind=row.kind,
        name=row.name,
        options=filled(kind, msgspec.json.decode(row.options)),
        secrets=secrets,
        paused=row.paused,
        created_at=row.created_at,
        start_at=row.start_at,
        revision=row.revision,
    )
