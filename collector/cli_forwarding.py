"""What `r46 destination` asks of a forwarder, and what it tells of events. Most of it is in `collector.cli_destination`.

What is asked is kept with the control data: a running server does it within a second or two, another when it starts.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from collector.cli_options import chosen_settings, data_option
from collector.cli_user import note
from collector.control import Control, opened
from collector.control.destination_acts import Act
from collector.control.destinations import Stored
from collector.errors import OperatorError
from collector.forwarder.health import DEAD, STATES, LossCount, Outcome, State
from collector.forwarder.reading import MOST, Reading, ledger_file
from collector.serving import local

DAYS = 28
json_option = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@contextmanager
def opened_control() -> Iterator[Control]:
    """The control data of the chosen folder, with its key and rules."""
    control = opened(chosen_settings())
    try:
        yield control
    finally:
        control.close()


@click.command("pause")
@data_option
@click.argument("destination_id")
def pause(destination_id: str) -> None:
    """Send nothing more until it is resumed; what comes waits, and expires in its time."""
    with opened_control() as control:
        one = control.destinations.pause(destination_id, time.time())
        note(control, one.shop_id, "destinations_pause", one.name)
        click.echo(f"{one.name} is paused")


@click.command("resume")
@data_option
@click.argument("destination_id")
def resume(destination_id: str) -> None:
    """Send again, also where the vendor's answer had stopped it."""
    with opened_control() as control:
        one = control.destinations.resume(destination_id, time.time())
        note(control, one.shop_id, "destinations_resume", one.name)
        click.echo(f"{one.name} sends again{_when()}")


@click.command("replay")
@data_option
@click.argument("destination_id")
@click.option("--since", required=True, metavar="DAY", help="From this day or time of the shop's clock on.")
@click.option("--until", metavar="DAY", help="To the end of this day, or to this time (default: now).")
@click.option("--again", is_flag=True, help="Also what was delivered before: it arrives a second time.")
def replay(destination_id: str, since: str, until: str | None, again: bool) -> None:
    """Send what was received in a time, as far as the log still holds it; what was delivered only with --again."""
    with opened_control() as control:
        one = found(control, destination_id)
        zone = zone_of(control, one)
        begin = moment_of(since, zone)
        end = moment_of(until, zone, last=True) if until else 0.0
        act = Act(kind="replay", since=begin, until=end, again=again)
        _asked(control, one, act, "replay", f"{since} {until or ''}".strip())


@click.command("resend")
@data_option
@click.argument("destination_id")
@click.option("--event-id", "event_ids", multiple=True, metavar="ID", help="This one. May repeat.")
@click.option("--code", default="", help="All with this code.")
@click.option("--state", "states", multiple=True, type=click.Choice(DEAD), help="All of this state.")
@click.option("--all-dead", is_flag=True, help="All that were not delivered and are not left out.")
def resend(
    destination_id: str, event_ids: tuple[str, ...], code: str, states: tuple[str, ...], all_dead: bool
) -> None:
    """Send dead letters once more: some, those of a code or state, or all."""
    if bool(event_ids) + bool(code or states) + all_dead != 1:
        raise OperatorError("name events with --event-id, or --code and --state, or --all-dead")
    act = (
        Act(kind="resend", event_ids=event_ids)
        if event_ids
        else Act(kind="resend", states=states or DEAD, code=code)
    )
    with opened_control() as control:
        told = f"{len(event_ids)} events" if event_ids else code or " ".join(states or ("all",))
        _asked(control, found(control, destination_id), act, "resend", told)


