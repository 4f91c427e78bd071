"""Adding a shop from a page: who may, what is made of what was typed, what is told when."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from collector.control import Control, sha256
from tests.dashboard.shop_world import Client, OneKey, app_over, empty_store, signed_in

TYPED = {
    "name": "Lamps & Co",
    "domain": "www.lamps.example",
    "currency": "usd",
    "timezone": "America/New_York",
}


@pytest.fixture
def control() -> OneKey:
    return OneKey(shops=())


@pytest.fixture
def client(control: OneKey) -> Client:
    return signed_in(app_over(empty_store(), control=control))


def test_where_there_is_no_shop_every_page_is_the_form_that_makes_one(client: Client) -> None:
    text = client.get("/overview").text
    assert 'action="/add"' in text
    for name in TYPED:
        assert f'name="{name}"' in text


def test_what_was_typed_becomes_a_shop_and_leads_to_its_first_event(client: Client, control: OneKey) -> None:
    answer = client.post("/add", TYPED)
    (shop,) = control.shops()
    assert re.fullmatch("[0-9a-f]{30}", shop.shop_id)
    assert (shop.name, shop.currency, shop.timezone) == ("Lamps & Co", "USD", "America/New_York")
    assert shop.origins == ("https://lamps.example", "https://www.lamps.example")
    assert shop.secret_sha256 == ""
    assert answer.status == 303
    assert answer.headers["location"] == f"/validator?shop={shop.shop_id}"
    assert client.get(answer.headers["location"]).status == 200


def test_a_secret_is_told_once_and_stored_as_a_hash(client: Client, control: OneKey) -> None:
    answer = client.post("/add", {**TYPED, "secret": "1"})
    (shop,) = control.shops()
    assert answer.status == 200
    told = re.findall(r"<code>([A-Za-z0-9_-]{32})</code>", answer.text)
    assert [sha256(secret) for secret in told] == [shop.secret_sha256]
    assert f"r46(&#39;init&#39;,&#34;{shop.shop_id}&#34;)" in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"currency": "euro"}, "is no currency"),
        ({"timezone": "Mars/Base"}, "is no time zone"),
        ({"domain": "not a domain"}, "is no domain"),
        ({"name": " "}, "name has 1 to 80"),
    ],
)
def test_what_cannot_be_is_said_beside_what_was_typed(
    client: Client, control: OneKey, wrong: dict[str, str], said: str
) -> None:
    answer = client.post("/add", {**TYPED, **wrong, "name": wrong.get("name", '"><b>x')})
    assert answer.status == 400
    assert said in answer.text
    assert "<b>x" not in answer.text
    assert control.shops() == ()


def test_a_page_of_another_site_adds_nothing(client: Client, control: OneKey) -> None:
    assert client.post("/add", TYPED, sec_fetch_site="cross-site").status == 403
    assert client.post("/add", TYPED, origin="https://evil.example").status == 403
    assert control.shops() == ()


def test_nobody_adds_a_shop_without_signing_in(control: OneKey) -> None:
    stranger = Client(app_over(empty_store(), control=control))
    assert stranger.get("/add").headers["location"] == "/signin?next=%2Fadd"
    assert stranger.post("/add", TYPED).status == 303
    assert control.shops() == ()


def test_a_shop_that_was_added_is_known_to_every_process(tmp_path: Path) -> None:
    control = Control(tmp_path / "control.sqlite")
    client = Client(app_over(empty_store(), control=control))  # type: ignore[arg-type]
    client.post("/signin", {"token": control.issue_link(1773829800.0)})
    client.post("/add", TYPED)
    other = Control(tmp_path / "control.sqlite")
    assert [shop.name for shop in other.shops()] == ["Lamps & Co"]
    control.close()
    other.close()
