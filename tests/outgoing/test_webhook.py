"""Webhooks: signed, to public addresses only, without following anybody anywhere."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.outgoing import Undelivered
from collector.outgoing.webhook import Rules, checked_address, is_public, send
from tests.outgoing.recorders import WebServer, web_server

NOW = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)
BODY = json.dumps({"type": "report"}).encode()
PRIVATE = Rules(private=True)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        yield running


def post(url: str, rules: Rules = PRIVATE) -> None:
    send(url, BODY, secret="whsec", name="r46.report.1", now=NOW, rules=rules)


def names(*addresses: str) -> Any:
    """A resolver that knows these addresses, whatever it is asked."""

    def resolve(_host: str, port: int) -> Sequence[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return resolve


def test_a_webhook_gets_the_body_and_a_signature_that_it_can_check(server: WebServer) -> None:
    post(server.url)
    (got,) = server.got
    assert (got.path, got.body) == ("/hook?a=1", BODY)
    signed = hmac.new(b"whsec", got.headers["r46-timestamp"].encode() + b"." + got.body, hashlib.sha256)
    assert got.headers["r46-signature"] == f"v1={signed.hexdigest()}"
    assert got.headers["r46-timestamp"] == str(int(NOW.timestamp()))
    assert got.headers["r46-delivery"] == "r46.report.1"
    assert got.headers["host"] == f"127.0.0.1:{server.port}"


def test_a_redirect_is_not_followed(server: WebServer) -> None:
    server.status, server.location = 302, f"http://127.0.0.1:{server.port}/elsewhere"
    with pytest.raises(Undelivered, match="answered 302; a redirect is not followed"):
        post(server.url)
    assert [got.path for got in server.got] == ["/hook?a=1"]


@pytest.mark.parametrize(("status", "unclear"), [(500, False), (404, False), (0, True)])
def test_any_answer_but_yes_is_a_failure_and_none_at_all_is_unclear(
    server: WebServer, status: int, unclear: bool
) -> None:
    server.status = status
    with pytest.raises(Undelivered) as told:
        post(server.url)
    assert told.value.unclear == unclear


def test_this_machine_is_not_reached_unless_the_operator_allows_it(server: WebServer) -> None:
    with pytest.raises(Undelivered, match="not https"):
        post(server.url, Rules())
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001"):
        with pytest.raises(Undelivered, match=r"not on the public internet|host is not known"):
            post(f"https://{host}:{server.port}/hook", Rules())
    assert server.got == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
        "ff02::1",
        "not an address",
    ],
)
def test_an_address_that_is_not_public_is_known_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808"]
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_a_host_with_one_private_address_among_public_ones_is_refused() -> None:
    with pytest.raises(Undelivered, match="not on the public internet"):
        checked_address("hooks.example", 443, False, names("93.184.215.14", "10.0.0.1"))


def test_the_connection_goes_to_the_address_that_was_checked_and_not_to_a_second_answer(
    server: WebServer,
) -> None:
    asked: list[str] = []

    def changing(host: str, port: int) -> Sequence[Any]:
        asked.append(host)
        found: Sequence[Any] = names("127.0.0.1" if len(asked) == 1 else "203.0.113.9")(host, port)
        return found

    url = f"http://hooks.example:{server.port}/hook"
    send(url, BODY, secret="s", name="n", now=NOW, rules=PRIVATE, resolve=changing)
    assert asked == ["hooks.example"]
    assert server.got[0].headers["host"] == f"hooks.example:{server.port}"
