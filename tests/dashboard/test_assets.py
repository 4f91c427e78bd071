"""Style and scripts: named by their bytes, packed, kept for ever."""

from __future__ import annotations

import gzip
import hashlib
from importlib.resources import files
from pathlib import Path

import brotli
import pytest

from dashboard import chart_script
from dashboard.assets import Asset, Assets
from tests.dashboard.shop_world import Client, app_over, empty_store
from tools import build_charts


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


def test_set_up_cut_the_chart_script_out_of_the_package_that_is_installed() -> None:
    script, packed = chart_script.load(files("static").joinpath("dashboard"))
    assert packed is not None, "run `python -m tools.build_charts`"
    assert brotli.decompress(packed) == script
    assert script.startswith(chart_script.heading(chart_script.whole()))
    assert Assets().find(Assets().path("plotly.js")) == Asset(
        "plotly.js", Assets().path("plotly.js"), "text/javascript; charset=utf-8", script
    )


def test_the_chart_script_is_sent_as_set_up_packed_it(client: Client) -> None:
    sent = client.get(Assets().path("plotly.js"), accept_encoding="br")
    assert sent.body == Path(str(files("static").joinpath("dashboard", chart_script.BUILT))).read_bytes()
    assert len(sent.body) < 320_000


@pytest.mark.parametrize(
    "built",
    [
        None,
        b"not brotli",
        brotli.compress(b"/* another script */"),
        brotli.compress(chart_script.heading(b"an earlier version") + b"draw()"),
    ],
)
def test_the_whole_script_is_served_where_the_cut_one_does_not_fit(
    tmp_path: Path, built: bytes | None
) -> None:
    if built is not None:
        (tmp_path / chart_script.BUILT).write_bytes(built)
    assert chart_script.load(tmp_path) == (chart_script.whole(), None)


def test_building_again_leaves_the_same_bytes_and_nothing_beside_them(tmp_path: Path) -> None:
    target = tmp_path / chart_script.BUILT
    assert build_charts.main(target) == 0
    assert list(tmp_path.iterdir()) == [target]
    assert chart_script.load(tmp_path) == chart_script.load(files("static").joinpath("dashboard"))
