"""A process that appends as fast as it can and says what was acknowledged, until it is killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from collector.log.segment import SegmentLog
from collector.log.worker import claim_worker
from collector.log.writer import Limits

WRITERS = 8


async def main(root: Path, generation: str) -> None:
    log = SegmentLog(claim_worker(root), limits=Limits(segment_bytes=20_000))

    async def write(writer: int) -> None:
        number = 0
        while True:
            record = f'{{"id":"{generation}-{writer}-{number}"}}\n'
            await log.append(record.encode())
            sys.stdout.write(record)
            sys.stdout.flush()
            number += 1

    await asyncio.gather(*[write(writer) for writer in range(WRITERS)])


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
