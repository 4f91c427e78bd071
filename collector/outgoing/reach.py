"""Which addresses of the web may be asked: where a URL leads, and that a connection goes there and nowhere else.

A host is looked up once a connection. Every address it has must be public, unless the operator allows
others, and the connection goes to one of the very addresses that were looked at.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from collector.errors import CollectorError
from collector.outgoing.webhook import Resolve, Rules, is_public

LONGEST_URL: Final = 8_000
PLAIN_URL: Final = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(?:[/?][!-~]*)?")
NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


class Forbidden(CollectorError):
    """It may not be reached from here, in words for whoever set it up; nothing was sent."""


class Barred(OSError):
    """A connection that would have gone to an address that may not be reached."""


def system_addresses(host: str, port: int) -> Any:
    """What the machine's own resolver knows of a host."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def target(url: str, query: Mapping[str, str], rules: Rules) -> URL:
    """The address with `query` added to its own, otherwise sign for sign as it was given; raises Forbidden.

    Refused are other schemes, users in the address, and hosts that are numbers: of those only the usual form
    of an address is known, whatever else a resolver would make of 127.1 or 0x7f000001.
    """
    found = _parsed(url, query)
    if found.scheme not in ("https", "http") or not found.raw_host:
        raise Forbidden("the address is none of the web")
    if found.scheme == "http" and not rules.private:
        raise Forbidden("the address is not https")
    if found.raw_user is not None or found.raw_password is not None:
        raise Forbidden("there is a user in the address")
    _checked_host(found.raw_host, rules)
    return found


def _parsed(url: str, query: Mapping[str, str]) -> URL:
    if "#" in url or len(url) > LONGEST_URL:
        raise Forbidden("the address is too long, or has a part after a #")
    if query:
        url += ("&" if "?" in url else "?") + urlencode(query)
    try:
        return URL(url, encoded=PLAIN_URL.fullmatch(url) is not None)
    except ValueError as error:
        raise Forbidden("the address cannot be read") from error


def _checked_host(host: str, rules: Rules) -> None:
    """Raise Forbidden for what is, or would be taken for, an address that may not be reached."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        if ":" in host or NUMBER.fullmatch(last):
            raise Forbidden("the host is a number, but not an address as it is usually written") from None
        return
    if not rules.private and not is_public(host):
        raise Forbidden("the host is not on the public internet")


class Resolver(AbstractResolver):
    """Looks hosts up in threads of its own, which a slow name server may fill, and checks what it is told."""

    def __init__(self, rules: Rules, resolve: Resolve, threads: Executor) -> None:
        self._rules = rules
        self._resolve = resolve
        self._threads = threads

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of the host; raises OSError where it has none, Forbidden where one is not public."""
        loop = asyncio.get_running_loop()
        try:
            entries = await loop.run_in_executor(self._threads, self._resolve, host, port)
        except UnicodeError as error:
            raise OSError("the host is not known") from error
        found = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
        if not found:
            raise OSError("the host has no address")
        if not self._rules.private and not all(map(is_public, found)):
            raise Forbidden("the host is not on the public internet")
        return [_entry(host, address, port) for address in found]

    async def close(self) -> None:
        """The threads are their owner's to end."""


def _entry(host: str, address: str, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )


class Gate:
    """Makes the sockets: the last look at where a connection goes, however it came about."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def __call__(self, entry: Any) -> socket.socket:
        """A socket for an entry of a resolver; raises Barred."""
        family, kind, proto, _, address = entry
        if not self._rules.private and not is_public(str(address[0])):
            raise Barred("the host is not on the public internet")
        return socket.socket(family, kind, proto)
