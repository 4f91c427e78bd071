"""The recording vendor plays what it is told and keeps what it was sent."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.destinations.recorder import (
    Got,
    Play,
    Recorder,
    closing,
    cut_after_reading,
    cut_in_answer,
    cut_unread,
    held,
    malformed,
    ok,
    recorder,
    silence,
    status,
)


@pytest.fixture
def vendor() -> Iterator[Recorder]:
    with recorder() as running:
        yield running


def post(
    vendor: Recorder, target: str = "/push?a=1", body: bytes = b"{}", seconds: float = 10
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", vendor.port, timeout=seconds)
    try:
        connection.request("POST", target, body, {"X-Kind": "test"})
        with connection.getresponse() as answer:
            return answer.status, answer.read()
    finally:
        connection.close()


def test_a_request_is_kept_whole_and_scripts_come_before_what_is_always_so(vendor: Recorder) -> None:
    vendor.script("/push", status(429, {"retry-after": "2"}, b"slow down"), status(503))
    vendor.always("/push", ok(b'{"ok":true}'))
    told = [post(vendor), post(vendor), post(vendor), post(vendor, "/other")]
    assert told == [(429, b"slow down"), (503, b""), (200, b'{"ok":true}'), (200, b"")]
    first = vendor.got[0]
    assert (first.method, first.path, first.query, first.body) == ("POST", "/push", "a=1", b"{}")
    assert first.headers["x-kind"] == "test"
    assert [got.path for got in vendor.answered(200)] == ["/push", "/other"]


def test_an_answer_can_be_made_of_the_request(vendor: Recorder) -> None:
    def echo(got: Got) -> Play:
        return ok(got.body[::-1])

    vendor.always("*", echo)
    assert post(vendor, body=b"abc") == (200, b"cba")


@pytest.mark.parametrize("play", [cut_unread(), cut_after_reading()])
def test_a_vendor_can_hang_up_before_and_after_reading(vendor: Recorder, play: Play) -> None:
    vendor.script("/push", play)
    with pytest.raises((OSError, http.client.HTTPException)):
        post(vendor)
    assert (len(vendor.got), vendor.unread) == ((0, 1) if play.manner == "cut_unread" else (1, 0))


def test_a_vendor_can_break_its_answer_off_or_speak_no_http(vendor: Recorder) -> None:
    vendor.script("/push", cut_in_answer(b"0123456789"), malformed())
    with pytest.raises(http.client.IncompleteRead) as told:
        post(vendor)
    assert told.value.partial == b"01234"
    with pytest.raises(http.client.BadStatusLine):
        post(vendor)


def test_a_vendor_can_stay_silent_and_can_hold_an_answer_back(vendor: Recorder) -> None:
    vendor.script("/push", silence(), held(b"late"))
    with pytest.raises(TimeoutError):
        post(vendor, seconds=0.2)
    answers: list[tuple[int, bytes]] = []
    asking = threading.Thread(target=lambda: answers.append(post(vendor)))
    asking.start()
    assert [got.played.manner for got in vendor.wait(2)] == ["silence", "held"]
    assert answers == []
    vendor.release()
    asking.join(10)
    assert answers == [(200, b"late")]


def test_a_connection_is_kept_until_the_vendor_closes_it(vendor: Recorder) -> None:
    vendor.script("/push", ok(), closing(ok(b"bye")))
    with socket.create_connection(("127.0.0.1", vendor.port), 10) as line:
        for _ in range(2):
            line.sendall(b"POST /push HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nz")
        assert b"".join(iter(lambda: line.recv(4096), b"")).endswith(b"connection: close\r\n\r\nbye")
    assert ([got.connection for got in vendor.got], vendor.connections) == ([1, 1], 1)
