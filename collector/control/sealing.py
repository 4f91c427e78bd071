"""Where secrets stand in the control data, and what is done to all of them: sealed, sealed anew, looked at.

These are the secrets of destinations and those that sign the webhooks of reports and alerts. Who seals
does so in a transaction of `writing`, so that a key is never replaced between sealing and storing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec
import sqlalchemy as sa

from collector.control.channels import Channel
from collector.control.tables import metadata, writing
from collector.control.vault import Vault, is_reference, is_sealed
from collector.errors import OperatorError

_CHANNELS: Final = (("reports", "report_id", "report"), ("alert_watches", "shop_id", "alerts"))
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One secret as it is stored. `about` names what it belongs to; `put` stores another text in its place."""

    about: str
    kept: str
    put: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resealed:
    """What a replacement of the key did: secrets sealed with the new one, and `lost` that did not open."""

    sealed: int
    lost: tuple[str, ...] = ()


def report_secret(report_id: str) -> str:
    """What the secret of a report's webhook is sealed for."""
    return f"report:{report_id}"


def alerts_secret(shop_id: str) -> str:
    """What the secret of the webhook of a shop's alerts is sealed for."""
    return f"alerts:{shop_id}"


def destination_secret(destination_id: str, name: str) -> str:
    """What a secret of a destination is sealed for."""
    return f"destination:{destination_id}:{name}"


class Sealing:
    """The secrets of one data folder. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    @property
    def vault(self) -> Vault:
        return self._vault

    def sealed(self, connection: sa.Connection, secret: str, about: str) -> str:
        """The secret as it may be stored. `connection` is one of `writing`. Raises OperatorError."""
        first = not any(is_sealed(one.kept) for one in _places(connection))
        return self._vault.seal(secret, about, first=first)

    def open(self, kept: str, about: str) -> str:
        """The secret that is stored so. Raises OperatorError where it does not open."""
        return self._vault.open(kept, about)

    def channel(self, connection: sa.Connection, channel: Channel, about: str) -> Channel:
        """The channel as it may be stored: what it is signed with is sealed, unless it is already."""
        if not channel.secret or is_sealed(channel.secret):
            return channel
        return replace(channel, secret=self.sealed(connection, channel.secret, about))

    def opened(self, channel: Channel, about: str) -> Channel:
        """The channel with the secret that signs. Raises OperatorError where that does not open, or is none."""
        if channel.webhook and not channel.secret:
            raise OperatorError("the secret of the webhook is lost; save its address again for a new one")
        if not is_sealed(channel.secret):
            return channel
        return replace(channel, secret=self.open(channel.secret, about))

    def seal_old(self) -> int:
        """Seal what an earlier version stored as it was, and leave no trace of it in the file; how many.

        Raises OperatorError where there is no key to seal with.
        """
        with writing(self._engine) as connection:
            plain = [one for one in _places(connection) if one.kept and not _kept_well(one)]
            for one in plain:
                one.put(self.sealed(connection, one.kept, one.about))
        if plain:
            self._wipe()
        return len(plain)

    def rotate(self, *, lost: bool = False) -> Resealed:
        """Seal everything with a new key, or end a replacement of the key that was interrupted.

        With `lost`, what opens no more is forgotten, and a key that is gone is made anew. Else that
        raises OperatorError, and nothing is changed. Killed at any moment, everything opens still.
        """
        with writing(self._engine) as connection:
            found = [one for one in _places(connection) if is_sealed(one.kept)]
            if lost:
                self._vault.anew()
            opened = [(one, self._opened(one, lost)) for one in found]
            if not found and not self._vault.key_file.exists():
                raise OperatorError("nothing is sealed yet, and there is no key; the first secret makes one")
            if not self._vault.turning:
                self._vault.turn()
            for one, secret in opened:
                one.put("" if secret is None else self._vault.seal(secret, one.about))
        self._vault.turned()
        gone = tuple(one.about for one, secret in opened if secret is None)
        return Resealed(sealed=len(opened) - len(gone), lost=gone)

    def state(self) -> Sequence[tuple[str, str]]:
        """Every secret by what it belongs to, and why it cannot be used, or an empty text."""
        with self._engine.connect() as connection:
            return [(one.about, self._fault(one)) for one in _places(connection) if one.kept]

    def _wipe(self) -> None:
        """Write the file anew, so that nothing of what was replaced stands in its free pages."""
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("vacuum")
                connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
        except sa.exc.OperationalError as error:
            _log.warning("free pages of the control data may still hold secrets of before: %s", error.orig)

    def _opened(self, place: Place, lost: bool) -> str | None:
        try:
            return self._vault.open(place.kept, place.about)
        except OperatorError:
            if lost:
                return None
            raise

    def _fault(self, place: Place) -> str:
        if not _kept_well(place):
            return "it is not sealed yet; the server seals it when it starts"
        try:
            self._vault.open(place.kept, place.about)
        except OperatorError as fault:
            return str(fault)
        return ""


def seal_at_start(sealing: Sealing) -> None:
    """`seal_old`, for a server: what is in its way is logged, and events are taken all the same."""
    try:
        count = sealing.seal_old()
    except OperatorError as fault:
        _log.warning("secrets of webhooks are not sealed yet: %s", fault)
        return
    if count:
        _log.info("sealed %d secrets of webhooks with %s; keep a copy of it", count, sealing.vault.key_file)


def _kept_well(place: Place) -> bool:
    """Sealed, or a reference; only destinations have references."""
    return is_sealed(place.kept) or (place.about.startswith("destination:") and is_reference(place.kept))


def _places(connection: sa.Connection) -> list[Place]:
    """Every secret that is stored."""
    return [*_of_destinations(connection), *_of_channels(connection)]


def _of_destinations(connection: sa.Connection) -> Iterator[Place]:
    table = metadata.tables["destination_secrets"]
    for row in connection.execute(sa.select(table)).all():
        mine = (table.c.destination_id == row.destination_id) & (table.c.name == row.name)

        def put(text: str, mine: sa.ColumnElement[bool] = mine) -> None:
            change = table.update().where(mine).values(kept=text) if text else table.delete().where(mine)
            connection.execute(change)

        yield Place(about=destination_secret(row.destination_id, row.name), kept=row.kept, put=put)


def _of_channels(connection: sa.Connection) -> Iterator[Place]:
    for name, key, about in _CHANNELS:
        table = metadata.tables[name]
        for owner, settings in connection.execute(sa.select(table.c[key], table.c.settings)).all():
            told = msgspec.json.decode(settings)
            channel = told.get("channel") or {}
            if not channel.get("secret"):
                continue
            mine = table.c[key] == owner

            def put(
                text: str,
                table: sa.Table = table,
                mine: sa.ColumnElement[bool] = mine,
                told: dict[str, object] = told,
                channel: dict[str, object] = channel,
            ) -> None:
                kept = {**told, "channel": {**channel, "secret": text}}
                written = msgspec.json.encode(kept).decode()
                connection.execute(table.update().where(mine).values(settings=written))

            yield Place(about=f"{about}:{owner}", kept=str(channel["secret"]), put=put)
