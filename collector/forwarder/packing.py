"""Which rows of a lane share a request, and the request they make."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from collector.destinations.contract import Command, Destination, Limits, Options, Outgoing, Request, Secrets
from collector.destinations.policy import Policy
from collector.forwarder.waiting import Waiting
from collector.loops import HEADER, passed_on

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A destination as it is set up: its kind, its settings, its secrets, and the mark of this installation."""

    kind: Destination
    options: Options
    policy: Policy
    secrets: Secrets
    mark: str = ""

    @property
    def limits(self) -> Limits:
        return self.kind.limits(self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The commands of a row from `first` on that travel in a packet."""

    row: Waiting
    first: int
    commands: tuple[Command, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing of the row is left behind."""
        return self.first + len(self.commands) == len(self.row.commands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One request in flight. `via`: the marks of whom its events came through."""

    number: int
    parts: tuple[Part, ...]
    setup: Setup
    limits: Limits
    via: tuple[str, ...] = ()

    @property
    def commands(self) -> tuple[Command, ...]:
        return tuple(command for part in self.parts for command in part.commands)

    @property
    def rows(self) -> tuple[Waiting, ...]:
        return tuple(part.row for part in self.parts)

    def made(self) -> Outgoing | None:
        """The request, None where it cannot be made; large ones take a while.

        It tells whose hands its events have passed, so that they never go round.
        """
        try:
            made = self.setup.kind.pack(self.commands, self.setup.options, self.setup.secrets)
        except Exception:
            _log.exception("a request for a destination could not be made")
            return None
        if not self.via or not isinstance(made, Request):
            return made
        return replace(made, headers={**made.headers, HEADER: passed_on(self.via, self.setup.mark)})


def packed(number: int, rows: Sequence[Waiting], setup: Setup) -> Packet:
    """The request that the first of these rows, all of one lane and in order, travels in."""
    limits = setup.limits
    parts = tuple(sorted(_shared(rows, limits), key=lambda part: not part.row.leads))
    return Packet(number=number, parts=parts, setup=setup, limits=limits, via=rows[0].via)


def _shared(rows: Sequence[Waiting], limits: Limits) -> list[Part]:
    """Parts of one route, within the limits. Nobody's later event overtakes an earlier one."""
    first = _first(rows[0], limits)
    parts, passed = [first], set[str]()
    room = limits.bytes - _bytes(first.commands)
    commands = limits.commands - len(first.commands)
    route = first.commands[0].route
    for row in rows[1:] if first.whole and not first.commands[0].alone else ():
        left = row.commands[row.told :]
        if commands <= 0 or len(parts) >= (rows[0].most or limits.commands):
            break
        fits = len(left) <= commands and _bytes(left) <= room
        alike = row.via == rows[0].via and all(command.route == route for command in left)
        if not fits or not alike or row.visitor in passed:
            passed.add(row.visitor)
            continue
        parts.append(Part(row=row, first=row.told, commands=left))
        commands -= len(left)
        room -= _bytes(left)
    return parts


def _first(row: Waiting, limits: Limits) -> Part:
    """As many of the first row's commands as one request takes, one at least."""
    left = row.commands[row.told :]
    mine = list(takewhile(lambda command: command.route == left[0].route, left[: limits.commands]))
    while len(mine) > 1 and _bytes(mine) > limits.bytes:
        mine.pop()
    return Part(row=row, first=row.told, commands=tuple(mine))


def _bytes(commands: Sequence[Command]) -> int:
    return sum(len(command.body.encode()) for command in commands)
