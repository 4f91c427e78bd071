"""`r46 segment`: a shop's segments from rules and lists. A running dashboard offers every change at once."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

import click
import msgspec

from collector.cli_options import chosen_settings, data_option
from collector.control import Control
from collector.control.segments import Segment
from collector.errors import OperatorError

SHOP = click.option("--shop", "shop_id", required=True, help="The shop it belongs to.")
BATCH = 1_000
_KINDS = ("did", "user_id", "email", "phone")


@click.group("segment")
@data_option
def segment() -> None:
    """Segments: add, list, show, remove, import, members, export."""


@segment.command("add")
@data_option
@click.argument("name")
@click.argument("file", type=click.File(encoding="utf-8"))
@SHOP
def add(name: str, file: IO[str], shop_id: str) -> None:
    """Save the rule of a JSON file (- reads standard input) under a name."""
    from dashboard.segments.check import read
    from dashboard.segments.grammar import LONGEST_RULE, written

    control = _control(shop_id)
    lists = [one.segment_id for one in control.segments.of(shop_id) if one.kind == "static"]
    rule, mistakes = read(file.read(LONGEST_RULE + 1), lists)
    if rule is None:
        raise OperatorError(
            "\n  ".join(("the rule has mistakes:", *(f"{m.path or '-'}: {m.reason}" for m in mistakes)))
        )
    _print(control.segments.add(shop_id, name, "dynamic", written(rule), time.time()))
    control.close()


@segment.command("import")
@data_option
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@SHOP
@click.option(
    "--ids",
    type=click.Choice(_KINDS),
    default="did",
    show_default=True,
    help="What a line without a heading is.",
)
def import_(name: str, file: Path, shop_id: str, ids: str) -> None:
    """Put the ids of a file into the list of that name, which is made unless it is there.

    The file is CSV with columns did, user_id, email or phone, or has one id a line.
    """
    from dashboard.segments.nodes import read

    with file.open(encoding="utf-8", errors="replace", newline="") as lines:
        found = read(lines, ids)
    control = _control(shop_id)
    known = next((one for one in control.segments.of(shop_id) if one.name == name.strip()), None)
    if known is not None and known.kind != "static":
        raise OperatorError(f"{name!r} is a rule; a list needs a name of its own")
    into = known or control.segments.add(shop_id, name, "static", "", time.time())
    total = control.segments.put(into.segment_id, found.nodes)
    control.close()
    _print(into)
    click.echo(
        f"ids read {len(found.nodes)}, in the list now {total}, lines without an id {len(found.refused)}"
    )
    if found.refused:
        click.echo(
            f"such lines: {', '.join(map(str, found.refused[:20]))}{' …' if found.refused[20:] else ''}"
        )


@segment.command("list")
@data_option
@SHOP
def list_(shop_id: str) -> None:
    """Id, kind, visitors when last counted, and name of each segment."""
    control = _control(shop_id)
    sizes = control.segments.sizes(shop_id)
    for one in control.segments.of(shop_id):
        known = sizes.get(one.segment_id, {})
        told = f"{known[max(known)]} on {max(known)}" if known else "not counted yet"
        click.echo(f"{one.segment_id}\t{one.kind}\t{told}\t{one.name}")
    control.close()


@segment.command("show")
@data_option
@click.argument("segment_id")
@SHOP
def show(segment_id: str, shop_id: str) -> None:
    """The rule of a segment, or how many ids its list has, and its sizes day by day."""
    control = _control(shop_id)
    found = _find(control, shop_id, segment_id)
    _print(found)
    if found.kind == "static":
        click.echo(f"ids\t{len(control.segments.nodes(segment_id))}")
    else:
        click.echo(msgspec.json.format(found.definition, indent=2))
    for day, visitors in control.segments.sizes(shop_id).get(segment_id, {}).items():
        click.echo(f"{day}\t{visitors}")
    control.close()


@segment.command("remove")
@data_option
@click.argument("segment_id")
@SHOP
def remove(segment_id: str, shop_id: str) -> None:
    """Forget a segment, its ids and its sizes."""
    from dashboard.segments.saved import remove as forget

    control = _control(shop_id)
    found = _find(control, shop_id, segment_id)
    forget(control.segments, shop_id, segment_id)
    control.close()
    click.echo(f"removed\t{found.name}")


@segment.command("members")
@data_option
@click.argument("segment_id")
@SHOP
@click.option("--most", type=click.IntRange(1), default=100, show_default=True, help="How many are shown.")
def members(segment_id: str, shop_id: str, most: int) -> None:
    """Visitors of the segment and what identifies them, those seen last first."""
    for row in islice(_members(shop_id, segment_id), most):
        ids = (*row["emails"], *row["phones"], *row["user_ids"])
        click.echo("\t".join(_plain(text) for text in (row["visitor_id"], row["last_at"], *ids)))


@segment.command("export")
@data_option
@click.argument("segment_id")
@SHOP
def export(segment_id: str, shop_id: str) -> None:
    """Everybody in the segment as CSV on standard output; also while the server runs."""
    from dashboard.export import to_csv
    from dashboard.page import Table
    from dashboard.segments.members import COLUMNS

    rows, out = _members(shop_id, segment_id), sys.stdout
    batch: Sequence[Any] = list(islice(rows, BATCH))
    out.write(to_csv(Table(columns=COLUMNS, rows=batch)))
    while batch := list(islice(rows, BATCH)):
        out.write(to_csv(Table(columns=COLUMNS, rows=batch)).partition("\r\n")[2])


def _members(shop_id: str, segment_id: str) -> Iterator[dict[str, Any]]:
    from collector import commands

    rest = b""
    for piece in commands.segment_members(chosen_settings(), shop_id, segment_id):
        *whole, rest = (rest + piece).split(b"\n")
        yield from map(msgspec.json.decode, whole)


def _control(shop_id: str) -> Control:
    control = Control(chosen_settings().control_file)
    if control.find(shop_id) is None:
        control.close()
        raise OperatorError(f"no shop has the id {shop_id!r}; `r46 shop list` shows them")
    return control


def _find(control: Control, shop_id: str, segment_id: str) -> Segment:
    for one in control.segments.of(shop_id):
        if one.segment_id == segment_id:
            return one
    raise OperatorError(f"the shop has no segment {segment_id!r}; `r46 segment list` shows them")


def _print(one: Segment) -> None:
    click.echo(f"{one.segment_id}\t{one.kind}\t{one.name}")


def _plain(text: str) -> str:
    """For a terminal: what could move its cursor is written out."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
