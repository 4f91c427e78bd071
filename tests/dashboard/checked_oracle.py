"""What every check must find, counted in plain Python over the raw rows of a store."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import duckdb

from tests.dashboard.shop_world import NOW

ZONE = ZoneInfo("Europe/Berlin")
CHECKED = [date(2026, 2, 19) + timedelta(days=number) for number in range(28)]
MONTH = timedelta(days=28)
Row = Mapping[str, Any]
COLUMNS = "select column_name from duckdb_columns() where table_name = ?"
SEEN = {
    *(
        "ts",
        "received_at",
        "started_at",
        "placed_at",
        "ts_source",
        "bot",
        "event",
        "notes",
        "lost",
        "browser",
    ),
    *("visitor_id", "order_key", "item_id", "price", "value", "page_url", "page_view_id"),
    *("recommended_by", "recommended_code"),
}
Counts = Mapping[date, tuple[int, int]]


@dataclass(frozen=True)
class Store:
    """Rows of the tables that checks read, as dictionaries."""

    db: duckdb.DuckDBPyConnection
    read: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __getitem__(self, table: str) -> list[dict[str, Any]]:
        """Only the columns that an oracle looks at; each table is read once."""
        if table not in self.read:
            there = {name for (name,) in self.db.execute(COLUMNS, [table]).fetchall()}
            names = sorted(there & SEEN)
            listed = ", ".join(f'"{name}"' for name in names)
            rows = self.db.execute(f"select {listed} from {table}").fetchall()
            self.read[table] = [dict(zip(names, row, strict=True)) for row in rows]
        return self.read[table]

    def people(self, table: str) -> list[dict[str, Any]]:
        return [row for row in self[table] if not row["bot"]]


def local(moment: datetime) -> date:
    return moment.replace(tzinfo=UTC).astimezone(ZONE).date()


def tally(pairs: Iterator[tuple[date, bool]]) -> Counts:
    """Found and examined by day; what lies outside the checked days is passed over."""
    found: dict[date, list[int]] = {day: [0, 0] for day in CHECKED}
    for day, wrong in pairs:
        if day in found:
            found[day][0] += wrong
            found[day][1] += 1
    return {day: (wrong, all_) for day, (wrong, all_) in found.items()}


def events(store: Store, examined: Callable[[Row], bool], wrong: Callable[[Row], bool]) -> Counts:
    return tally((local(row["received_at"]), wrong(row)) for row in store.people("events") if examined(row))


def noted(row: Row, *codes: str) -> bool:
    return bool(set(row["notes"] or ()) & set(codes))


def nobody(store: Store) -> Counts:
    return events(store, lambda row: True, lambda row: row["visitor_id"] is None)


def clock_skew(store: Store) -> Counts:
    def wrong(row: Row) -> bool:
        return noted(row, "ts_out_of_range", "ts_invalid")

    return events(store, lambda row: row["ts_source"] == "client" or wrong(row), wrong)


def late(store: Store) -> Counts:
    return events(
        store,
        lambda row: row["ts_source"] == "client",
        lambda row: row["received_at"] - row["ts"] >= timedelta(hours=1),
    )


def tool_unknown(store: Store) -> Counts:
    return events(
        store,
        lambda row: row["recommended_by"] is not None,
        lambda row: noted(row, "recommended_by_unknown"),
    )


def code_missing(store: Store) -> Counts:
    return events(
        store, lambda row: row["recommended_by"] is not None, lambda row: row["recommended_code"] is None
    )


def init_twice(store: Store) -> Counts:
    return events(store, lambda row: row["event"] == "page_view", lambda row: noted(row, "init_duplicate"))


def robots(store: Store) -> Counts:
    return tally((local(row["received_at"]), row["bot"]) for row in store["events"])


def lost(store: Store) -> Counts:
    given_up: Counter[date] = Counter()
    for row in store["losses"]:
        given_up[local(row["ts"])] += row["lost"]
    sent = Counter(local(row["received_at"]) for row in store.people("events"))
    return {day: (given_up[day], sent[day] + given_up[day]) for day in CHECKED}


def spa_flag(store: Store) -> Counts:
    views: dict[str, list[Row]] = defaultdict(list)
    for row in store.people("events"):
        if row["page_view_id"] and row["page_url"] and local(row["ts"]) >= CHECKED[0]:
            views[row["page_view_id"]].append(row)
    return tally(
        (local(min(row["ts"] for row in rows)), len({urlsplit(row["page_url"]).path for row in rows}) > 1)
        for rows in views.values()
    )


def unseen_purchases(store: Store) -> Counts:
    met = defaultdict(list)
    for row in store["items"]:
        if row["event"] in ("view_item", "add_to_cart"):
            met[row["visitor_id"], row["item_id"]].append(row["ts"])
    return tally(
        (
            local(row["placed_at"]),
            not any(
                row["placed_at"] - MONTH <= ts <= row["placed_at"]
                for ts in met[row["visitor_id"], row["item_id"]]
            ),
        )
        for row in store.people("order_lines")
        if row["visitor_id"]
    )


def unviewed_items(store: Store) -> Counts:
    viewed = {row["item_id"] for row in store.people("items") if row["event"] == "view_item"}
    bought = {(local(row["placed_at"]), row["item_id"]) for row in store.people("order_lines")}
    return tally((day, item not in viewed) for day, item in sorted(bought))


def prices(store: Store) -> Mapping[tuple[date, str], list[Any]]:
    found = defaultdict(list)
    for row in store.people("items"):
        if row["event"] == "view_item" and row["price"]:
            found[local(row["ts"]), row["item_id"]].append(row["price"])
    return found


def price_drift(store: Store) -> Counts:
    seen = prices(store)
    judged = [
        (local(row["placed_at"]), float(row["price"]), seen.get((local(row["placed_at"]), row["item_id"])))
        for row in store.people("order_lines")
    ]
    return tally(
        (day, not 0.99 * float(min(told)) <= price <= 1.01 * float(max(told)))
        for day, price, told in judged
        if told and price
    )


def price_swing(store: Store) -> Counts:
    return tally((day, float(max(told)) > 1.1 * float(min(told))) for (day, _), told in prices(store).items())


def totals_differ(store: Store) -> Counts:
    totals: dict[str, set[Any]] = defaultdict(set)
    for row in store["order_versions"]:
        totals[row["order_key"]].add(row["value"])
    return tally(
        (local(row["placed_at"]), len(totals[row["order_key"]]) > 1) for row in store.people("orders")
    )


COUNTED: Mapping[str, Callable[[Store], Counts]] = {
    "nobody": nobody,
    "clock_skew": clock_skew,
    "late": late,
    "tool_unknown": tool_unknown,
    "code_missing": code_missing,
    "init_twice": init_twice,
    "robots": robots,
    "lost": lost,
    "spa_flag": spa_flag,
    "unseen_purchases": unseen_purchases,
    "unviewed_items": unviewed_items,
    "price_drift": price_drift,
    "price_swing": price_swing,
    "totals_differ": totals_differ,
}


def by_day(moments: Iterator[datetime]) -> Counter[date]:
    return Counter(map(local, moments))


def before(day: date) -> list[date]:
    return [day - timedelta(days=7 * weeks) for weeks in range(1, 5)]


def order_rate(store: Store) -> Mapping[date, float | None]:
    """How far the orders of each finished day lie from those its sessions lead to expect."""
    sessions = by_day(row["started_at"] for row in store.people("sessions"))
    orders = by_day(row["placed_at"] for row in store.people("orders"))
    told: dict[date, float | None] = {}
    for day in CHECKED[:-1]:
        earlier = before(day)
        visits = sum(sessions[one] for one in earlier)
        expected = sessions[day] * sum(orders[one] for one in earlier) / visits if visits else 0
        known = sum(sessions[one] > 0 for one in earlier)
        told[day] = abs(orders[day] / expected - 1) if known >= 2 and expected >= 30 else None
    return told


def drop(parts: Mapping[str, Counter[date]], least: int) -> Mapping[date, tuple[float, str] | None]:
    """The part that fell most on each finished day, and how far."""
    whole: Counter[date] = Counter()
    for part in parts.values():
        whole.update(part)
    told: dict[date, tuple[float, str] | None] = {}
    for day in CHECKED[:-1]:
        weeks = [one for one in before(day) if whole[one]]
        fell = []
        for name, part in parts.items():
            mean = sum(part[one] for one in weeks) / len(weeks)
            others = sum(whole[one] for one in weeks) / len(weeks) - mean
            expected = mean * ((whole[day] - part[day]) / others if others else 1)
            if mean and expected >= least:
                fell.append((max(0.0, 1 - part[day] / expected), 1 - part[day] / expected, name))
        worst = max(fell, key=lambda one: one[1:]) if fell else None
        told[day] = (worst[0], worst[2]) if worst and len(weeks) >= 2 else None
    return told


def browser_drop(store: Store) -> Mapping[date, tuple[float, str] | None]:
    parts: dict[str, Counter[date]] = defaultdict(Counter)
    for row in store.people("sessions"):
        parts[row["browser"]][local(row["started_at"])] += 1
    return drop(parts, 50)


def page_drop(store: Store) -> Mapping[date, tuple[float, str] | None]:
    parts: dict[str, Counter[date]] = defaultdict(Counter)
    for row in store.people("events"):
        path = urlsplit(row["page_url"]).path
        parts["/" + path.split("/")[1]][local(row["ts"])] += 1
    return drop(parts, 200)


assert local(NOW.replace(tzinfo=None)) == CHECKED[-1]
