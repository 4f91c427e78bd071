"""The parts of a credential, vendor by vendor: what is asked for, what is stored of it, and how one is made.

What is public is stored as it is, what is secret as a hash, and only what verifies signatures is kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from collector.control import sha256
from collector.errors import OperatorError

LONGEST: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The parts of a vendor's credential. One of each tuple in `needs` must be given.

    `pairs` are parts written as NAME, the separator told here, and SECRET.
    """

    public: tuple[str, ...]
    hashed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()
    pairs: Mapping[str, str] | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        return (*self.public, *self.hashed, *self.kept)


FORMS: Final[Mapping[str, Form]] = {
    "retailrocket": Form(public=("partner_id",), hashed=("api_key",), needs=(("partner_id",),)),
    "yespo": Form(
        public=("site_id", "org_id"), hashed=("api_key",), needs=(("api_key", "site_id", "org_id"),)
    ),
    "intempt": Form(
        public=("org", "project", "source"),
        hashed=("api_key",),
        needs=(("org",), ("project",), ("api_key",)),
        pairs={"api_key": "."},
    ),
    "exponea": Form(
        public=("project_token", "stream_id", "public_token"),
        hashed=("private_key",),
        kept=("jwt_secret",),
        needs=(("project_token", "stream_id"),),
        pairs={"private_key": ":"},
    ),
    "feeds": Form(public=("feed_key",), needs=(("feed_key",),)),
    "validator": Form(public=(), hashed=("test_key",), needs=(("test_key",),)),
}


def checked(vendor: str, given: Mapping[str, str | None]) -> dict[str, str]:
    """The parts that were given (None: it was not). Raises OperatorError for what is empty or another vendor's."""
    parts = {}
    for name, value in given.items():
        if value is None:
            continue
        if name not in FORMS[vendor].parts:
            raise OperatorError(f"a key of {vendor} has no --{name.replace('_', '-')}")
        if not value.strip():
            raise OperatorError(f"--{name.replace('_', '-')} is empty")
        if len(value) > LONGEST:
            raise OperatorError(f"--{name.replace('_', '-')} is longer than {LONGEST} characters")
        parts[name] = value
    return parts


def complete(vendor: str, parts: Mapping[str, str]) -> None:
    """Raises OperatorError where a part is missing without which nobody is known by this key."""
    for alternatives in FORMS[vendor].needs:
        if not any(name in parts for name in alternatives):
            flags = " or ".join("--" + name.replace("_", "-") for name in alternatives)
            raise OperatorError(f"a key of {vendor} needs {flags}")


def stored(vendor: str, parts: Mapping[str, str]) -> dict[str, Any]:
    """The parts as `Control.add_key` takes them."""
    form = FORMS[vendor]
    return {
        "public": {name: parts[name] for name in form.public if name in parts},
        "hashes": {name: sha256(parts[name]) for name in form.hashed if name in parts},
        "kept": {name: parts[name] for name in form.kept if name in parts},
    }


def made(vendor: str, name: str) -> str:
    """A new value for a part, in the form that the vendor's clients send it."""
    separator = (FORMS[vendor].pairs or {}).get(name)
    secret = secrets.token_hex(20)
    return f"{secrets.token_hex(6)}{separator}{secret}" if separator else secret
