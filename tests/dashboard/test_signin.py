"""One link or one password, one session: and nothing without one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.requests import Request

from collector import record
from collector.control.users import TRIES, Role, User
from collector.log.memory import MemoryLog
from collector.store.reader import CursorPool, DuckReader
from dashboard.app import dashboard
from dashboard.auth import address_of, agent_of, own_path
from tests.dashboard.shop_world import NOW, Client, OneKey, app_over, busy_log, empty_store, tail_of, view

WORDS = "four quiet words here"


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
    name, _, rest = client.post("/signin", {"token": "good-link"}).headers["set-cookie"].partition("=")
    assert name == "__Host-r46_session"
    assert [part.strip() for part in rest.split(";")][1:] == [
        "HttpOnly",
        "Max-Age=2592000",
        "Path=/",
        "SameSite=lax",
        "Secure",
    ]
    assert client.get("/overview").status == 200
    client.scheme = "http"
    assert client.get("/overview").status == 303


def test_behind_a_proxy_that_ends_tls_the_cookie_is_secret_too() -> None:
    control = OneKey()
    client = Client(dashboard_at(control, lambda: NOW, address="https://dash.example"))
    cookie = client.post("/signin", {"token": "good-link"}).headers["set-cookie"]
    assert cookie.startswith("__Host-r46_session=")
    assert cookie.endswith("; Secure")
    assert client.get("/overview").status == 200


@pytest.mark.parametrize("cookie", ["", "1", "1.x.y", "1.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb", "é"])
def test_a_made_up_cookie_opens_nothing(client: Client, cookie: str) -> None:
    client.cookies["r46_session"] = cookie
    assert client.get("/overview").status == 303


def dashboard_at(control: OneKey, clock: Callable[[], datetime], address: str = "") -> Any:
    """A dashboard without events whose time is told."""
    return app_over(empty_store(), MemoryLog(), control, clock=clock, address=address)


def test_a_session_ends_thirty_days_after_its_last_use_and_its_cookie_with_it() -> None:
    moment = [NOW]
    client = Client(dashboard_at(OneKey(), lambda: moment[0]))
    client.post("/signin", {"token": "good-link"})
    assert "set-cookie" not in client.get("/overview").headers
    moment[0] = NOW + timedelta(days=30)
    assert "Max-Age=2592000" in client.get("/overview").headers["set-cookie"]
    moment[0] = NOW + timedelta(days=60)
    assert client.get("/overview").status == 200
    moment[0] = NOW + timedelta(days=90, seconds=1)
    assert client.get("/overview").status == 303


def test_signing_out_ends_the_session_and_not_just_its_cookie(client: Client) -> None:
    client.post("/signin", {"token": "good-link"})
    stolen = Client(client.app, dict(client.cookies))
    assert stolen.get("/overview").status == 200
    answer = client.post("/signout", {})
    assert (answer.status, answer.headers["location"]) == (303, "/signin")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert stolen.get("/overview").status == 303


def person(
    control: OneKey, email: str = "ann@shop.example", shop: str = "kettles", role: Role = "viewer"
) -> User:
    """Somebody with a password and a role in one shop."""
    user = control.users.add(email, "", NOW.timestamp())
    control.users.set_password(user.user_id, WORDS)
    control.users.grant(user.user_id, shop, role)
    return user


def entered(app: Any, email: str = "ann@shop.example", password: str = WORDS) -> Client:
    client = Client(app)
    assert client.post("/signin", {"email": email, "password": password}).status == 303
    return client


@pytest.fixture
def control() -> OneKey:
    return OneKey()


@pytest.fixture
def app(control: OneKey) -> Any:
    person(control)
    return app_over(empty_store(), control=control)


def test_a_password_opens_the_shops_of_its_person_and_leads_where_they_wanted(app: Any) -> None:
    client = Client(app)
    form = {"email": "Ann@Shop.example", "password": WORDS, "next": "/orders?period=7d"}
    answer = client.post("/signin", form)
    assert (answer.status, answer.headers["location"]) == (303, "/orders?period=7d")
    assert client.get("/overview").status == 200
    assert 'value="lamps"' not in client.get("/settings").text


@pytest.mark.parametrize(
    ("email", "password"),
    [("ann@shop.example", "another password"), ("nobody@shop.example", WORDS), ("", ""), ("ann", WORDS)],
)
def test_what_of_the_two_was_wrong_is_not_said(app: Any, email: str, password: str) -> None:
    client = Client(app)
    answer = client.post("/signin", {"email": email, "password": password})
    assert answer.status == 400
    assert "do not belong together" in answer.text
    assert "set-cookie" not in answer.headers
    neutral = Client(app).post("/signin", {"email": "x@y.example", "password": "z"}).text
    assert answer.text.replace(email, "x@y.example") == neutral or not email
    assert password not in answer.text or not password


def test_too_many_wrong_passwords_close_the_door_for_that_address_alone(app: Any, control: OneKey) -> None:
    client = Client(app)
    for _ in range(TRIES):
        assert client.post("/signin", {"email": "ann@shop.example", "password": "wrong words"}).status == 400
    answer = client.post("/signin", {"email": "ann@shop.example", "password": WORDS})
    assert (answer.status, answer.headers["retry-after"]) == (429, "900")
    assert "Wait 15 minutes" in answer.text
    person(control, "bob@shop.example")
    assert entered(app, "bob@shop.example").get("/overview").status == 200
    assert client.post("/signin", {"token": "good-link"}).headers["location"] == "/"


def test_signing_in_gives_a_new_session_and_ends_the_one_before(app: Any, control: OneKey) -> None:
    client = entered(app)
    before = dict(client.cookies)
    client.post("/signin", {"email": "ann@shop.example", "password": WORDS})
    assert client.cookies != before
    assert Client(app, before).get("/overview").status == 303
    assert client.get("/overview").status == 200


def test_disabling_somebody_ends_what_they_see_at_once_and_their_stream_too(
    app: Any, control: OneKey
) -> None:
    client = entered(app)
    assert client.get("/overview").status == 200
    user = control.users.of_email("ann@shop.example")
    assert user is not None
    control.users.disable(user.user_id, NOW.timestamp())
    assert client.get("/overview").status == 303
    assert client.get("/overview.json").status == 401
    assert client.get("/live/stream").status == 401
    assert client.post("/signin", {"email": "ann@shop.example", "password": WORDS}).status == 400


def test_a_stream_that_runs_ends_with_the_session_behind_it(control: OneKey) -> None:
    log, db = busy_log(), empty_store()
    tail = tail_of(log)
    reader = DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))
    user = person(control)
    client = entered(dashboard(reader, control, tail, clock=lambda: NOW))
    got: list[bytes] = []

    async def listen() -> None:
        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            got.append(message.get("body", b""))
            if b"event: now" in got[-1]:
                control.sessions.end_all(user.user_id)
                await log.append(record.encode(view(90, 0)))
                tail.poll()

        connection = client.connection("GET", "/live/stream", {})
        await asyncio.wait_for(client.app(connection, receive, send), 60)

    asyncio.run(listen())
    assert sum(b"event: now" in part for part in got) == 1


def test_a_role_that_is_taken_away_closes_the_shop_with_the_next_request(app: Any, control: OneKey) -> None:
    client = entered(app)
    user = control.users.of_email("ann@shop.example")
    assert user is not None
    control.users.revoke(user.user_id, "kettles")
    refused = client.get("/overview")
    assert refused.status == 403
    assert "no shop has been opened to you" in refused.text


def test_an_invitation_is_read_any_number_of_times_and_chooses_a_password_once(
    app: Any, control: OneKey
) -> None:
    user = control.users.add("new@shop.example", "", NOW.timestamp())
    control.users.grant(user.user_id, "kettles", "viewer")
    token = control.users.invitations.issue(user.user_id, NOW.timestamp())
    client = Client(app)
    for _ in range(2):
        page = client.get(f"/invite?token={token}")
        assert (page.status, f'name="token" value="{token}"' in page.text) == (200, True)
        assert "new@shop.example" in page.text
    for form, why in (
        ({"password": "short", "again": "short"}, "at least 10 characters"),
        ({"password": WORDS, "again": WORDS + "!"}, "not the same"),
        ({"password": "new@shop.example", "again": "new@shop.example"}, "is no password"),
    ):
        answer = client.post("/invite", {"token": token, **form})
        assert (answer.status, why in answer.text) == (400, True)
    chosen = client.post("/invite", {"token": token, "password": WORDS, "again": WORDS})
    assert (chosen.status, chosen.headers["location"]) == (303, "/")
    assert client.get("/overview").status == 200
    assert Client(app).get(f"/invite?token={token}").status == 404
    late = Client(app).post("/invite", {"token": token, "password": WORDS + "!", "again": WORDS + "!"})
    assert late.status == 404
    assert entered(app, "new@shop.example").get("/overview").status == 200


def test_a_new_password_by_a_link_ends_every_other_session(app: Any, control: OneKey) -> None:
    client = entered(app)
    user = control.users.of_email("ann@shop.example")
    assert user is not None
    token = control.users.invitations.issue(user.user_id, NOW.timestamp())
    other = Client(app)
    other.post("/invite", {"token": token, "password": "other words for it", "again": "other words for it"})
    assert client.get("/overview").status == 303
    assert other.get("/overview").status == 200


def test_a_link_for_somebody_disabled_opens_nothing(app: Any, control: OneKey) -> None:
    user = control.users.of_email("ann@shop.example")
    assert user is not None
    control.users.disable(user.user_id, NOW.timestamp())
    token = control.users.invitations.issue(user.user_id, NOW.timestamp())
    assert Client(app).get(f"/invite?token={token}").status == 404
    form = {"token": token, "password": WORDS, "again": WORDS}
    assert Client(app).post("/invite", form).status == 404


def shared_link(control: OneKey, pages: tuple[str, ...] = ("search", "orders"), shop: str = "kettles") -> str:
    _, token = control.shares.add(shop, label="Board", days=7, by="", now=NOW.timestamp(), pages=pages)
    return token


def test_a_shared_link_leads_to_its_first_page_and_out_of_the_address_bar(app: Any, control: OneKey) -> None:
    token = shared_link(control)
    client = Client(app)
    for _ in range(2):
        opened = client.get(f"/share/{token}")
        assert (opened.status, opened.headers["location"]) == (303, "/")
    assert client.get("/").headers["location"] == "/orders"
    assert [client.get(f"/{page}").status for page in ("orders", "search", "overview", "settings")] == [
        200,
        200,
        403,
        403,
    ]
    assert token not in client.get("/orders").text
    refused = Client(app).get("/share/another")
    assert (refused.status, "set-cookie" in refused.headers) == (404, False)


def test_a_shared_link_ends_when_it_is_revoked(app: Any, control: OneKey) -> None:
    token = shared_link(control)
    client = Client(app)
    client.get(f"/share/{token}")
    assert client.get("/orders").status == 200
    control.shares.revoke("kettles", control.shares.of("kettles")[0].share_id, NOW.timestamp())
    assert client.get("/orders").status == 303
    assert client.get(f"/share/{token}").status == 404


def test_who_signed_in_keeps_their_own_session_when_they_open_a_shared_link(
    app: Any, control: OneKey
) -> None:
    client = entered(app)
    before = dict(client.cookies)
    own = client.get(f"/share/{shared_link(control)}")
    assert (own.status, own.headers["location"]) == (303, "/orders?shop=kettles")
    other = client.get(f"/share/{shared_link(control, shop='lamps')}")
    assert other.status == 403
    assert "private window" in other.text
    assert client.cookies == before
    assert client.get("/overview").status == 200


def test_signing_in_takes_the_place_of_a_shared_link(app: Any, control: OneKey) -> None:
    client = Client(app)
    client.get(f"/share/{shared_link(control)}")
    before = dict(client.cookies)
    client.post("/signin", {"email": "ann@shop.example", "password": WORDS})
    assert client.get("/overview").status == 200
    assert Client(app, before).get("/orders").status == 303


def test_a_person_s_own_language_holds_where_the_browser_s_was_not_chosen(app: Any, control: OneKey) -> None:
    client = entered(app)
    assert 'lang="en"' in client.get("/overview").text
    user = control.users.of_email("ann@shop.example")
    assert user is not None
    control.users.describe(user.user_id, name="", language="ru")
    assert '<html lang="ru">' in client.get("/overview").text
    client.cookies["r46_language"] = "en"
    assert '<html lang="en">' in client.get("/overview").text


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", ""),
    ],
)
def test_tries_are_counted_by_household_and_never_by_a_proxy_on_this_machine(host: str, counted: str) -> None:
    assert address_of(Request({"type": "http", "client": (host, 1), "headers": []})) == counted


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0",
            "Edge 141, Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/18.1 Safari/605.1",
            "Safari 18, macOS",
        ),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_browser_is_called_as_people_call_it(agent: str, told: str) -> None:
    assert agent_of(agent) == told


@pytest.mark.parametrize("path", ["/signin", "/signout", "/invite"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_form_of_another_site_is_refused_and_burns_no_link(
    client: Client, path: str, headers: dict[str, str]
) -> None:
    assert client.post(path, {"token": "good-link"}, **headers).status == 403
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
