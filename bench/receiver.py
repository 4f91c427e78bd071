"""`python -m bench.receiver PORT [hang]`: takes what a webhook destination sends, and answers, or never does."""

from __future__ import annotations

import asyncio
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


async def _taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hangs: bool) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.partition(b":")[2])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            await reader.readexactly(length)
            if hangs:
                await reader.read()
                return
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(port: int, hangs: bool) -> None:
    server = await asyncio.start_server(
        lambda reader, writer: _taken(reader, writer, hangs), "127.0.0.1", port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), "hang" in sys.argv[2:]))
