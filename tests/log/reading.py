"""Reading a log to its end, as a consumer does."""

from __future__ import annotations

from collector.log import LogReader, Position, Positions


def drain(
    reader: LogReader, after: Positions | None = None, *, max_bytes: int = 1 << 20
) -> tuple[dict[str, bytes], dict[str, Position]]:
    """Everything after the positions, by worker, and the positions then reached."""
    at = dict(after or {})
    data: dict[str, bytes] = {}
    while chunks := list(reader.read(at, max_bytes)):
        for chunk in chunks:
            before = at.get(chunk.worker, Position())
            assert before <= chunk.start < chunk.end, "a chunk must lie behind the one before it"
            assert chunk.data.count(b"\n") == chunk.records
            data[chunk.worker] = data.get(chunk.worker, b"") + chunk.data
            at[chunk.worker] = chunk.end
    return data, at


def lines(reader: LogReader) -> list[bytes]:
    """Every record of a log with one worker."""
    data, _ = drain(reader)
    assert len(data) <= 1
    return b"".join(data.values()).splitlines(keepends=True)


def numbered(count: int, *, start: int = 0) -> list[bytes]:
    """Records that can be told apart."""
    return [b'{"n":%d}\n' % number for number in range(start, start + count)]
