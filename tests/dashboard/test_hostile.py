"""Text from events is text: on every page, in JSON, in CSV and in the stream."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from collector.event import Item
from collector.record import Refused
from dashboard.charts import embed
from dashboard.export import to_csv
from dashboard.page import Table, load_pages
from tests.dashboard.shop_world import (
    FORMULA,
    HOSTILE,
    REQUEST,
    Client,
    app_over,
    hostile,
    log_of,
    request,
    signed_in,
    view,
)


@pytest.fixture(scope="module")
def client() -> Client:
    log = log_of(
        view(
            40,
            1,
            custom_name=HOSTILE,
            page_url=f"https://x.example/{HOSTILE}",
            search_term=HOSTILE,
            recommended_by=HOSTILE,
            recommended_code=FORMULA,
            device_id=HOSTILE,
            items=(Item(item_id=FORMULA, item_name=HOSTILE),),
            notes=(HOSTILE,),
        ),
        request(41, 1, refused=(Refused(seq=0, outcome="quarantined", codes=(HOSTILE,), name=HOSTILE),)),
    )
    return signed_in(app_over(hostile(), log))


def addresses() -> list[str]:
    found = [f"/{page.slug}{{}}?period=7d&tab={tab}" for page in load_pages() for tab in page.tabs or ("",)]
    return [
        *found,
        f"/quality/{REQUEST.format(21)}{{}}",
        f"/quality/{REQUEST.format(20)}{{}}",
        "/orders/o1{}",
    ]


@pytest.mark.parametrize("address", addresses())
def test_markup_from_events_is_shown_and_never_read(client: Client, address: str) -> None:
    text = client.get(address.format("")).text
    assert "<img" not in text
    assert text.count("<script") == text.count("</script>")
    assert "javascript:" not in re.sub(r">[^<]*<", "><", text)


@pytest.mark.parametrize("address", addresses())
def test_json_of_hostile_events_is_whole_and_never_taken_for_a_page(client: Client, address: str) -> None:
    answer = client.get(address.format(".json"))
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    json.loads(answer.body)


@pytest.mark.parametrize("address", addresses())
def test_no_cell_of_a_csv_begins_a_formula(client: Client, address: str) -> None:
    for name in client.get(address.format(".json")).json()["tables"]:
        joiner = "&" if "?" in address else "?"
        text = client.get(f"{address.format('.csv')}{joiner}table={name}").text
        for row in csv.reader(io.StringIO(text)):
            assert not [cell for cell in row if cell.startswith(("=", "+", "@", "\t", "\r"))]
            assert not [cell for cell in row if cell.startswith("-") and not re.fullmatch(r"-[\d.e-]+", cell)]


def test_hostile_words_reach_the_reader_as_they_were_sent(client: Client) -> None:
    row = client.get("/overview.json?period=7d").json()["tables"]["overview/products"]["rows"][0]
    assert (row["item_id"], row["item_name"]) == (FORMULA, HOSTILE)
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in client.get("/overview?period=7d").text


def test_a_hostile_address_is_reflected_as_text_alone(client: Client) -> None:
    probe = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    for address in (
        f"/overview?shop={probe}&tab={probe}&sort={probe}",
        f"/quality?code={probe}",
        f"/signin?token={probe}&next={probe}",
    ):
        assert "<script>alert" not in client.get(address).text
    assert client.get(f"/quality/{probe}").status == 404


def test_a_data_block_cannot_be_ended_by_what_it_says() -> None:
    text = json.dumps("</script><!--\u2028&")
    safe = embed(text)
    assert not re.search(r"[<>&\u2028\u2029]", safe)
    assert json.loads(safe) == json.loads(text)


def test_text_like_a_formula_is_quoted_off_and_numbers_are_not() -> None:
    rows = [{"a": text, "b": -1.5} for text in ("=1", "+1", "-1", "@a", "\tx", "\rx", "a=1", "")]
    assert to_csv(Table(columns=("a", "b"), rows=rows)).split("\r\n")[1:7] == [
        "'=1,-1.5",
        "'+1,-1.5",
        "'-1,-1.5",
        "'@a,-1.5",
        "'\tx,-1.5",
        '"\'\rx",-1.5',
    ]
