"""The way out: mail over an SMTP server that the operator names, and webhooks that a shop names.

A shop's webhook is an address of a stranger: it is resolved once, every address it has must be public
unless the operator allows others, the connection goes to the very address that was checked, and no
redirect is followed.
"""

from __future__ import annotations

from collector.errors import CollectorError


class Undelivered(CollectorError):
    """It was not delivered, in words for whoever set it up.

    `unclear`: everything was sent and no answer came, so that it may have arrived all the same.
    """

    def __init__(self, reason: str, *, unclear: bool = False) -> None:
        super().__init__(reason)
        self.unclear = unclear
