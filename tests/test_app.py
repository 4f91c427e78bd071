"""The collector over real HTTP: answers, CORS, limits, damage, dry run, commands while it runs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.wire import Shop
from tests.server import SHOP_ID, Server, free_port, run_r46, serving

SUCCESS = b'{"status":"success"}'
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
VIEW = {"event": "view", "shop_id": SHOP_ID, "did": "AH5aEvmlqn", "sid": "cIxzHQJbUo", "items": [{"id": 37}]}
ORIGIN = {"Origin": "https://shop.example"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(
        tmp_path_factory.mktemp("app") / "data", shop=Shop(shop_id=SHOP_ID, currency="EUR")
    ) as running:
        yield running


def _error(code: str, answer: Any) -> None:
    assert answer["status"] == "error"
    assert answer["payload"]["code"] == code
    assert answer["payload"]["message"]


def test_an_event_is_acknowledged_with_its_verdict(server: Server) -> None:
    answer = server.post("/push", VIEW)
    assert (answer.status, answer.body, answer.verdict) == (200, SUCCESS, "accepted")
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["//push", "/push/", "/push//"])
def test_paths_joined_badly_are_served_and_never_redirected(server: Server, path: str) -> None:
    assert server.post(path, VIEW).body == SUCCESS


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/push", json.dumps(VIEW)),
        ("POST", "/push", "{"),
        ("GET", "/push", ""),
        ("GET", "/init?shop_id=nobody", ""),
        ("POST", "/collect", "{}"),
        ("GET", "/pixel.gif", ""),
        ("POST", "/no/such/path", "{}"),
        ("POST", "/echo/push", json.dumps(VIEW)),
    ],
)
def test_every_answer_echoes_the_origin_with_credentials(
    server: Server, method: str, path: str, body: str
) -> None:
    answer = server.request(method, path, body.encode(), ORIGIN)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["vary"] == "Origin"
    assert answer.headers["access-control-expose-headers"] == "X-Event-Verdict"


def test_a_shop_that_lists_its_origins_lets_only_those_read(server: Server) -> None:
    shop = "47" * 15
    listed = ("--origin", "https://a.example", "--origin", "https://b.example")
    run_r46("shop", "add", "Listed", "--id", shop, *listed, "--data", str(server.data))
    own = server.post("/push", {**VIEW, "shop_id": shop}, {"Origin": "https://b.example"})
    foreign = server.post("/push", {**VIEW, "shop_id": shop}, {"Origin": "https://c.example"})
    assert own.headers["access-control-allow-origin"] == "https://b.example"
    assert not [name for name in foreign.headers if name.startswith("access-control")]
    assert len(server.exported(shop)) == 2


def test_a_preflight_is_204_and_allows_what_was_asked(server: Server) -> None:
    asked = {
        **ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = server.request("OPTIONS", "/push", headers=asked)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-methods"] == "GET, POST, PUT, PATCH, OPTIONS"
    assert answer.headers["access-control-allow-headers"] == "content-type"
    assert answer.headers["access-control-max-age"] == "86400"


def test_the_wrong_method_names_the_right_ones(server: Server) -> None:
    answer = server.get("/push")
    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert answer.verdict == "rejected; codes=method_not_allowed"
    _error("method_not_allowed", answer.json())


def test_an_unknown_path_says_so(server: Server) -> None:
    answer = server.post("/pussh", VIEW)
    assert answer.status == 404
    _error("path_unknown", answer.json())


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b'{"event":', {}, 400, "json_malformed"),
        (b"[" * 10_000, {}, 400, "json_malformed"),
        (
            b'{"event":"view","shop_id":"464646464646464646464646464646","value":NaN}',
            {},
            400,
            "json_malformed",
        ),
        (b"", {}, 401, "auth_missing"),
        (b'{"event":"view"}', {}, 401, "auth_missing"),
        (b'{"event":"view","shop_id":"nobody"}', {}, 404, "shop_unknown"),
        (b" " * (8 * 1024 * 1024 + 1), {}, 413, "body_too_large"),
        (gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"}, 413, "body_too_large"),
        (b"not gzip", {"Content-Encoding": "gzip"}, 400, "encoding_corrupt"),
        (b"{}", {"Content-Encoding": "zstd"}, 415, "encoding_unsupported"),
    ],
    ids=["cut", "deep", "nan", "empty", "no shop", "unknown shop", "large", "bomb", "bad gzip", "coding"],
)
def test_bad_requests_get_their_answer_and_reason(
    server: Server, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = server.request("POST", "/push", body, headers)
    assert (answer.status, answer.verdict) == (status, f"rejected; codes={code}")
    _error(code, answer.json())


def test_gzip_bodies_are_read(server: Server) -> None:
    body = gzip.compress(json.dumps(VIEW).encode())
    assert server.request("POST", "/push", body, {"Content-Encoding": "gzip"}).body == SUCCESS


def test_the_pixel_is_always_the_gif(server: Server) -> None:
    good = server.get(
        "/pixel.gif?shop_id=464646464646464646464646464646&event=view&id=37&did=AH5aEvmlqn&sid=cIxzHQJbUo"
    )
    bad = server.get("/pixel.gif?shop_id=nobody&event=view&id=37")
    assert (good.status, good.body, good.verdict) == (200, GIF, "accepted")
    assert (bad.status, bad.body, bad.verdict) == (200, GIF, "rejected; codes=shop_unknown")
    assert good.headers["content-type"] == "image/gif"
    assert good.headers["cache-control"] == "no-store"
    assert good.headers["cross-origin-resource-policy"] == "cross-origin"


def test_init_gives_ids_and_echoes_those_it_is_sent(server: Server) -> None:
    made = server.get("/init?shop_id=464646464646464646464646464646&c=1").json()
    assert len(made["did"]) == len(made["sid"]) == 10
    assert made["seance"] == made["sid"]
    kept = server.get("/init?shop_id=464646464646464646464646464646&c=1&did=AH5aEvmlqn&sid=cIxzHQJbUo").json()
    assert (kept["did"], kept["sid"]) == ("AH5aEvmlqn", "cIxzHQJbUo")


def test_a_repeat_is_called_a_duplicate_and_counted_once(server: Server) -> None:
    purchase = {
        **VIEW,
        "event": "purchase",
        "order_id": "D-1",
        "order_price": 10,
        "items": [{"id": 1, "price": 10, "quantity": 1}],
    }
    first, second = server.post("/push", purchase), server.post("/push", purchase)
    assert first.verdict.startswith("accepted")
    assert (second.body, second.verdict) == (SUCCESS, "duplicate")
    assert [r["transaction_id"] for r in server.exported() if r.get("transaction_id") == "D-1"] == ["D-1"]


def _batch(*events: Any) -> dict[str, Any]:
    return {"v": 1, "shop_id": SHOP_ID, "did": "Neighbour1", "sid": "cIxzHQJbUo", "events": list(events)}


def test_one_bad_event_does_not_lose_its_neighbours(server: Server) -> None:
    answer = server.post(
        "/collect",
        _batch(
            {"eid": "good0000000000000001", "call": ["track", "view", 1]},
            {"eid": "bad00000000000000001", "call": ["track", "category"]},
            {"eid": "good0000000000000002", "call": ["track", "view", "a\u0000b"]},
            {"eid": "good0000000000000003", "call": ["track", "view", "x" * 400_000]},
            "not an event",
            {"eid": "good0000000000000004", "call": ["track", "view", 4]},
        ),
    )
    assert answer.status == 200
    verdicts = {entry.get("eid"): entry["verdict"] for entry in answer.json()["results"]}
    assert verdicts["bad00000000000000001"] == "quarantined"
    ids = [r["items"][0]["item_id"] for r in server.exported() if r.get("device_id") == "Neighbour1"]
    assert (ids[0], ids[-1]) == ("1", "4")


def test_a_batch_over_its_limit_is_refused_whole(server: Server) -> None:
    one = {"eid": "large000000000000001", "call": ["track", "view", "x" * 1_000_000]}
    answer = server.post("/collect", _batch(one))
    assert (answer.status, answer.verdict) == (413, "rejected; codes=body_too_large")


@pytest.mark.parametrize(
    "body",
    [
        b'{"event":"view","shop_id":"464646464646464646464646464646","did":"AH5aEvmlqn","items":[{"id":"\\ud800"}]}',
        b'{"event":"view","shop_id":"464646464646464646464646464646","did":"AH5aEvmlqn","items":[{"id":"\xff\xfe"}]}',
        b'{"event":"view","event":"view","shop_id":"464646464646464646464646464646","did":"AH5aEvmlqn","items":[{"id":1}]}',
        b'\xef\xbb\xbf{"event":"view","shop_id":"464646464646464646464646464646","did":"AH5aEvmlqn","items":[{"id":1}]}',
        b'{"event":"view","shop_id":"464646464646464646464646464646","did":"AH5aEvmlqn","items":[{"id":"'
        + b"x" * 1_000_000
        + b'"}]}',
        b'{"event":"view","shop_id":"464646464646464646464646464646","did":"a\\u0000b","items":[{"id":"a\\u0000b"}]}',
        b'{"event":"view","shop_id":"464646464646464646464646464646","did":"d","items":[{"id":123456789012345678901234567890}]}',
        b"shop_id=464646464646464646464646464646&event=view&item_id%5B0%5D=37&did=%ff%fe",
    ],
    ids=["surrogate", "broken utf-8", "duplicate key", "bom", "1 MB", "nul", "30 digits", "form bytes"],
)
def test_damaged_text_is_never_an_error_of_ours_and_loads(server: Server, body: bytes) -> None:
    answer = server.request("POST", "/push", body)
    assert answer.status == 200
    assert answer.verdict.partition(";")[0] in ("accepted", "quarantined")
    assert server.exported(), "the store still answers"


def test_the_dry_run_says_what_would_be_stored_and_stores_nothing(server: Server) -> None:
    before = len(server.exported())
    said = server.post("/echo/push", {**VIEW, "event": "cart", "recommended_by": "magic"}).json()
    assert said["stored"] is False
    assert said["verdict"].startswith("accepted; codes=")
    assert [event["event"] for event in said["events"]] == ["add_to_cart"]
    assert said["events"][0]["items"] == [{"item_id": "37", "quantity": "1"}]
    told = {entry["code"]: entry for entry in said["codes"]}
    assert told["recommended_by_unknown"]["explanation"]
    assert told["recommended_by_unknown"]["mend"]
    assert said["answer"] == {"status": 200, "body": SUCCESS.decode()}
    refused = server.post("/echo/push", b"{").json()
    assert (refused["verdict"], refused["answer"]["status"]) == ("rejected; codes=json_malformed", 400)
    assert len(server.exported()) == before


def test_a_shop_added_while_it_runs_is_known_at_once(server: Server) -> None:
    unknown = server.post("/push", {**VIEW, "shop_id": "new-shop"})
    assert unknown.status == 404
    said = run_r46("shop", "add", "New", "--id", "new-shop", "--data", str(server.data))
    assert "r46('init',\"new-shop\")" in said
    assert server.post("/push", {**VIEW, "shop_id": "new-shop"}).status == 200


def test_export_streams_canonical_records_in_order_while_it_runs(server: Server) -> None:
    for number in range(5):
        server.post(
            "/push", {**VIEW, "did": "Exported01", "items": [{"id": f"{number:03}", "price": "99,90"}]}
        )
    records = [record for record in server.exported() if record.get("device_id") == "Exported01"]
    assert [record["items"] for record in records] == [
        [{"item_id": f"{number:03}", "price": "99.9"}] for number in range(5)
    ]
    first = records[0]
    assert (first["shop_id"], first["vendor"], first["endpoint"]) == (SHOP_ID, "rees46", "rees46.push")
    assert (first["event"], first["vendor_event"], first["ts_source"]) == ("view_item", "view", "server")
    assert sorted(first["notes"]) == ["currency_defaulted", "decimal_comma:price"]
    assert first["raw"]["path"] == "/push"
    assert json.loads(first["raw"]["body"])["items"] == [{"id": "000", "price": "99,90"}]
    typed = run_r46("export", "events", "--format", "ndjson", "--shop", SHOP_ID, "--data", str(server.data))
    assert [json.loads(line) for line in typed.splitlines()] == server.exported()
    keys = [(record["request_id"], record["seq"]) for record in server.exported()]
    assert keys == sorted(keys)


def test_rejects_can_be_exported_with_their_raw_request(server: Server) -> None:
    server.post("/push", b'{"broken json of a shop": ')
    lines = run_r46("export", "rejects", "--data", str(server.data)).splitlines()
    rejects = [json.loads(line) for line in lines]
    ours = [entry for entry in rejects if "broken json of a shop" in json.dumps(entry)]
    assert [entry["codes"] for entry in ours] == [["json_malformed"]]


def test_secrets_are_kept_nowhere(server: Server) -> None:
    run_r46("shop", "add", "S", "--id", "secretive", "--secret", "opensesame", "--data", str(server.data))
    server.post("/push", {**VIEW, "shop_id": "secretive", "shop_secret": "opensesame"})
    server.request(
        "POST", "/push?shop_secret=opensesame", json.dumps({**VIEW, "shop_id": "secretive"}).encode()
    )
    server.post("/push", b'{"shop_id":"secretive","shop_secret":"opensesame",')
    server.exported("secretive")
    kept = [path for path in server.data.rglob("*") if path.is_file() and b"opensesame" in path.read_bytes()]
    assert kept == []
    assert "opensesame" not in server.said()


def test_the_script_is_served_compressed_with_an_etag(server: Server) -> None:
    plain = server.get("/v3.js", ORIGIN)
    packed = server.get("/v3.js", {"Accept-Encoding": "gzip"})
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert plain.headers["access-control-allow-origin"] == "*"
    assert gzip.decompress(packed.body) == plain.body
    assert server.get("/v3.js", {"If-None-Match": plain.headers["etag"]}).status == 304


def test_the_dashboard_shares_no_cors_and_asks_for_a_sign_in(server: Server) -> None:
    answer = server.get("/overview", ORIGIN)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/signin")
    assert not [name for name in answer.headers if name.startswith("access-control")]
    refused = server.request(
        "OPTIONS", "/overview", headers={**ORIGIN, "Access-Control-Request-Method": "GET"}
    )
    assert not [name for name in refused.headers if name.startswith("access-control")]


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one process", "two workers"])
def test_sigterm_drains_and_stops_in_time(tmp_path: Path, options: tuple[str, ...]) -> None:
    with serving(tmp_path / "data", *options) as server:
        for number in range(20):
            assert server.post("/push", {**VIEW, "items": [{"id": number}]}).status == 200
        assert server.stop() <= 5
        assert len(server.exported()) == 20, "exported by the command alone, with no server"


def test_workers_serve_collector_and_dashboard_on_one_port(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--workers", "2") as server:
        assert server.post("/push", VIEW).body == SUCCESS
        assert server.get("/v3.js").status == 200
        assert server.get("/overview").headers["location"].startswith("/signin")
        assert server.get("/signin").status == 200


def test_a_dashboard_port_separates_the_two(tmp_path: Path) -> None:
    beside = free_port()
    with serving(tmp_path / "data", "--dashboard-port", str(beside)) as server:
        assert server.get("/overview").status == 404
        shown = Server(server.data, port=beside)
        assert shown.get("/overview").headers["location"].startswith("/signin")
        assert shown.post("/push", VIEW).status in (404, 405)


def test_an_acknowledged_event_is_in_the_very_next_export(server: Server) -> None:
    for number in range(10):
        server.post("/push", {**VIEW, "did": f"Quick{number:05}"})
        assert [r for r in server.exported() if r.get("device_id") == f"Quick{number:05}"]
