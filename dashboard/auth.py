"""Sign-in: a one-time link becomes a signed session cookie.

Showing the link's page changes nothing, so that a mail scanner or a prefetching browser
does not use it up; the button on it does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, quote, urlencode

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.access import OPERATOR, Access
from dashboard.page import ControlView

COOKIE: Final = "r46_session"
SESSION_SECONDS: Final = 30 * 24 * 3600
LARGEST_FORM: Final = 4096
_OWN_PATH = re.compile(r"/[A-Za-z0-9_.~%/?&=:+,-]*")


class _Signer(TimestampSigner):
    """A signer whose time is given."""

    def __init__(self, key: str, clock: Callable[[], datetime]) -> None:
        super().__init__(key, salt="r46 dashboard session")
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock().timestamp())


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who may see the dashboard. `clock` gives aware UTC."""

    control: ControlView
    clock: Callable[[], datetime]

    def access(self, request: Request) -> Access | None:
        """What the bearer of a session of the last 30 days may; None without one."""
        try:
            self._signer().unsign(request.cookies.get(COOKIE, ""), max_age=SESSION_SECONDS)
        except BadSignature:
            return None
        return OPERATOR

    def open(self, request: Request, form: Mapping[str, str]) -> Response:
        """A session for a good link and on to where the person wanted; else back to the sign-in page."""
        if not self.control.redeem_link(form.get("token", ""), self.clock().timestamp()):
            return RedirectResponse("/signin?used=1", 303)
        response = RedirectResponse(own_path(form.get("next", "")), 303)
        response.set_cookie(
            COOKIE,
            self._signer().sign(b"1").decode(),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return response

    def close(self, request: Request) -> Response:
        """Forget the session of this browser."""
        response = RedirectResponse("/signin", 303)
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=request.url.scheme == "https")
        return response

    def ask(self, request: Request) -> Response:
        """Send a person to the sign-in page and back here afterwards."""
        path = quote(request.scope["raw_path"], safe="/%")  # as it was asked: a %2F is no step
        here = path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/signin?{urlencode({'next': here})}", 303)

    def _signer(self) -> _Signer:
        return _Signer(self.control.signing_key(), self.clock)


async def read_form(request: Request) -> dict[str, str] | None:
    """Fields of a small form sent by our own page; None for anything else."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            return None
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[-1] for name, values in fields.items()}


def own_path(path: str) -> str:
    """The path if it stays on this site, else the start page."""
    return path if _OWN_PATH.fullmatch(path) and not path.startswith("//") else "/"
