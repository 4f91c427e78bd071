from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collector.errors import Unavailable
from collector.log.memory import MemoryLog
from tests.log.contract import Engine, LogContract
from tests.log.reading import lines


class TestMemoryLog(LogContract):
    @pytest.fixture
    def engine(self, tmp_path: Path) -> Engine:
        log = MemoryLog()
        return Engine(open=lambda: log, reader=lambda: log)

    def test_a_full_log_refuses_until_there_is_room(self) -> None:
        async def scenario() -> MemoryLog:
            log = MemoryLog(capacity=5)
            await log.append(b"{}\n")
            with pytest.raises(Unavailable, match="cannot store"):
                await log.append(b"[]\n")
            log.capacity = 6
            await log.append(b"[]\n")
            with pytest.raises(Unavailable, match="cannot store"):
                await log.probe()
            return log

        assert lines(asyncio.run(scenario())) == [b"{}\n", b"[]\n"]
