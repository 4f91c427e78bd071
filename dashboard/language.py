"""Which language a request is answered in: the one chosen, else what the browser prefers, else English."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import forms
from dashboard.auth import own_path
from dashboard.texts import languages

COOKIE: Final = "r46_language"
DEFAULT: Final = "en"
KEPT_SECONDS: Final = 365 * 24 * 3600
LARGEST_FORM: Final = 32 * 1024


def choose(cookie: str, accepted: str) -> str:
    """The language for a cookie's value and an Accept-Language header. Both are text of a stranger."""
    known = languages()
    if cookie in known:
        return cookie
    for name in _preferred(accepted):
        if name in known:
            return name
    return DEFAULT


def _preferred(accepted: str) -> list[str]:
    """Primary languages of an Accept-Language header, the most wanted first (RFC 9110, 12.5.4)."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        name, _, weight = part.strip().partition(";")
        quality = _quality(weight)
        if quality > 0:
            wanted.append((-quality, place, name.strip().lower().split("-")[0]))
    return [name for _, _, name in sorted(wanted)]


def _quality(weight: str) -> float:
    _, found, value = weight.strip().partition("q=")
    if not found:
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


async def remember(request: Request) -> Response | None:
    """Keep the language that a person chose for a year, and go on to where they were; None for no form of ours."""
    form = await forms.read(request, LARGEST_FORM)
    if form is None:
        return None
    response = RedirectResponse(own_path(form.get("next")), 303)
    chosen = form.get("language")
    if chosen in languages():
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=KEPT_SECONDS,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
    return response
