"""The secrets of destinations as they are stored: sealed, or a reference to where they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from collector.control.destination_options import addresses, filled, secrets_of
from collector.control.sealing import Sealing, destination_secret
from collector.control.tables import metadata
from collector.control.vault import is_reference, is_sealed
from collector.destinations.contract import Destination
from collector.errors import OperatorError

LONGEST: Final = 16 * 1024
"""Characters of a secret: a key of a service account is a document."""

_secrets = sa.Table(
    "destination_secrets",
    metadata,
    sa.Column("destination_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("kept", sa.Text, nullable=False),
)


class DestinationSecrets:
    """Secrets of all destinations. What is told to a person is only which are set, and references."""

    def __init__(self, engine: sa.Engine, sealing: Sealing) -> None:
        self._engine = engine
        self._sealing = sealing

    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The names of those that are set, by destination."""
        found: dict[str, tuple[str, ...]] = {}
        with self._engine.connect() as connection:
            asked = sa.select(_secrets.c.destination_id, _secrets.c.name).order_by(_secrets.c.name)
            for destination_id, name in connection.execute(asked):
                found[destination_id] = (*found.get(destination_id, ()), name)
        return found

    def references(self, destination_id: str) -> Mapping[str, str]:
        """Those of a destination that are references, which are no secrets themselves."""
        return {name: kept for name, kept in self._kept(destination_id).items() if not is_sealed(kept)}

    def opened(self, destination_id: str) -> Mapping[str, str]:
        """Those of a destination, references followed; raises OperatorError where one cannot be had."""
        kept = self._kept(destination_id)
        try:
            return self._opened(destination_id, kept)
        except OperatorError:
            again = self._kept(destination_id)
            if again == kept:
                raise
            return self._opened(destination_id, again)  # the key was replaced between reading and opening

    def put(self, connection: sa.Connection, destination_id: str, given: Mapping[str, str]) -> None:
        """Keep those that were given in place of what was; an empty one is forgotten."""
        for name, secret in given.items():
            mine = (_secrets.c.destination_id == destination_id) & (_secrets.c.name == name)
            connection.execute(_secrets.delete().where(mine))
            if secret:
                about = destination_secret(destination_id, name)
                kept = secret if is_reference(secret) else self._sealing.sealed(connection, secret, about)
                row = {"destination_id": destination_id, "name": name, "kept": kept}
                connection.execute(_secrets.insert().values(**row))

    def forget(self, connection: sa.Connection, destination_id: str) -> None:
        """None of a destination is kept any more."""
        connection.execute(_secrets.delete().where(_secrets.c.destination_id == destination_id))

    def _kept(self, destination_id: str) -> dict[str, str]:
        mine = sa.select(_secrets.c.name, _secrets.c.kept).where(_secrets.c.destination_id == destination_id)
        with self._engine.connect() as connection:
            return {row.name: row.kept for row in connection.execute(mine)}

    def _opened(self, destination_id: str, kept: Mapping[str, str]) -> dict[str, str]:
        found = {}
        for name, one in kept.items():
            try:
                found[name] = self._sealing.open(one, destination_secret(destination_id, name))
            except OperatorError as fault:
                raise OperatorError(f"the secret {name}: {fault}") from fault
        return found


def checked(kind: Destination, given: Mapping[str, str], *, references: bool) -> dict[str, str]:
    """What was typed, without spaces around it. Raises OperatorError, which never tells a secret.

    A reference is taken only with `references`: it reaches what the operator keeps for all shops.
    """
    known = {one.name: one for one in secrets_of(kind)}
    found = {name: secret.strip() for name, secret in given.items()}
    for name, secret in found.items():
        if name not in known:
            there = f"there are {', '.join(known)}" if known else "it has none"
            raise OperatorError(f"{name[:80]!r} is no secret of {kind.kind}; {there}")
        if len(secret) > LONGEST:
            raise OperatorError(f"{name} has at most {LONGEST:,} characters")
        if is_reference(secret) and not references:
            raise OperatorError(f"{name}: only `r46 destination` takes a reference to a kept secret")
        if not secret and known[name].needed:
            raise OperatorError(f"{kind.kind} needs the secret {name}")
    return found


def refuse_lacking(kind: Destination, given: Mapping[str, str]) -> None:
    """Raises OperatorError where a new destination lacks a secret that it needs."""
    lacking = [one.name for one in secrets_of(kind) if one.needed and not given.get(one.name)]
    if lacking:
        raise OperatorError(f"{kind.kind} needs the secret {', '.join(lacking)}")


def refuse_elsewhere(
    kind: Destination,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    kept: tuple[str, ...],
    given: Mapping[str, str],
) -> None:
    """Raises OperatorError where an address has another host, and secrets of the former one stay."""
    staying = [name for name in kept if name not in given]
    if staying and addresses(kind, filled(kind, before)) != addresses(kind, filled(kind, after)):
        raise OperatorError(
            f"the address has another host: give {', '.join(staying)} again, because it would be told to that host"
        )
