"""`r46 user` and `r46 share`, typed as an operator types them."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector import settings
from collector.cli import r46
from collector.control import Control
from collector.control.users import EVERYWHERE
from collector.errors import OperatorError
from collector.wire import Shop

WORDS = "four quiet words here"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    control = Control(settings.load(data=tmp_path).control_file)
    control.add(Shop(shop_id="s1", name="One"))
    control.close()
    return tmp_path


def typed(data: Path, *words: str, asked: str = "") -> str:
    """What the command prints; its own errors are raised."""
    command = [*words, "--data", str(data)]
    result = CliRunner().invoke(r46, command, obj={}, catch_exceptions=False, input=asked)
    assert result.exit_code == 0, result.output
    return result.output


def control(data: Path) -> Control:
    return Control(settings.load(data=data).control_file)


def test_somebody_is_added_with_a_password_that_is_asked_for_and_not_shown(data: Path) -> None:
    said = typed(data, "user", "add", "Ann@Shop.example", "--shop", "s1", asked=f"{WORDS}\n{WORDS}\n")
    assert said.splitlines()[-1] == "ann@shop.example\t-\tsigns in\ts1: viewer"
    assert WORDS not in said
    opened = control(data)
    assert opened.users.sign_in("ann@shop.example", WORDS, "", 0.0) is not None
    assert [(one.shop_id, one.what) for one in opened.audit.of("s1", installation=True)] == [
        ("", "password_set"),
        ("s1", "user_granted"),
    ]
    opened.close()


def test_a_weak_password_adds_nobody(data: Path) -> None:
    with pytest.raises(OperatorError, match="at least 10 characters"):
        typed(data, "user", "add", "a@b.example", "--shop", "s1", asked="short\nshort\n")
    assert typed(data, "user", "list") == ""


def test_a_link_chooses_the_password_of_its_person_once(data: Path) -> None:
    said = typed(data, "user", "add", "a@b.example", "--everywhere", "--role", "owner", "--link").strip()
    token = re.fullmatch(r"http://127\.0\.0\.1:4646/invite\?token=([\w-]{32})", said)
    assert token is not None
    opened, now = control(data), time.time()
    user = opened.users.of_email("a@b.example")
    assert user is not None
    assert user.roles == {EVERYWHERE: "owner"}
    assert opened.users.invitations.whose(token[1], now) == user.user_id
    assert opened.users.invitations.redeem(token[1], now)
    assert opened.users.invitations.whose(token[1], now) == ""
    opened.close()


def test_roles_are_given_changed_and_taken_away(data: Path) -> None:
    typed(data, "user", "add", "a@b.example", "--shop", "s1", "--name", "Ann", "--link")
    told = typed(data, "user", "grant", "A@b.example", "--shop", "s1", "--role", "analyst")
    assert told == "a@b.example\tAnn\tno password yet\ts1: analyst\n"
    told = typed(data, "user", "grant", "a@b.example", "--everywhere", "--role", "viewer")
    assert told == "a@b.example\tAnn\tno password yet\tall shops: viewer, s1: analyst\n"
    typed(data, "user", "revoke", "a@b.example", "--shop", "s1")
    told = typed(data, "user", "revoke", "a@b.example", "--everywhere")
    assert told == "a@b.example\tAnn\tno password yet\tno role\n"


def test_disabling_ends_every_session_and_a_new_password_does_too(data: Path) -> None:
    typed(data, "user", "add", "a@b.example", "--shop", "s1", "--link")
    opened, now = control(data), time.time()
    user = opened.users.of_email("a@b.example")
    assert user is not None
    first = opened.sessions.open(now, user_id=user.user_id)
    typed(data, "user", "password", "a@b.example", asked=f"{WORDS}\n{WORDS}\n")
    assert opened.sessions.find(first, now) is None
    second = opened.sessions.open(now, user_id=user.user_id)
    assert typed(data, "user", "disable", "a@b.example") == "a@b.example\t-\tdisabled\ts1: viewer\n"
    assert opened.sessions.find(second, now) is None
    assert typed(data, "user", "enable", "a@b.example") == "a@b.example\t-\tsigns in\ts1: viewer\n"
    opened.close()


def test_the_operator_s_sessions_can_be_ended_too(data: Path) -> None:
    opened, now = control(data), time.time()
    token = opened.sessions.open(now)
    assert typed(data, "user", "signout", "--operator") == "1 sessions ended\n"
    assert opened.sessions.find(token, now) is None
    opened.close()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("user", "grant", "a@b.example", "--shop", "s1"), "no user 'a@b.example'"),
        (("user", "add", "a@b.example", "--shop", "s2", "--link"), "no shop with the id 's2'"),
        (("user", "add", "a@b.example", "--link"), "name a shop with --shop"),
        (("user", "add", "a@b.example", "--shop", "s1", "--everywhere", "--link"), "name a shop with --shop"),
        (("user", "add", "nobody", "--shop", "s1", "--link"), "no e-mail address"),
        (("user", "signout"), "name an e-mail address"),
        (("share", "add", "x", "--shop", "s1", "--page", "quality"), "not to be shared: quality"),
        (("share", "add", "x", "--shop", "s1", "--segment", "abc"), "no segment with the id 'abc'"),
        (("share", "add", "x", "--shop", "s1", "--days", "400"), "1 to 366 days"),
        (("share", "revoke", "abc", "--shop", "s1"), "no link 'abc' in force"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    data: Path, words: tuple[str, ...], why: str
) -> None:
    with pytest.raises(OperatorError, match=why):
        typed(data, *words)
    assert typed(data, "user", "list") == ""
    assert typed(data, "share", "list", "--shop", "s1") == ""


def test_a_shared_link_is_printed_once_listed_without_its_secret_and_revoked(data: Path) -> None:
    said = typed(
        data,
        "share",
        "add",
        "Board",
        "--shop",
        "s1",
        "--page",
        "overview",
        "--public-url",
        "https://r.example",
    )
    token = said.strip().removeprefix("https://r.example/share/")
    opened, now = control(data), time.time()
    share = opened.shares.opened(token, now)
    assert share is not None
    assert (share.pages, share.label, share.segment_id) == (("overview",), "Board", "")
    listed = typed(data, "share", "list", "--shop", "s1").split("\t")
    assert [*listed[:4], listed[5]] == [share.share_id, "Board", "overview", "all visitors", "in force\n"]
    session = opened.sessions.open(now, share_id=share.share_id)
    assert typed(data, "share", "revoke", share.share_id, "--shop", "s1") == "revoked Board\n"
    assert opened.sessions.find(session, now) is None
    assert opened.shares.opened(token, now) is None
    opened.close()
