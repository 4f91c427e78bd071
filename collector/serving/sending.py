"""The way out of forwarding as the operator's settings allow it, and the test of a connection over it."""

from __future__ import annotations

from datetime import datetime

from collector.control import Control
from collector.control.destinations import Stored
from collector.destinations.contract import Judgement
from collector.forwarder.testing import tested
from collector.outgoing.sender import Sender
from collector.outgoing.webhook import Rules
from collector.settings import Settings


def sender_of(settings: Settings, control: Control) -> Sender:
    """A sender for the event loop that runs. Without `files_dir` no file is written anywhere."""
    return Sender(
        rules=Rules(private=settings.webhook_private),
        via=control.installation_id(),
        folder=settings.files_dir if settings.files_dir.name else None,
    )


async def tested_now(settings: Settings, control: Control, stored: Stored, now: datetime) -> Judgement:
    """What the destination answers to its test. Raises OperatorError where a secret cannot be had."""
    secrets = control.destinations.secrets(stored.destination_id)
    sender = sender_of(settings, control)
    try:
        return await tested(stored, secrets, sender, now)
    finally:
        await sender.close()
