"""How a recording vendor answers, and what it keeps of a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Manner = Literal["answer", "silence", "held", "cut_unread", "cut_after_reading", "cut_in_answer", "malformed"]


@dataclass(frozen=True, slots=True)
class Play:
    """One answer and the manner it is given in."""

    manner: Manner = "answer"
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    close: bool = False


@dataclass(frozen=True, slots=True)
class Got:
    """One request that was read whole. `connection` numbers the connection that it came on."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    connection: int
    played: Play = field(default_factory=Play)

    def json(self) -> Any:
        return json.loads(self.body)


Answering = Play | Callable[[Got], Play]


def ok(body: bytes = b"", headers: Mapping[str, str] | None = None) -> Play:
    return status(200, headers, body)


def status(code: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Play:
    return Play(status=code, headers=headers or {}, body=body)


def refusal(body: bytes) -> Play:
    return status(200, {"content-type": "application/json"}, body)


def silence() -> Play:
    return Play("silence")


def held(body: bytes = b"") -> Play:
    return Play("held", body=body)


def cut_unread() -> Play:
    return Play("cut_unread")


def cut_after_reading() -> Play:
    return Play("cut_after_reading")


def cut_in_answer(body: bytes = b'{"status":"success"}') -> Play:
    return Play("cut_in_answer", body=body)


def malformed(said: bytes = b"not HTTP at all\r\n\r\n") -> Play:
    return Play("malformed", body=said)


def closing(play: Play) -> Play:
    return replace(play, close=True)
