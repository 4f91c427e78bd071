"""One mail to one recipient over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final, Literal

from collector.outgoing import Undelivered

Tls = Literal["starttls", "tls", "none"]
PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
SECONDS: Final = 20.0
LONGEST_REPLY: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An SMTP server and who writes. `port` 0 is the usual one of `tls`."""

    host: str
    sender: str
    port: int = 0
    tls: Tls = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a mail says, as text and as HTML. `name` tells it from every other: a repetition has the same."""

    subject: str
    text: str
    html: str
    name: str


def compose(server: Server, recipient: str, letter: Letter, now: datetime) -> bytes:
    """The mail as it is sent. Signs that no header can hold are left out of the subject."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = server.sender
    message["To"] = recipient
    message["Subject"] = "".join(sign for sign in letter.subject if sign.isprintable())[:200]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.name}@{_domain(server)}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message.as_bytes()


def send(server: Server, recipient: str, letter: Letter, now: datetime) -> None:
    """Hand it to the server; raises Undelivered."""
    message = compose(server, recipient, letter, now)
    try:
        with _connected(server) as connection:
            _handed(connection, server.sender, recipient, message)
    except ssl.SSLError as error:
        raise Undelivered(f"the mail server's TLS is not to be trusted: {error.reason}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Undelivered(f"the mail server does not take it: {_plain(error)}") from error


def _connected(server: Server) -> smtplib.SMTP:
    port = server.port or PORTS[server.tls]
    context = ssl.create_default_context()
    if server.tls == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, port, _domain(server), timeout=SECONDS, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, port, _domain(server), timeout=SECONDS)
    try:
        if server.tls == "starttls":
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _handed(connection: smtplib.SMTP, sender: str, recipient: str, message: bytes) -> None:
    connection.ehlo_or_helo_if_needed()
    for step, answer in (("sender", connection.mail(sender)), ("recipient", connection.rcpt(recipient))):
        if answer[0] not in (250, 251):
            raise Undelivered(f"the mail server refuses the {step}: {_reply(answer)}")
    try:
        answer = connection.data(message)
    except smtplib.SMTPDataError as error:
        raise Undelivered(f"the mail server refuses it: {_plain(error)}") from error
    except (OSError, smtplib.SMTPException) as error:
        told = f"the mail server broke off after it was sent: {_plain(error)}"
        raise Undelivered(told, unclear=True) from error
    if answer[0] != 250:
        raise Undelivered(f"the mail server refuses it: {_reply(answer)}")


def _reply(answer: tuple[int, bytes]) -> str:
    text = answer[1].decode("utf-8", "replace")
    return f"{answer[0]} {_one_line(text)}"


def _plain(error: Exception) -> str:
    """What went wrong, without what was sent: a server may repeat a password in its answer to it."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"{error.smtp_code}: user or password is wrong"
    if isinstance(error, smtplib.SMTPResponseException):
        told = error.smtp_error
        text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        return f"{error.smtp_code} {_one_line(text)}"
    return _one_line(str(error)) or type(error).__name__


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)[:LONGEST_REPLY]


def _domain(server: Server) -> str:
    return server.sender.rpartition("@")[2].rstrip(">") or "localhost"
