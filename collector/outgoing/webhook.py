"""One signed JSON document to one address of the web.

Whoever gets it checks the signature: HMAC-SHA256, under the secret that was told once, of the header
`r46-timestamp`, a full stop and the body, in hex after `v1=` in the header `r46-signature`.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from collector.outgoing import Undelivered

SECONDS: Final = 10.0
LONGEST_SECONDS: Final = 30.0
"""How long one may take in all, however slowly it is answered. Only the head of the answer is read."""
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
Resolve = Callable[[str, int], Sequence[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator allows. `private`: addresses that are not public, and http without TLS."""

    private: bool = False
    context: ssl.SSLContext | None = None


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The value of `r46-signature`."""
    made = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={made.hexdigest()}"


def send(
    url: str,
    body: bytes,
    *,
    secret: str,
    name: str,
    now: datetime,
    rules: Rules,
    resolve: Resolve = lambda host, port: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM),
) -> None:
    """Post it; raises Undelivered for any answer but 2xx. `name` is the same in a repetition."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    if not secure and not rules.private:
        raise Undelivered("the webhook is not https")
    port = parts.port or (443 if secure else 80)
    address = checked_address(host, port, rules.private, resolve)
    context = (rules.context or ssl.create_default_context()) if secure else None
    connection = _Pinned(host, port, address, context)
    timestamp = int(now.timestamp())
    headers = {
        "content-type": "application/json",
        "user-agent": "r46-collector",
        "r46-delivery": name,
        "r46-timestamp": str(timestamp),
        "r46-signature": signature(secret, timestamp, body),
    }
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        _posted(connection, path, body, headers)
    finally:
        connection.close()


def checked_address(host: str, port: int, private: bool, resolve: Resolve) -> str:
    """The address to connect to; raises Undelivered where the host has none, or one that is not public."""
    try:
        found = list(dict.fromkeys(entry[4][0] for entry in resolve(host, port)))
    except (OSError, UnicodeError) as error:
        raise Undelivered("the webhook's host is not known") from error
    if not found:
        raise Undelivered("the webhook's host has no address")
    if not private and not all(map(is_public, found)):
        raise Undelivered("the webhook's host is not on the public internet")
    return str(found[0])


def is_public(address: str) -> bool:
    """Whether anybody on the internet could reach it, whatever form it is written in."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = _inside(found)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _inside(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address of version 4 that one of version 6 stands for."""
    if found.ipv4_mapped:
        return found.ipv4_mapped
    if found.sixtofour:
        return found.sixtofour
    if found.teredo:
        return found.teredo[1]
    return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in NAT64 else None


class _Pinned(http.client.HTTPConnection):
    """A connection to the very address that was checked, under the name that was asked for."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self.default_port = 443 if context else 80  # which port the Host header leaves out
        self._address = address
        self._context = context

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), SECONDS)
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


def _posted(connection: _Pinned, path: str, body: bytes, headers: dict[str, str]) -> None:
    try:
        connection.request("POST", path, body, headers)
    except (OSError, http.client.HTTPException) as error:
        raise Undelivered(f"the webhook cannot be reached: {_plain(error)}") from error
    cut = threading.Timer(LONGEST_SECONDS, _cut, [connection])
    cut.daemon = True
    cut.start()
    try:
        with connection.getresponse() as answer:
            status = answer.status
    except (OSError, http.client.HTTPException) as error:
        raise Undelivered(f"the webhook did not answer: {_plain(error)}", unclear=True) from error
    finally:
        cut.cancel()
    if 300 <= status < 400:
        raise Undelivered(f"the webhook answered {status}; a redirect is not followed")
    if not 200 <= status < 300:
        raise Undelivered(f"the webhook answered {status}")


def _cut(connection: _Pinned) -> None:
    with suppress(OSError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _plain(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not to be trusted"
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return "".join(sign if sign.isprintable() else " " for sign in told)[:160] or type(error).__name__
