"""The test of a connection: one harmless request that proves the address and the key, made at once."""

from __future__ import annotations

from datetime import datetime

from collector.destinations import kinds
from collector.destinations.contract import Judgement, Secrets
from collector.forwarder.wishes import Described, Sending

CONNECT_S = 5.0
TOTAL_S = 15.0


async def tested(stored: Described, secrets: Secrets, sender: Sending, now: datetime) -> Judgement:
    """What the destination's answer to the `test` request of its kind means. Raises LookupError for no kind."""
    kind = kinds()[stored.kind]
    outgoing = kind.probe(stored.options, secrets)
    answer = await sender.send(outgoing, connect_s=CONNECT_S, total_s=TOTAL_S, now=now)
    return kind.probed(answer)