@click.command("outcomes")
@data_option
@click.argument("destination_id")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(STATES), help="Of this state. May repeat."
)
@click.option("--code", default="", help="With this code.")
@click.option("--event", default="", help="Of this name.")
@click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True)
@json_option
def outcomes(
    destination_id: str, states: tuple[State, ...], code: str, event: str, limit: int, as_json: bool
) -> None:
    """What became of events, newest first: when, state, code, event, its id, repetitions, the vendor's words."""
    with opened_control() as control:
        one = found(control, destination_id)
        zone, reading = zone_of(control, one), reading_of(one)
    rows = reading.outcomes(states=states, code=code, event=event, limit=limit)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    for row in rows:
        click.echo(_line(row, zone))
    if not rows:
        click.echo("no outcomes")


@click.command("losses")
@data_option
@click.argument("destination_id")
@click.option(
    "--days", type=click.IntRange(1, 400), default=DAYS, show_default=True, help="Today and before."
)
@json_option
def losses(destination_id: str, days: int, as_json: bool) -> None:
    """What the vendor has no place for: code, event and the number of events that were delivered without it."""
    with opened_control() as control:
        one = found(control, destination_id)
        today = datetime.now(zone_of(control, one)).date()
    rows = reading_of(one).losses((today - timedelta(days - 1)).isoformat(), today.isoformat())
    summed = _summed(rows)
    if as_json:
        print_json([{"code": code, "event": event, "events": count} for (code, event), count in summed])
        return
    for (code, event), count in summed:
        click.echo(f"{code}\t{printable(event)}\t{count}")
    if not summed:
        click.echo("no losses")


FORWARDING = (pause, resume, replay, resend, outcomes, losses)


def found(control: Control, destination_id: str) -> Stored:
    """The destination of that id; raises OperatorError."""
    one = control.destinations.find(destination_id)
    if one is None:
        raise OperatorError(f"there is no destination {destination_id!r}; `r46 destination list` shows them")
    return one


def reading_of(one: Stored) -> Reading:
    """What its forwarder wrote down."""
    return Reading(ledger_file(chosen_settings().data, one.destination_id))


def zone_of(control: Control, one: Stored) -> ZoneInfo:
    """The zone of its shop's clock."""
    shop = control.find(one.shop_id)
    return ZoneInfo(shop.timezone if shop else "UTC")


def moment_of(text: str, zone: ZoneInfo, *, last: bool = False) -> float:
    """Epoch seconds of a day's begin (with `last` its end), or of a time, on that clock. Raises OperatorError."""
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + timedelta(int(last))
            return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        told = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise OperatorError(
            f"{text[:40]!r} is no day or time; one is 2026-03-14, or 2026-03-14T09:30"
        ) from error
    return (told if told.tzinfo else told.replace(tzinfo=zone)).timestamp()


def print_json(value: Any) -> None:
    """A document on standard output."""
    click.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def printable(text: str) -> str:
    """The text on one line of a terminal; what cannot be printed is escaped."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def at(moment: float | None, zone: ZoneInfo) -> str:
    """A time on that clock."""
    return (
        "–" if moment is None else f"{datetime.fromtimestamp(moment, UTC).astimezone(zone):%Y-%m-%d %H:%M:%S}"
    )


def _line(row: Outcome, zone: ZoneInfo) -> str:
    repeated = f"repeated {row.tries} times" + (", may have arrived twice" if row.maybe else "")
    told = (row.code or "-", row.event, row.event_id, repeated, row.told, " ".join(row.losses))
    return "\t".join((at(row.at, zone), row.state, *map(printable, told))).rstrip()


def _summed(rows: Sequence[LossCount]) -> list[tuple[tuple[str, str], int]]:
    total: Counter[tuple[str, str]] = Counter()
    for row in rows:
        total[row.code, row.event] += row.events
    return sorted(total.items())


def _asked(control: Control, one: Stored, act: Act, verb: str, about: str) -> None:
    control.destinations.ask(one.destination_id, act, time.time())
    note(control, one.shop_id, f"destinations_{verb}", f"{one.name} {about}")
    click.echo(f"{one.name}: {verb} is asked for{_when()}")


def _when() -> str:
    return "" if local.is_running(chosen_settings().data) else "; it is done when the server runs"
