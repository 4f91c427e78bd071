"""Random reports of orders, and what they come to by a plain reading of docs/definitions.md, "Orders and money"."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.store.world import START, Sender, item, purchase_id

CANCELLING = ("CANCELLED", "cancelled", "canceled", "refunded")
UNIT = 10_000  # ten-thousandths, in which amounts are kept
SURFACES = {
    "rees46": ("rees46.push", "rees46.orders"),
    "exponea": ("exponea.event", "exponea.event"),
    "retailrocket": ("rr.api", "rr.web"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A line as it was sent; quantity and price are exact."""

    name: str
    variant: str | None
    quantity: int
    price: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody told of an order."""

    key: str
    event_id: str
    request: str
    received: datetime
    kind: str
    vendor: str
    surface: str
    server: bool
    is_line: bool
    pieces: tuple[Piece, ...]
    value: Decimal | None
    shipping: Decimal | None
    tax: Decimal | None
    currency: str
    status: str | None

    @property
    def came(self) -> tuple[datetime, str]:
        return self.received, self.request

    @property
    def side(self) -> str:
        return self.surface if self.vendor == "retailrocket" else self.vendor


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An order as the rules make it; amounts in ten-thousandths, lines as (item, quantity, revenue, undone, kept)."""

    revenue: int
    undone: int
    extra: int
    cancelled: bool
    refunds: int
    lines: tuple[tuple[str, int, int, int, int], ...]


def world(seed: int, reports: int = 50) -> tuple[list[Report], list[bytes]]:
    """Reports and their records, in no order and some of them several times."""
    sender = Sender(seed)
    roll = sender.random
    made: dict[str, Report] = {}
    lines: list[bytes] = []
    for number in range(reports):
        report, line = _report(sender, number)
        if report.event_id in made:
            continue
        made[report.event_id] = report
        lines += [line] * roll.choice((1, 1, 2))
    roll.shuffle(lines)
    return list(made.values()), lines


def _report(sender: Sender, number: int) -> tuple[Report, bytes]:
    roll = sender.random
    vendor = roll.choice(("rees46", "rees46", "exponea", "retailrocket"))
    kind = (
        "purchase"
        if vendor == "retailrocket"
        else roll.choice(("purchase", "purchase", "order_status", "refund"))
    )
    server = roll.random() < 0.4
    fields: dict[str, Any] = {
        "key": f"o{roll.randrange(9)}",
        "kind": kind,
        "vendor": vendor,
        "surface": SURFACES[vendor][server],
        "server": server,
        "is_line": vendor == "retailrocket",
        "pieces": _pieces(roll, 1 if vendor == "retailrocket" else roll.choice((0, 1, 2, 3))),
        "value": roll.choice((None, Decimal("0.0007"), Decimal("9.99"), Decimal("33.3333"), Decimal(100))),
        "shipping": roll.choice((None, None, Decimal(5), Decimal("0.01"))),
        "tax": roll.choice((None, None, Decimal("1.005"))),
        "currency": roll.choice(("EUR", "EUR", "EUR", "USD")),
        "status": roll.choice((None, "new", "CANCELLED", "sent")) if kind != "refund" else None,
    }
    if kind == "order_status" and fields["status"] is None:
        fields["status"] = "paid"
    received = START + timedelta(seconds=roll.choice((1, 20, 59, 60, 61, 4000, 90_000)) * (number % 7 + 1))
    return _written(sender, number, received, fields)


def _pieces(roll: random.Random, count: int) -> tuple[Piece, ...]:
    return tuple(
        Piece(
            name=roll.choice("abc"),
            variant=roll.choice((None, None, "red", "blue")),
            quantity=roll.randint(1, 3),
            price=roll.choice((None, Decimal(0), Decimal("0.0003"), Decimal("3.33"), Decimal(10))),
        )
        for _ in range(count)
    )


def _written(sender: Sender, number: int, received: datetime, fields: dict[str, Any]) -> tuple[Report, bytes]:
    key, kind = fields["key"], fields["kind"]
    event = sender.event(
        kind,
        received - timedelta(seconds=1),
        event_id=purchase_id(key, str(number)),
        order_key=None if kind == "refund" else key,
        transaction_id=key,
        device_id=None if fields["server"] else "d",
        is_line=fields["is_line"],
        items=tuple(
            item(
                one.name,
                str(one.quantity),
                None if one.price is None else str(one.price),
                item_variant=one.variant,
            )
            for one in fields["pieces"]
        ),
        order_status=fields["status"],
        currency=fields["currency"],
        **{
            name: None if fields[name] is None else str(fields[name]) for name in ("value", "shipping", "tax")
        },
    )
    line = sender.request([event], received_at=received, vendor=fields["vendor"], endpoint=fields["surface"])
    return Report(event_id=event.event_id, request=_request_of(line), received=received, **fields), line


def _request_of(line: bytes) -> str:
    return line.decode().split('"request_id":"')[1].split('"')[0]


def told(reports: Sequence[Report]) -> dict[str, Told]:
    """Every order that the reports make."""
    of_key: dict[str, list[Report]] = defaultdict(list)
    for report in reports:
        of_key[report.key].append(report)
    return {key: _order(own) for key, own in of_key.items() if any(report.kind != "refund" for report in own)}


