"""Every line of the replay table, in a real browser, through both loaders, before and after load."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from collector.serving import local
from collector.wire import Shop
from tests.browser import visitor
from tests.replay.groups import GROUPS, START, Call, Group
from tests.script.recorder import Recorder, recording
from tests.script.visit import EMPTY_QUEUE, LOADERS, page_of
from tests.server import Server, add_shop

pytestmark = pytest.mark.browser

WAYS = list(itertools.product(("modern", "legacy"), ("before", "after")))
SHOPS = {way: f"{index + 1:x}" * 30 for index, way in enumerate(WAYS)}
"""A shop for each way: an order id is known once in a shop."""

TOLD = (
    "event",
    "custom_name",
    "items",
    "recommended_by",
    "recommended_code",
    "item_list_type",
    "category_id",
    "category_path",
    "search_term",
    "search_found",
    "transaction_id",
    "value",
    "currency",
    "is_full",
    "user_id",
    "email",
    "phone",
    "notes",
    "props",
)
PAGE = """
window.said=[]; window.failures=[];
window.addEventListener('error', event => failures.push('' + event.message));
function go(index, functions, args) {
  var said = name => value => window.said.push([index, name, value]);
  args.push(said('success'));
  if (functions == 'both') args.push(said('error'));
  window[NAME].apply(window, args);
}
"""


@dataclass(frozen=True, slots=True)
class Played:
    """What one visitor's page saw, and what was kept of it."""

    said: list[Any]
    failures: list[str]
    rows: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    storage: list[str]


def scripted(group: Group, way: tuple[str, str]) -> tuple[str, str]:
    """The page's inline calls, and those made after load."""
    shop = json.dumps(SHOPS[way])
    calls = ";".join(
        f"go({index},{call.functions!r},[{call.arguments}])" for index, call in enumerate(group.calls)
    )
    init = f"window[NAME]({group.init.replace('SHOP', shop)});"
    if group.number == 10 and way[1] == "before":
        calls = f"window.addEventListener('load',function(){{{calls}}})"
    inline = f"var NAME={group.name!r};{PAGE}"
    if way[1] == "before":
        return f"{inline}{calls};{init}", ""
    return inline + init, calls


def play(context: BrowserContext, shop: Recorder, server: Server, group: Group, way: tuple[str, str]) -> Any:
    """Open the page, wait until every callback was called; what the page saw."""
    path = f"/{way[0]}/{way[1]}/{group.number}"
    inline, after = scripted(group, way)
    loader = LOADERS[way[0]].replace("r46", group.name)
    url = f"{server.origin}/v3.js"
    shop.pages[path] = page_of(loader, url, inline)
    page = context.new_page()
    page.goto(shop.origin + path)
    page.wait_for_function(f"window[{group.name!r}] && window[{group.name!r}].loaded")
    if after:
        page.evaluate(f"() => {{{after}}}")
    page.wait_for_function("count => said.length >= count", arg=len(group.calls))
    page.wait_for_function(EMPTY_QUEUE)
    return page.evaluate("({said, failures, keys: Object.keys(localStorage)})")


@pytest.fixture(scope="module")
def played(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Any, Played]]:
    """All groups in all ways, each by a visitor of its own, at one collector."""
    data = tmp_path_factory.mktemp("replay") / "data"
    for shop_id in SHOPS.values():
        add_shop(data, Shop(shop_id=shop_id))
    server = Server(data)
    server.start()
    seen: dict[Any, Any] = {}
    try:
        with recording() as shop:
            for group, way in itertools.product(GROUPS, WAYS):
                with visitor(browser) as context:
                    seen[group.number, way] = play(context, shop, server, group, way)
        yield {key: _played(server, shop, key, saw) for key, saw in seen.items()}
    finally:
        server.stop()


def _played(server: Server, shop: Recorder, key: Any, saw: Mapping[str, Any]) -> Played:
    number, way = key
    page = f"{shop.origin}/{way[0]}/{way[1]}/{number}"
    rows = [row for row in server.exported(SHOPS[way]) if row.get("page_url") == page]
    lines = b"".join(local.stream(server.data, "/-/export/rejects", {"shop": SHOPS[way]})).splitlines()
    refused = [one for one in map(json.loads, lines) if f'"{page}"' in json.dumps(one).replace('\\"', '"')]
    return Played(saw["said"], saw["failures"], rows, refused, saw["keys"])


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row without ids, times and where it happened; empty columns are left out."""
    kept = {name: row[name] for name in TOLD if row.get(name) not in (None, [], {}, False, "")}
    if row["event"] == "session_start":
        kept.pop("props", None)  # the time zone of the machine
    return kept


CASES = [
    pytest.param(group, way, id=f"{group.number:02d}-{'-'.join(way)}") for group in GROUPS for way in WAYS
]


@pytest.mark.parametrize(("group", "way"), CASES)
def test_a_line_of_the_replay_table(played: dict[Any, Played], group: Group, way: tuple[str, str]) -> None:
    page = played[group.number, way]
    assert page.failures == []
    assert answers(group.calls, page.said) == []
    assert [told(row) for row in page.rows] == [*START, *map(dict, group.rows)]
    assert {row.get("stream") for row in page.rows} == {group.stream}
    assert len({row["session_id"] for row in page.rows}) == 1
    assert len({row["device_id"] for row in page.rows}) == 1
    assert all(row["ab_segment"] in ("A", "B") for row in page.rows)
    codes = [code for one in page.refused for code in one["codes"] if one["outcome"] == "quarantined"]
    assert codes == list(group.quarantined)


def answers(calls: Any, said: list[Any]) -> list[str]:
    """What is wrong with the callbacks: each call has one answer, of the right kind and value."""
    wrong = []
    for index, call in enumerate(calls):
        mine = [(name, value) for number, name, value in said if number == index]
        if [name for name, _ in mine] != [call.answer]:
            wrong.append(f"{call.arguments}: {mine}")
        elif call.value is not None and mine[0][1] != call.value:
            wrong.append(f"{call.arguments}: {mine[0][1]}")
    return wrong


def test_keys_of_the_white_label_name_have_its_prefix(played: dict[Any, Played]) -> None:
    for way in WAYS:
        assert {key.partition("_")[0] for key in played[19, way].storage} == {"personaclick"}
        assert {key.partition("_")[0] for key in played[1, way].storage} == {"rees46", "r46"}


def test_the_table_is_whole() -> None:
    assert [group.number for group in GROUPS] == list(range(1, 33))


def test_a_callback_that_comes_twice_or_not_at_all_is_found() -> None:
    call = Call(arguments="'track','view',1")
    assert answers([call], []) == ["'track','view',1: []"]
    assert answers([call], [[0, "success", {}], [0, "success", {}]])
    assert answers([call], [[0, "error", {}]])
    assert answers([call], [[0, "success", {}]]) == []
