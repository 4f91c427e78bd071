"""Mail over SMTP, spoken to a real server of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from collector.outgoing import Undelivered
from collector.outgoing.mail import Letter, Server, send
from tests.outgoing.recorders import Fault, MailServer, mail_server

NOW = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)
LETTER = Letter(
    subject="Käse & Co: 1 – 7 Mar", text="Umsatz: 5 €\n.\nEnde", html="<p>5 €</p>", name="r46.x.1"
)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def settings(server: MailServer, user: str = "", password: str = "") -> Server:
    return Server(
        host="127.0.0.1",
        port=server.port,
        tls="none",
        sender="r46@shop.example",
        user=user,
        password=password,
    )


def test_a_mail_arrives_with_both_forms_and_a_name_that_a_repetition_shares(server: MailServer) -> None:
    send(settings(server), "ann@shop.example", LETTER, NOW)
    send(settings(server), "ann@shop.example", LETTER, NOW)
    first, second = server.letters()
    assert first["subject"] == LETTER.subject
    assert (first["from"], first["to"]) == ("r46@shop.example", "ann@shop.example")
    assert first["message-id"] == second["message-id"] == "<r46.x.1@shop.example>"
    assert first["auto-submitted"] == "auto-generated"
    text, html = first.get_body(("plain",)), first.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Umsatz: 5 €", ".", "Ende"]
    assert html.get_content().strip() == "<p>5 €</p>"


def test_a_subject_cannot_add_a_header(server: MailServer) -> None:
    letter = Letter(subject="Shop\r\nBcc: eve@evil.example", text="x", html="x", name="n")
    send(settings(server), "ann@shop.example", letter, NOW)
    (found,) = server.letters()
    assert found["bcc"] is None
    assert found["subject"] == "ShopBcc: eve@evil.example"


@pytest.mark.parametrize(
    ("fault", "said", "unclear"),
    [
        ("recipient", "refuses the recipient: 550 nobody of that name", False),
        ("data", "refuses it: 554 not wanted", False),
        ("break", "broke off after it was sent", True),
    ],
)
def test_what_the_server_refuses_is_told_and_what_is_unclear_is_called_so(
    server: MailServer, fault: Fault, said: str, unclear: bool
) -> None:
    server.fault = fault
    with pytest.raises(Undelivered, match=said) as told:
        send(settings(server), "ann@shop.example", LETTER, NOW)
    assert told.value.unclear == unclear


def test_a_wrong_password_is_never_repeated_in_what_is_told(server: MailServer) -> None:
    server.fault = "login"
    with pytest.raises(Undelivered) as told:
        send(settings(server, user="ann", password="hush-hush"), "ann@shop.example", LETTER, NOW)
    assert str(told.value) == "the mail server does not take it: 535: user or password is wrong"


def test_a_server_that_is_not_there_is_told(server: MailServer) -> None:
    gone = Server(host="127.0.0.1", port=1, tls="none", sender="r46@shop.example")
    with pytest.raises(Undelivered, match="does not take it") as told:
        send(gone, "ann@shop.example", LETTER, NOW)
    assert not told.value.unclear


def test_a_server_without_tls_gets_no_password_where_tls_is_asked_for(server: MailServer) -> None:
    asked = Server(host="127.0.0.1", port=server.port, sender="r46@shop.example", user="ann", password="hush")
    with pytest.raises(Undelivered, match="STARTTLS"):
        send(asked, "ann@shop.example", LETTER, NOW)
    assert server.accepted == []
