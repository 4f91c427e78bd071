"""Presets that a shop saves itself: the form, and every place where one can be chosen."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from collector.control.presets import Preset, preset_of
from collector.serving.collect import DASHBOARD_POSTS
from dashboard import filters
from dashboard.filters import Note
from dashboard.page import load_pages
from tests.dashboard.attribution_site import data, html
from tests.dashboard.attribution_world import Line, Order, Touch, World, connect, fill
from tests.dashboard.shop_world import HOSTILE, OTHER, SHOP, Client, OneKey, app_over, signed_in, week

FORM = {
    "act": "save",
    "name": "Our rule",
    "unit": "line",
    "kinds": "click",
    "window": "7d",
    "winner": "first",
    "match": "item",
    "value": "booked",
    "reset": "none",
}
OURS = preset_of(FORM)


def preset(**changes: str) -> Preset:
    return preset_of({**FORM, **changes})


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


@pytest.fixture
def control() -> OneKey:
    return OneKey()


@pytest.fixture
def client(control: OneKey) -> Client:
    return signed_in(app_over(week(), control=control))


def test_the_form_saves_a_rule_and_leads_back_to_the_page(client: Client, control: OneKey) -> None:
    answer = client.post("/claims?period=7d", FORM)
    assert (answer.status, answer.headers["location"]) == (303, "/claims?period=7d")
    assert control.presets.of(SHOP.shop_id) == [OURS]
    text = client.get("/claims?period=7d").text
    assert (
        '<a href="/recommendations?period=7d&amp;preset=own%3AOur+rule&amp;model=first">Our rule</a>' in text
    )


def test_the_form_saves_for_the_shop_of_the_page_alone(client: Client, control: OneKey) -> None:
    client.post(f"/claims?shop={OTHER.shop_id}", FORM)
    assert control.presets.of(SHOP.shop_id) == []
    assert control.presets.of(OTHER.shop_id) == [OURS]
    assert "Our rule" not in client.get("/claims").text


def test_the_form_removes_a_rule(client: Client, control: OneKey) -> None:
    client.post("/claims", FORM)
    answer = client.post("/claims", {"act": "remove", "name": "Our rule"})
    assert (answer.status, control.presets.of(SHOP.shop_id)) == (303, [])
    again = client.post("/claims", {"act": "remove", "name": "Our rule"})
    assert (again.status, again.headers["content-type"]) == (400, "text/html; charset=utf-8")


@pytest.mark.parametrize("wrong", [{"window": "99y"}, {"winner": "x"}, {"name": ""}, {"value": "all"}])
def test_a_rule_that_means_nothing_is_not_saved_and_the_reason_is_told(
    client: Client, control: OneKey, wrong: dict[str, str]
) -> None:
    answer = client.post("/claims", {**FORM, **wrong})
    assert (answer.status, control.presets.of(SHOP.shop_id)) == (400, [])
    assert "Nothing was changed: " in answer.text


def test_only_who_signed_in_saves_a_rule_and_only_from_a_page_of_ours(control: OneKey) -> None:
    app = app_over(week(), control=control)
    stranger = Client(app).post("/claims", FORM)
    assert (stranger.status, stranger.headers["location"]) == (303, "/signin?next=%2Fclaims")
    elsewhere = signed_in(app).post("/claims", FORM, sec_fetch_site="cross-site")
    assert elsewhere.status == 403
    assert control.presets.of(SHOP.shop_id) == []


@pytest.mark.parametrize(
    "name", [HOSTILE[:40], '"><script>alert(1)', "'; drop table orders --", "{{ 7 * 7 }}"]
)
def test_a_hostile_name_is_text_everywhere(client: Client, name: str) -> None:
    assert client.post("/claims", {**FORM, "name": name}).status == 303
    for page in ("claims", "recommendations", "overview", "orders/o1"):
        answer = client.get(f"/{page}?period=7d&preset=own:{name}".replace(" ", "%20").replace("#", "%23"))
        assert answer.status == 200
        assert 'class="missing"' not in answer.text
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text


def test_forms_of_pages_are_let_through_where_collector_and_dashboard_share_a_port() -> None:
    acting = {f"/{page.slug}" for page in load_pages() if page.acts}
    assert "/claims" in acting
    assert {"/signin", "/signout"} | acting <= DASHBOARD_POSTS


WORLD = World(
    touches=(
        Touch(id="early", at=-3 * 24 * 60, session="s0", by="listing"),
        Touch(id="late", at=1, by="dynamic"),
        Touch(id="added", at=2, by="full_search", kind="add"),
    ),
    orders=(Order(lines=(Line(revenue="10.00"),)),),
)


def test_an_own_rule_credits_on_every_page_as_its_parameters_say(db: duckdb.DuckDBPyConnection) -> None:
    """First click of seven days: the one of another session, which REES46 does not know."""
    fill(db, WORLD)
    chosen: dict[str, Any] = {"presets": [OURS], "preset": "own:Our rule"}
    tools = data(db, "recommendations", **chosen)["recommendations/tools"]["rows"]
    assert {row["recommended_by"]: row["direct_revenue"] for row in tools if row["part"] == "tool"}[
        "listing"
    ] == "10.0000"
    assert data(db, "overview", **chosen)["overview/attributed"]["rows"][0]["attributed"] == "10.0000"
    (line,) = data(db, "orders", "o1", **chosen)["orders/lines"]["rows"]
    assert (line["recommended_by"], line["reason"]) == ("listing", "kept_by_first")
    why = data(db, "orders", "o1", **chosen)["attribution/rees46_why"]["rows"]
    assert {row["touch_id"]: row["reason"] for row in why} == {
        "early": "kept_by_first",
        "late": "superseded_by_winner",
        "added": "kind_not_counted",
    }


def test_the_claim_checker_has_a_row_for_every_own_rule(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, WORLD)
    saved = [
        OURS,
        preset(name="Split", winner="linear"),
        preset(name="Removal", winner="markov", kinds="click_add"),
    ]
    rows = data(db, "claims", presets=saved)["claims/presets"]["rows"]
    own = [row for row in rows if row["preset"].startswith("own:")]
    assert [
        (row["place"], row["preset"], row["winner"], row["hours"], row["attributed"], row["orders"])
        for row in own
    ] == [
        (11, "own:Our rule", "first", 168, "10.0000", 1),
        (12, "own:Removal", "markov", 168, "10.0000", 1),
        (13, "own:Split", "linear", 168, "10.0000", 1),
    ]


def test_the_model_of_a_page_takes_the_place_of_the_rules_own(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, WORLD)
    tools = data(db, "recommendations", presets=[OURS], preset="own:Our rule", model="linear")
    earned = {
        row["recommended_by"]: Decimal(row["direct_revenue"])
        for row in tools["recommendations/tools"]["rows"]
        if row["part"] == "tool"
    }
    assert earned == {"listing": Decimal(5), "dynamic": Decimal(5), "full_search": Decimal(0)}


def test_a_page_names_the_rule_and_its_seven_parameters(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, WORLD)
    text = str(html(db, "recommendations", presets=[OURS], preset="own:Our rule").body)
    assert (
        "Our rule, model first: unit order line · kinds click · window 7 days · winner first · "
        "match same item · value booked · reset none"
    ) in text
    assert '<option value="own:Our rule" selected>Our rule</option>' in text


def test_an_unknown_rule_becomes_the_usual_one_with_a_note() -> None:
    note = Note("filters.unknown_value", "preset", "own:Gone")
    assert filters.parse({"preset": "own:Gone"}) == (filters.Filters(), (note,))
    found, notes = filters.parse({"preset": "own:Ours"}, {"own:Ours": "shapley"})
    assert (found.preset, found.model, notes) == ("own:Ours", "shapley", ())


@pytest.mark.parametrize("model", filters.MODELS)
def test_an_address_with_an_own_rule_reads_as_it_was_written(model: str) -> None:
    own = {"own:Ours & more": "first"}
    found, _ = filters.parse({"preset": "own:Ours & more", "model": model}, own)
    assert found.query() == f"preset=own%3AOurs+%26+more&model={model}"


def test_a_reset_and_a_click_after_the_add_are_told_apart(db: duckdb.DuckDBPyConnection) -> None:
    """A mailing brought the visitor at 10; nothing was ever put into the cart."""
    touches = (Touch(id="before", at=1, by="listing"), Touch(id="after", at=12, session="s2"))
    fill(db, World(touches=touches, orders=(Order(at=20, session="s2"),)))
    db.execute("update sessions set channel = 'email' where session_key = 's2'")
    ours = preset(kinds="click_before_add", reset="source", window="24h")
    rows = data(db, "orders", "o1", presets=[ours], preset="own:Our rule")["attribution/rees46_why"]["rows"]
    assert {row["touch_id"]: (row["reason"], row["decided_at"]) for row in rows} == {
        "before": ("reset_by_source", "2026-03-10T12:12:00"),
        "after": ("after_add_or_pause", None),
    }
