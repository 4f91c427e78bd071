"""Two rows with one recognisable id are one event; the first that was stored wins."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from collector.event import Event
from collector.store.batch import day_ranges
from tests.store.world import START, Sender, load, open_store, purchase_id, rows

DAY = timedelta(days=1)


def _keyed(sender: Sender, ts: datetime, source: str, name: str = "e") -> Event:
    return sender.event("search", ts, event_id=purchase_id(name), ts_source=source, device_id="d")


def test_a_repeat_in_one_batch_and_in_a_later_one_is_kept_as_a_refusal(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    event = _keyed(sender, START, "client")
    first = [sender.request([event, event]), sender.request([event])]
    assert load(store, first).duplicates == 2
    assert load(store, [sender.request([event], received_at=START + 90 * DAY)]).duplicates == 1
    assert rows(store, "select count(*), min(seq) from events") == [(1, 0)]
    assert rows(store, "select outcome, seq from refused order by received_at, request_id, seq") == [
        ("duplicate", 1),
        ("duplicate", 0),
        ("duplicate", 0),
    ]
    assert rows(store, "select count(*) from raws") == [(3,)]
    store.close()


def test_a_server_timed_repeat_is_known_for_thirty_days(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    load(store, [sender.request([_keyed(sender, START, "server")], received_at=START)])
    for days, duplicates in ((29, 1), (31, 0)):
        later = START + days * DAY
        again = sender.request([_keyed(sender, later, "server")], received_at=later)
        assert load(store, [again]).duplicates == duplicates
    store.close()


def test_events_without_a_key_are_never_repeats(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    event = sender.event("page_view", START, device_id="d")
    assert load(store, [sender.request([event]), sender.request([event])]).events == 2
    store.close()


def test_a_repeat_is_found_among_events_of_many_days(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    days = [START + 3 * n * DAY for n in range(20)]
    events = [_keyed(sender, day, "client", str(number)) for number, day in enumerate(days)]
    assert load(store, [sender.request(events)]).events == 20
    assert load(store, [sender.request(events)]).duplicates == 20
    store.close()


def test_the_search_covers_each_day_and_bridges_the_narrowest_gaps() -> None:
    midnight = datetime(2026, 1, 1)  # noqa: DTZ001 - as the store has it
    days = [midnight + n * DAY for n in (0, 1, 2, 10, 40)]
    hour = timedelta(hours=1)
    assert day_ranges(days) == [
        (midnight - hour, midnight + 3 * DAY + hour),
        (midnight + 10 * DAY - hour, midnight + 11 * DAY + hour),
        (midnight + 40 * DAY - hour, midnight + 41 * DAY + hour),
    ]
    many = [midnight + 2 * n * DAY for n in range(60)]
    found = day_ranges(many)
    assert len(found) <= 8
    assert all(any(since <= day and day + DAY <= until for since, until in found) for day in many)
