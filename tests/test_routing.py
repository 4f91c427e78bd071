"""Which endpoint a path belongs to."""

from __future__ import annotations

import pytest

from collector.routing import Routes
from collector.wire import Endpoint, WireReply


def endpoint(path: str) -> Endpoint:
    return Endpoint(
        methods=("GET",),
        path=path,
        name=path,
        decode=lambda request, shops: pytest.fail("nothing is decoded here"),
        answer=lambda decoded: WireReply(),
        refuse=lambda code, status, message: WireReply(),
    )


ROUTES = Routes(
    map(endpoint, ["/push", "/push/custom", "/block/:code", "/block/new", "/a/:x/b/:y", "/s/*", "/s/t/*"])
)


def found(path: str) -> tuple[str, dict[str, str]] | None:
    result = ROUTES.find(path)
    return None if result is None else (result.endpoint.path, dict(result.params))


def test_an_exact_path_is_found_and_nothing_beside_it() -> None:
    assert found("/push") == ("/push", {})
    assert found("/push/custom") == ("/push/custom", {})
    assert found("/push/other") is None
    assert found("/") is None


def test_named_segments_are_given_by_name() -> None:
    assert found("/block/9f") == ("/block/:code", {"code": "9f"})
    assert found("/a/1/b/2 3") == ("/a/:x/b/:y", {"x": "1", "y": "2 3"})


def test_an_exact_path_wins_over_a_name() -> None:
    assert found("/block/new") == ("/block/new", {})


def test_a_name_stands_for_one_segment_that_is_not_empty() -> None:
    assert found("/block/") is None
    assert found("/block/a/b") is None


def test_a_star_stands_for_the_rest_and_the_longest_prefix_wins() -> None:
    assert found("/s/a") == ("/s/*", {"*": "a"})
    assert found("/s/a/b") == ("/s/*", {"*": "a/b"})
    assert found("/s/t/u") == ("/s/t/*", {"*": "u"})
    assert found("/s") is None
