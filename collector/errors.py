"""The exception tree. The class decides the status, the retry and the destiny.

* CollectorError
  x Rejected        the sender's fault: logged with its reason, answered 4xx, never retried
  x Unavailable     our fault, temporary: answered 503, the sender should try again
  x OperatorError   a command cannot do what was asked; its text is for the person who typed it
"""

from __future__ import annotations


class CollectorError(Exception):
    """Base of everything this product raises on purpose."""


class Rejected(CollectorError):
    """A request that is refused as a whole.

    `code` is one of `collector.reasons`, `status` the HTTP status of the answer and
    `keep_raw` whether a sample of the body may be kept (never for auth failures).
    `retry_after` are the seconds after which the same may be sent again.
    """

    def __init__(
        self,
        code: str,
        *,
        status: int,
        shop_id: str = "",
        detail: str = "",
        keep_raw: bool = False,
        allow: str = "",
        retry_after: int = 0,
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.status = status
        self.shop_id = shop_id
        self.detail = detail
        self.keep_raw = keep_raw
        self.allow = allow
        self.retry_after = retry_after


class Unavailable(CollectorError):
    """Nothing was stored and nothing was acknowledged; trying again is right."""


class OperatorError(CollectorError):
    """Said plainly on the terminal, without a traceback."""
