"""A connection goes where it may, to whom it was meant for, and nowhere else."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from collector.destinations.contract import Answer, Request
from collector.outgoing.reach import Barred, Forbidden, Gate, Resolver
from collector.outgoing.webhook import Rules
from tests.destinations.recorder import Recorder, recorder
from tests.outgoing.certificates import made
from tests.outgoing.sending import PRIVATE, knows, sent


@pytest.fixture
def vendor() -> Iterator[Recorder]:
    with recorder() as running:
        yield running


def test_a_vendor_whose_certificate_is_trusted_is_reached_by_its_name(tmp_path: Path) -> None:
    tls = made(tmp_path, "shop.example")
    with recorder(tls.server) as vendor:
        rules = Rules(private=True, context=tls.trusting)
        url = f"https://shop.example:{vendor.port}/push"
        (answer,) = sent(Request(url=url), rules=rules, resolve=knows("127.0.0.1"))
        assert answer.status == 200
        assert vendor.got[0].headers["host"] == f"shop.example:{vendor.port}"


def greet(listening: socket.socket) -> None:
    """Speak to one caller before it says anything, and no TLS."""
    connection, _ = listening.accept()
    with connection:
        connection.sendall(b"220 this is no web server\r\n")
        while connection.recv(4096):
            pass


def test_a_certificate_of_another_name_or_maker_and_no_tls_at_all_are_faults_of_tls(tmp_path: Path) -> None:
    tls = made(tmp_path, "shop.example")
    mistrusted = Answer(fault="tls", text="the host's certificate is not to be trusted")
    with recorder(tls.server) as vendor, socket.create_server(("127.0.0.1", 0)) as plain:
        trusting = Rules(private=True, context=tls.trusting)
        other = Request(url=f"https://other.example:{vendor.port}/")
        assert sent(other, rules=trusting, resolve=knows("127.0.0.1")) == [mistrusted]
        assert sent(Request(url=f"{vendor.url}/")) == [mistrusted]
        speaking = threading.Thread(target=greet, args=(plain,))
        speaking.start()
        (answer,) = sent(Request(url=f"https://127.0.0.1:{plain.getsockname()[1]}/"), rules=trusting)
        speaking.join(10)
        assert answer == Answer(fault="tls", text="no TLS connection could be made")
        assert vendor.got == []


HIDDEN_HOSTS = [
    "127.0.0.1",
    "127.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.0x",
    "１２７.0.0.1",
    "127。0。0。1",
    "0",
    "0.0.0.0",
    "10.0.0.1",
    "169.254.169.254",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[fe80::1%25lo]",
    "[fd00:ec2::254]",
]


@pytest.mark.parametrize("host", HIDDEN_HOSTS)
def test_no_way_of_writing_an_address_leads_inside(tmp_path: Path, host: str) -> None:
    tls = made(tmp_path)
    with recorder(tls.server) as vendor:
        rules = Rules(context=tls.trusting)
        (answer,) = sent(Request(url=f"https://{host}:{vendor.port}/"), rules=rules)
        assert (answer.fault, answer.sent, vendor.connections) == ("forbidden", False, 0)


@pytest.mark.parametrize(
    "url", ["http://shop.example/", "ftp://shop.example/", "https:///x", "shop.example", ""]
)
def test_only_https_addresses_are_asked(url: str) -> None:
    (answer,) = sent(Request(url=url), rules=Rules(), resolve=knows("93.184.215.14"))
    assert (answer.fault, answer.sent) == ("forbidden", False)


@pytest.mark.parametrize(
    "addresses", ["127.0.0.1", "93.184.215.14 10.0.0.1", "::ffff:192.168.0.1", "fe80::1%eth0"]
)
def test_a_name_with_an_address_inside_is_not_asked(addresses: str) -> None:
    (answer,) = sent(Request(url="https://shop.example/"), rules=Rules(), resolve=knows(addresses))
    assert answer == Answer(fault="forbidden", text="the host is not on the public internet")


def test_a_name_that_leads_elsewhere_the_second_time_is_asked_where_it_was_checked(vendor: Recorder) -> None:
    asked: list[str] = []
    changing = knows("127.0.0.1", "203.0.113.9")

    def resolve(host: str, port: int) -> Sequence[Any]:
        asked.append(host)
        return changing(host, port)

    url = f"http://shop.example:{vendor.port}/"
    answers = sent(Request(url=url), Request(url=url), resolve=resolve)
    assert [answer.status for answer in answers] == [200, 200]
    assert (asked, vendor.connections) == (["shop.example"], 1)


def test_every_look_up_of_a_name_is_checked_anew() -> None:
    """A name that was public when it was saved, or at the last connection, and leads inside now."""

    async def thrice() -> None:
        with ThreadPoolExecutor(1) as threads:
            resolver = Resolver(
                Rules(),
                knows("93.184.215.14 2606:2800:21f::1", "127.0.0.1", "93.184.215.14 10.0.0.1"),
                threads,
            )
            found = await resolver.resolve("shop.example", 443)
            assert [(one["host"], one["port"], one["family"]) for one in found] == [
                ("93.184.215.14", 443, socket.AF_INET),
                ("2606:2800:21f::1", 443, socket.AF_INET6),
            ]
            for _ in ("inside alone", "inside beside outside"):
                with pytest.raises(Forbidden, match="not on the public internet"):
                    await resolver.resolve("shop.example", 443)

    asyncio.run(thrice())


def test_no_socket_is_made_for_an_address_inside() -> None:
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    with pytest.raises(Barred):
        Gate(Rules())(entry)
    with Gate(PRIVATE)(entry) as made_for_it:
        assert made_for_it.family == socket.AF_INET