def _order(reports: list[Report]) -> Told:
    states = [one for one in reports if one.kind != "refund"]
    first = min(states, key=lambda one: (one.kind != "purchase", one.came))
    mine = [one for one in states if one.side == first.side]
    bought = [one for one in mine if one.kind == "purchase"]
    telling = (
        [one for one in mine if one.kind == "purchase" or one.status not in CANCELLING] if bought else mine
    )
    telling.sort(key=lambda one: (one.server, one.came))
    whole = [one for one in telling if not one.is_line]
    value, shipping, tax = (_last(whole, name) for name in ("value", "shipping", "tax"))
    currency = telling[-1].currency
    pieces = _last(whole, "pieces") or _line_rows(mine, min(one.received for one in bought or mine))
    own = [one for one in states if one.vendor == first.vendor and one.status is not None]
    cancelled = bool(own) and max(own, key=lambda one: one.came).status in CANCELLING
    beside = (shipping or Decimal(0)) + (tax or Decimal(0))
    amounts = [one.price * one.quantity if one.price is not None else None for one in pieces]
    priced = sum((one for one in amounts if one is not None), Decimal(0))
    revenue = value - beside if value is not None and value >= beside else priced
    shares = _shares(
        _int(revenue), [_int(one or Decimal(0)) for one in amounts], [p.quantity for p in pieces]
    )
    refunds = _refunds(reports, first.vendor)
    lines, undone = _give_back(pieces, shares, refunds, reports, currency, cancelled, _int(revenue))
    return Told(
        revenue=_int(revenue),
        undone=undone,
        extra=_int(beside),
        cancelled=cancelled,
        refunds=len(refunds),
        lines=lines,
    )


def _last(rows: Sequence[Report], name: str) -> Any:
    known = [getattr(one, name) for one in rows if getattr(one, name) not in (None, ())]
    return known[-1] if known else None


def _line_rows(mine: Sequence[Report], began: datetime) -> tuple[Piece, ...]:
    """Lines that came alone: within a minute beside each other, later in the place of their product."""
    rows = sorted((one for one in mine if one.is_line and one.pieces), key=lambda one: one.came)
    found: list[Report] = []
    for row in rows:
        same = [one for one in rows if one.pieces[0].name == row.pieces[0].name]
        if (same[-1].received - began).total_seconds() <= 60 or row is same[-1]:
            found.append(row)
    return tuple(piece for row in found for piece in row.pieces)


def _int(amount: Decimal) -> int:
    return int(amount * UNIT)


def _shares(total: int, amounts: Sequence[int], quantities: Sequence[int]) -> list[int]:
    """The order's revenue over its lines: cut, and the rest to the first of the largest."""
    weights = list(amounts) if sum(amounts) else list(quantities)
    if not weights:
        return []
    if sum(amounts) == total and total:
        return list(amounts)
    cut = [int(Fraction(total * weight, sum(weights))) for weight in weights]
    cut[weights.index(max(weights))] += total - sum(cut)
    return cut


def _refunds(reports: Sequence[Report], vendor: str) -> list[Report]:
    refunds = sorted((one for one in reports if one.kind == "refund"), key=lambda one: one.came)
    own = [one for one in refunds if one.vendor == vendor]
    return own or [one for one in refunds if one.vendor == refunds[0].vendor]


def _give_back(
    pieces: Sequence[Piece],
    shares: Sequence[int],
    refunds: Sequence[Report],
    reports: Sequence[Report],
    currency: str,
    cancelled: bool,
    revenue: int,
) -> tuple[tuple[tuple[str, int, int, int, int], ...], int]:
    nothing_kept = cancelled or any(not one.pieces and one.value is None for one in refunds)
    taken = _taken(pieces, [piece for one in refunds for piece in one.pieces])
    kept = [
        share - (share * back // piece.quantity)
        for piece, share, back in zip(pieces, shares, taken, strict=True)
    ]
    known = {piece.name for one in reports if one.kind != "refund" for piece in one.pieces}
    amount = sum(_amount(one, known) for one in refunds if one.currency == currency)
    spread = min(amount, sum(kept))
    lines = []
    for number, (piece, share) in enumerate(zip(pieces, shares, strict=True)):
        before, until = sum(kept[:number]), sum(kept[: number + 1])
        part = spread * until // sum(kept) - spread * before // sum(kept) if sum(kept) else 0
        undone = share if nothing_kept else share - kept[number] + part
        left = 0 if nothing_kept else piece.quantity - taken[number]
        lines.append((piece.name, piece.quantity, share, undone, left))
    alone = revenue if nothing_kept else min(amount, revenue)
    return tuple(lines), sum(line[3] for line in lines) if lines else alone


def _taken(pieces: Sequence[Piece], back: Sequence[Piece]) -> list[int]:
    """Units given back of each line: named variants from their lines, the others from any line of the product."""
    taken = [0] * len(pieces)
    variants = {(piece.name, piece.variant) for piece in pieces if piece.variant}
    exact = [one for one in back if (one.name, one.variant) in variants]
    for one in [*exact, *(one for one in back if (one.name, one.variant) not in variants)]:
        left = one.quantity
        for number, piece in enumerate(pieces):
            fits = piece.name == one.name and (one not in exact or piece.variant == one.variant)
            moved = min(left, piece.quantity - taken[number]) if fits else 0
            taken[number] += moved
            left -= moved
    return taken


def _amount(refund: Report, known: set[str]) -> int:
    """What is to be taken off beside quantities."""
    beside = sum(
        (one.quantity * (one.price or Decimal(0)) for one in refund.pieces if one.name not in known),
        Decimal(0),
    )
    if any(one.name in known for one in refund.pieces) or refund.value is None:
        return _int(beside)
    goods = refund.value - (refund.shipping or Decimal(0)) - (refund.tax or Decimal(0))
    return _int(goods if goods >= 0 else refund.value)
