"""What every log engine keeps to, writing and reading. An engine's test class inherits it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.errors import Unavailable
from collector.log import EventLog, LogReader, Position
from tests.log.reading import drain, lines, numbered


@dataclass(frozen=True, slots=True)
class Engine:
    """`open` is called inside an event loop and may be called again after a close."""

    open: Callable[[], EventLog]
    reader: Callable[[], LogReader]


class LogContract:
    """Inherit, and give the fixture `engine`."""

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Engine:
        raise LookupError("an engine's test class gives this fixture")

    def test_what_is_appended_is_read_back_exactly(self, engine: Engine) -> None:
        records = [b"{}\n", '{"name":"Ёж \\u0000"}\n'.encode(), b"x" * 300_000 + b"\n"]
        fill(engine, records)
        assert lines(engine.reader()) == records

    def test_several_lines_appended_as_one_are_read_as_the_records_they_are(self, engine: Engine) -> None:
        fill(engine, [b"{}\n", b"[1]\n[2]\n[3]\n"])
        assert lines(engine.reader()) == [b"{}\n", b"[1]\n", b"[2]\n", b"[3]\n"]
        assert sum(chunk.records for chunk in engine.reader().read({}, 1000)) == 4

    def test_an_empty_log_has_nothing_to_read_and_no_end(self, engine: Engine) -> None:
        fill(engine, [])
        assert list(engine.reader().read({}, 1000)) == []
        assert engine.reader().end() == {}

    def test_a_record_is_readable_once_its_append_has_returned(self, engine: Engine) -> None:
        async def scenario() -> list[list[bytes]]:
            log, seen = engine.open(), []
            for record in numbered(3):
                await log.append(record)
                seen.append(lines(engine.reader()))
            await log.close()
            return seen

        one, two, three = numbered(3)
        assert asyncio.run(scenario()) == [[one], [one, two], [one, two, three]]

    def test_concurrent_appends_are_each_stored_once_in_order(self, engine: Engine) -> None:
        async def scenario() -> None:
            log = engine.open()
            await asyncio.gather(*[log.append(record) for record in numbered(1000)])
            await log.close()

        asyncio.run(scenario())
        assert lines(engine.reader()) == numbered(1000)

    def test_reading_resumes_after_any_chunk(self, engine: Engine) -> None:
        fill(engine, numbered(50))
        (whole,) = drain(engine.reader(), max_bytes=1)[0].values()
        chunks, at = [], dict[str, Position]()
        while found := list(engine.reader().read(at, 40)):
            chunks += found
            at = {found[-1].worker: found[-1].end}
        for done, chunk in enumerate(chunks):
            head = b"".join(read.data for read in chunks[: done + 1])
            rest, end = drain(engine.reader(), {chunk.worker: chunk.end})
            assert head + rest.get(chunk.worker, b"") == whole
            assert end == at

    def test_a_read_stays_within_its_size_but_returns_one_group_at_least(self, engine: Engine) -> None:
        fill(engine, [b"x" * 99 + b"\n"] * 20)
        sizes = [sum(len(chunk.data) for chunk in engine.reader().read({}, size)) for size in (1, 450, 9999)]
        assert sizes == [100, 400, 2000]

    def test_the_end_is_where_reading_stops(self, engine: Engine) -> None:
        fill(engine, numbered(10))
        _, reached = drain(engine.reader(), max_bytes=30)
        assert engine.reader().end() == reached
        assert list(engine.reader().read(reached, 1000)) == []

    def test_a_position_beyond_the_end_reads_nothing(self, engine: Engine) -> None:
        fill(engine, numbered(1))
        ((worker, end),) = engine.reader().end().items()
        assert list(engine.reader().read({worker: Position(end.segment, end.offset + 999)}, 1000)) == []

    def test_a_closed_log_refuses(self, engine: Engine) -> None:
        async def scenario() -> None:
            log = engine.open()
            await log.append(b"{}\n")
            await log.close()
            with pytest.raises(Unavailable, match="the log is closed"):
                await log.append(b"{}\n")
            with pytest.raises(Unavailable, match="the log is closed"):
                await log.probe()
            await log.close()

        asyncio.run(scenario())
        assert lines(engine.reader()) == [b"{}\n"]

    def test_a_probe_stores_nothing_that_is_read(self, engine: Engine) -> None:
        async def scenario() -> None:
            log = engine.open()
            await log.probe()
            await log.append(b"{}\n")
            await log.probe()
            await log.close()

        asyncio.run(scenario())
        assert lines(engine.reader()) == [b"{}\n"]


def fill(engine: Engine, records: list[bytes]) -> None:
    """One group a record."""

    async def scenario() -> None:
        log = engine.open()
        for record in records:
            await log.append(record)
        await log.close()

    asyncio.run(scenario())
