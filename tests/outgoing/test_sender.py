"""Requests go out once, exactly as they were made, and what became of them is told exactly."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from collector import __version__
from collector.destinations.contract import Answer, Request
from collector.outgoing.sender import Sender
from tests.destinations.recorder import (
    Got,
    Play,
    Recorder,
    closing,
    cut_after_reading,
    cut_in_answer,
    cut_unread,
    malformed,
    ok,
    recorder,
    silence,
    status,
)
from tests.outgoing.sending import NOW, PRIVATE, run, sent

SECRET = "sk-live-0123456789"


@pytest.fixture
def vendor() -> Iterator[Recorder]:
    with recorder() as running:
        yield running


def test_a_request_is_sent_exactly_as_it_was_made(vendor: Recorder) -> None:
    vendor.script("/p/%D1%8F%2f~", status(201, {"X-Kind": "fine", "Retry-After": "3"}, b"told"))
    request = Request(
        url=f"{vendor.url}/p/%D1%8F%2f~?q=a+b%20c&x",
        body=b'{"n":1.10}',
        headers={"Content-Type": "application/json"},
        secret_headers={"Authorization": f"Bearer {SECRET}"},
        secret_query={"apiKey": "a/b c"},
    )
    (answer,) = sent(request, via="i-1")
    (got,) = vendor.got
    assert (got.method, got.path, got.query, got.body) == (
        "POST",
        "/p/%D1%8F%2f~",
        "q=a+b%20c&x&apiKey=a%2Fb+c",
        b'{"n":1.10}',
    )
    assert got.headers == {
        "host": f"127.0.0.1:{vendor.port}",
        "content-type": "application/json",
        "user-agent": f"r46-collector/{__version__}",
        "r46-via": "i-1",
        "accept-encoding": "identity",
        "authorization": f"Bearer {SECRET}",
        "accept": "*/*",
        "content-length": "10",
    }
    assert answer == Answer(
        status=201,
        headers={"content-length": "4", "x-kind": "fine", "retry-after": "3"},
        body=b"told",
        sent=True,
    )


def test_a_request_keeps_the_marks_of_those_it_came_through(vendor: Recorder) -> None:
    sent(Request(url=vendor.url, headers={"R46-Via": "i-7, i-1"}), Request(url=vendor.url), via="i-1")
    assert [got.headers["r46-via"] for got in vendor.got] == ["i-7, i-1", "i-1"]


def test_a_request_without_a_body_and_one_of_two_megabytes_arrive(vendor: Recorder) -> None:
    large = bytes(range(256)) * 8192
    answers = sent(Request(url=f"{vendor.url}/a"), Request(url=f"{vendor.url}/b", body=large, method="PUT"))
    assert [answer.status for answer in answers] == [200, 200]
    assert [(got.method, got.body) for got in vendor.got] == [("POST", b""), ("PUT", large)]


def test_a_signed_request_can_be_checked_like_a_report_s(vendor: Recorder) -> None:
    sent(Request(url=vendor.url, body=b"{}", signing="whsec"))
    (got,) = vendor.got
    timestamp = str(int(NOW.timestamp()))
    signed = hmac.new(b"whsec", timestamp.encode() + b".{}", hashlib.sha256).hexdigest()
    assert (got.headers["r46-timestamp"], got.headers["r46-signature"]) == (timestamp, f"v1={signed}")


def test_a_connection_is_kept_for_the_next_request(vendor: Recorder) -> None:
    vendor.script("/", ok(), closing(ok()), ok())
    answers = sent(*[Request(url=f"{vendor.url}/")] * 3)
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert [got.connection for got in vendor.got] == [1, 1, 2]


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(vendor: Recorder, code: int) -> None:
    vendor.always("/push", status(code, {"location": f"{vendor.url}/elsewhere"}))
    (answer,) = sent(Request(url=f"{vendor.url}/push", body=b"{}"))
    assert (answer.status, [got.path for got in vendor.got]) == (code, ["/push"])


def test_a_cookie_is_not_sent_back(vendor: Recorder) -> None:
    vendor.always("/", ok(headers={"set-cookie": "sid=1; Path=/"}))
    sent(*[Request(url=f"{vendor.url}/")] * 2)
    assert ["cookie" in got.headers for got in vendor.got] == [False, False]


def test_a_proxy_of_the_environment_is_not_used(vendor: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    (answer,) = sent(Request(url=f"{vendor.url}/push"))
    assert answer.status == 200


FAULTS: list[tuple[Play, str, str]] = [
    (silence(), "timeout", "no answer came in time"),
    (cut_unread(), "cut", "the connection broke before an answer came"),
    (cut_after_reading(), "cut", "the connection broke before an answer came"),
    (cut_in_answer(b"0123456789"), "cut", "the answer broke off"),
    (malformed(), "cut", "what was answered is not HTTP"),
    (malformed(b""), "cut", "the connection broke before an answer came"),
]


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("kept", [False, True], ids=["fresh", "kept"])
@pytest.mark.parametrize(("play", "fault", "text"), FAULTS)
def test_what_is_not_answered_may_have_arrived_and_is_not_sent_twice(
    vendor: Recorder, method: str, kept: bool, play: Play, fault: str, text: str
) -> None:
    vendor.script("/warm", ok())
    vendor.script("/push", play if play.body or play.manner != "malformed" else closing_unanswered())
    warm = [Request(url=f"{vendor.url}/warm")] * kept
    request = Request(url=f"{vendor.url}/push", body=b"{}", method=method)
    answer = sent(*warm, request, total_s=0.3 if fault == "timeout" else 10)[-1]
    assert answer == Answer(fault=fault, sent=True, text=text)  # type: ignore[arg-type]
    assert len(vendor.got) + vendor.unread == 1 + kept


def closing_unanswered() -> Play:
    """Hangs up in good order, without a word."""
    return closing(malformed(b""))


def test_a_connection_that_the_vendor_closed_while_idle_is_not_used(vendor: Recorder) -> None:
    answers: list[Answer] = []

    async def work(sender: Sender) -> None:
        request = Request(url=f"{vendor.url}/", body=b"{}", method="PUT")
        for _ in range(2):
            answers.append(await sender.send(request, connect_s=2, total_s=10, now=NOW))
            await asyncio.to_thread(vendor.hang_up)
            await asyncio.sleep(0)

    run(work)
    assert answers[0].status == 200
    assert answers[1].status == 200 or (answers[1].fault, answers[1].sent) == ("cut", True)
    assert len(vendor.got) == 1 + (answers[1].status == 200)


def no_addresses(_host: str, _port: int) -> Sequence[Any]:
    return []


def test_nobody_who_listens_is_told_from_a_host_that_is_not_known() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    def unknown(_host: str, _port: int) -> Sequence[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    assert sent(Request(url=f"http://127.0.0.1:{port}/")) == [
        Answer(fault="connect", text="no connection came about: Connection refused")
    ]
    for resolve in (unknown, no_addresses):
        assert sent(Request(url="http://nobody.example/"), resolve=resolve) == [
            Answer(fault="dns", text="the host is not known")
        ]


def test_a_name_server_that_never_answers_is_a_fault_of_names() -> None:
    over = threading.Event()

    def stuck(_host: str, _port: int) -> Sequence[Any]:
        over.wait(10)
        return []

    async def whole() -> Answer:
        sender = Sender(rules=PRIVATE, resolve=stuck)
        try:
            return await sender.send(Request(url="http://slow.example/"), connect_s=0.05, total_s=1, now=NOW)
        finally:
            over.set()
            await sender.close()

    assert asyncio.run(whole()) == Answer(fault="dns", text="the host could not be looked up in time")


def test_a_secret_that_the_vendor_repeats_or_cannot_get_is_told_to_nobody(
    vendor: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    def repeating(got: Got) -> Play:
        told = f"wrong key {SECRET} in {got.query}, basic {got.headers['authorization']}"
        return status(401, {"x-told": f"key={SECRET}"}, told.encode())

    vendor.always("/push", repeating)
    secrets = {"secret_query": {"key": SECRET + "/+"}, "secret_headers": {"authorization": f"Basic {SECRET}"}}
    (answer,) = sent(Request(url=f"{vendor.url}/push", **secrets))  # type: ignore[arg-type]
    assert answer.body == b"wrong key *** in key=***, basic ***"
    assert answer.headers["x-told"] == "key=***"
    broken = [
        Request(url="http://127.0.0.1:9/", secret_query={"key": SECRET}),
        Request(url="http://nobody.invalid:x/", secret_query={"key": SECRET}),
        Request(url=f"{vendor.url}/", secret_headers={"x-key": f"{SECRET}\r\nx-other: 1"}),
        Request(url=f"http://u:{SECRET}@127.0.0.1:{vendor.port}/"),
    ]
    with caplog.at_level(logging.DEBUG):
        answers = sent(*broken)
    assert [answer.fault for answer in answers] == ["connect", "forbidden", "forbidden", "forbidden"]
    assert SECRET not in repr(answers) + caplog.text + repr(broken[:3])
    assert len(vendor.got) == 1


def test_of_a_long_answer_the_beginning_is_kept(vendor: Recorder) -> None:
    vendor.script("/", ok(b"x" * 300_000), ok(b"next"))
    long, short = sent(*[Request(url=f"{vendor.url}/")] * 2)
    assert (long.body, short.body) == (b"x" * 65_536, b"next")
