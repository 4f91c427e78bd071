"""Style and scripts: named by their bytes, packed, kept for ever."""

from __future__ import annotations

import gzip
import hashlib

import brotli
import pytest

from dashboard.assets import Assets
from tests.dashboard.shop_world import Client, app_over, empty_store


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(app_over(empty_store()))


@pytest.mark.parametrize(
    "name", ["dashboard.css", "dashboard.js", "charts.js", "live.js", "icon.svg", "plotly.js"]
)
def test_a_file_is_served_packed_and_for_ever_under_the_hash_of_its_bytes(client: Client, name: str) -> None:
    path = Assets().path(name)
    plain = client.get(path)
    packed = client.get(path, accept_encoding="gzip, deflate, br")
    zipped = client.get(path, accept_encoding="gzip")
    assert plain.status == 200
    assert hashlib.sha256(plain.body).hexdigest()[:12] in path
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["content-encoding"] == "br"
    assert brotli.decompress(packed.body) == gzip.decompress(zipped.body) == plain.body
    assert len(packed.body) < len(plain.body)


def test_another_hash_is_another_file(client: Client) -> None:
    path = Assets().path("dashboard.css")
    assert client.get(path.replace(".css", "0.css")).status == 404
