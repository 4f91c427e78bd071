"""One link, one session: and nothing without one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from collector.log.memory import MemoryLog
from collector.store.reader import CursorPool, DuckReader
from dashboard.app import dashboard
from dashboard.auth import own_path
from tests.dashboard.shop_world import NOW, Client, OneKey, app_over, empty_store, tail_of


@pytest.fixture
def client() -> Client:
    return Client(app_over(empty_store()))


def test_showing_the_link_does_not_use_it_up_and_pressing_the_button_does(client: Client) -> None:
    for _ in range(3):
        page = client.get("/signin?token=good-link").text
        assert 'name="token" value="good-link"' in page
    assert client.post("/signin", {"token": "good-link", "next": "/live?period=7d"}).headers["location"] == (
        "/live?period=7d"
    )
    assert client.get("/overview").status == 200
    again = Client(client.app).post("/signin", {"token": "good-link"})
    assert (again.status, again.headers["location"]) == (303, "/signin?used=1")
    assert "set-cookie" not in again.headers


def test_a_wrong_link_opens_nothing(client: Client) -> None:
    client.post("/signin", {"token": "bad-link"})
    assert client.get("/overview").status == 303


def test_the_cookie_is_for_this_server_alone_and_secret_over_https(client: Client) -> None:
    client.scheme = "https"
    cookie = client.post("/signin", {"token": "good-link"}).headers["set-cookie"]
    assert [part.strip() for part in cookie.split(";")][1:] == [
        "HttpOnly",
        "Max-Age=2592000",
        "Path=/",
        "SameSite=lax",
        "Secure",
    ]


@pytest.mark.parametrize("cookie", ["", "1", "1.x.y", "1.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb", "é"])
def test_a_made_up_cookie_opens_nothing(client: Client, cookie: str) -> None:
    client.cookies["r46_session"] = cookie
    assert client.get("/overview").status == 303


def test_a_session_ends_after_thirty_days() -> None:
    moment = [NOW]

    def clock() -> datetime:
        return moment[0]

    db = empty_store()
    reader = DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))
    client = Client(dashboard(reader, OneKey(), tail_of(MemoryLog()), clock=clock))
    client.post("/signin", {"token": "good-link"})
    moment[0] = NOW + timedelta(days=30)
    assert client.get("/overview").status == 200
    moment[0] = NOW + timedelta(days=30, seconds=1)
    assert client.get("/overview").status == 303


def test_signing_out_forgets_the_session(client: Client) -> None:
    client.post("/signin", {"token": "good-link"})
    answer = client.post("/signout", {})
    assert (answer.status, answer.headers["location"]) == (303, "/signin")
    assert "Max-Age=0" in answer.headers["set-cookie"]


@pytest.mark.parametrize("path", ["/signin", "/signout"])
def test_a_form_of_another_site_is_refused_and_burns_no_link(client: Client, path: str) -> None:
    assert client.post(path, {"token": "good-link"}, sec_fetch_site="cross-site").status == 403
    assert client.post("/signin", {"token": "good-link"}).headers["location"] == "/"


def test_a_huge_form_is_refused(client: Client) -> None:
    assert client.post("/signin", {"token": "x" * 5000}).status == 403


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/live?period=7d", "/live?period=7d"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_to_this_site_alone(path: str, own: str) -> None:
    assert own_path(path) == own


def test_every_answer_carries_the_security_headers(client: Client) -> None:
    for path in (
        "/",
        "/signin",
        "/overview",
        "/overview.json",
        "/nothing",
        "/assets/none.js",
        "/live/stream",
    ):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self' 'sha256-")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "private, no-store"
        assert "access-control-allow-origin" not in headers
