"""Charts in a real browser: every kind, every palette, paper, pictures, and parts that come and go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from struct import unpack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from dashboard import chart_script, charts
from dashboard.app import SECURITY
from dashboard.assets import Assets
from tests.dashboard.browsing import Open, Running, opened, running, window

__all__ = ["Running", "opened", "running", "window"]

pytestmark = pytest.mark.browser
ASSETS = Assets()
HOST = "http://charts.example"
ROWS = [
    {
        "day": date(2026, 3, 9) + timedelta(days=number),
        "orders": None if number == 2 else 10 + 3 * number % 7,
        "before": 9,
        "late": number > 5,
        "name": f"block {number}",
        "low": 8 + 3 * number % 7,
        "high": 13 + 3 * number % 7,
    }
    for number in range(8)
]
SERIES = (charts.Series("before", "before", "compare"), charts.Series("orders", "orders"))


def noted() -> charts.Chart:
    chart = charts.lines(ROWS, SERIES, x="day", kind="count")
    mark = {"type": "line", "x0": "2026-03-11", "x1": "2026-03-11", "yref": "paper", "y0": 0, "y1": 1}
    chart.figure.add_shape(**mark, line={"dash": "dot"}, name="note")
    chart.figure.add_annotation(x="2026-03-11", yref="paper", y=1, text="1", showarrow=False, name="note")
    return chart


KINDS: Mapping[str, charts.Chart] = {
    "lines": charts.lines(ROWS, SERIES, x="day", kind="money", currency="EUR", unfinished=True),
    "dot": charts.lines(ROWS[:1], SERIES, x="day", kind="count"),
    "bars": charts.bars(ROWS, label="name", value="orders", kind="count", low="low", high="high"),
    "stacked": charts.stacked(
        ROWS,
        (charts.Series("before", "before", "series-1"), charts.Series("orders", "orders", "series-2")),
        x="day",
        kind="count",
        hatched="late",
    ),
    "noted": noted(),
}


def figure(name: str, chart: charts.Chart) -> str:
    return (
        f'<figure class="chart h280" data-chart="{name}"><div class="plot" id="plot-{name}" role="img"></div>'
        f'<script type="application/json">{charts.embed(chart.json())}</script></figure>'
    )


def document(body: str, *, script: str = "", language: str = "en") -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<link rel="stylesheet" href="{ASSETS.path("dashboard.css")}">'
        f'<script src="{ASSETS.path("charts.js")}" defer data-plotly="{script or ASSETS.path("plotly.js")}"></script>'
        f"</head><body><main><h1>Charts</h1>{body}</main></body></html>"
    )


Shown = Callable[..., Page]


@pytest.fixture
def shown(window: Browser) -> Iterator[Shown]:
    """Shows a document under the dashboard's own security policy; no console may complain."""
    complaints: list[str] = []
    contexts = []

    def answer(route: Route, text: str) -> None:
        path = route.request.url.removeprefix(HOST)
        asset = ASSETS.find(path)
        body: str | bytes = asset.data if asset else chart_script.whole() if path == "/whole.js" else text
        kind = asset.content_type if asset else "text/javascript" if path == "/whole.js" else "text/html"
        headers = {"content-security-policy": SECURITY["content-security-policy"]}
        route.fulfill(body=body, content_type=kind, headers=headers)

    def show(text: str, **options: Any) -> Page:
        context = window.new_context(**{"viewport": {"width": 900, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.route("**/*", lambda route: answer(route, text))
        page.goto(f"{HOST}/charts")
        for name in re.findall(r'id="(plot-[^"]+)"', text):
            page.wait_for_selector(f"#{name} .main-svg", state="attached")
        return page

    yield show
    for context in contexts:
        context.close()
    assert complaints == []


def drawing(page: Page, name: str) -> str:
    """What was drawn, without the ids that are thrown anew for every drawing."""
    inner = page.inner_html(f"#plot-{name}")
    marks = set(re.findall(r'id="(?:defs|topdefs|clip|legend)-?([0-9a-f]{6})', inner))
    for mark in marks:
        inner = inner.replace(mark, "uid")
    return re.sub(r"\b(trace|puid-)[0-9a-f]{6}", r"\1", inner)


def colour(page: Page, name: str) -> str:
    """A colour of the style sheet as a drawing says it."""
    return str(
        page.evaluate(
            """name => { const one = document.createElement('i');
            one.style.color = getComputedStyle(document.documentElement).getPropertyValue('--' + name);
            document.body.append(one); const said = getComputedStyle(one).color; one.remove(); return said }""",
            name,
        )
    )


def stroke(page: Page, selector: str) -> str:
    return str(page.eval_on_selector(selector, "node => getComputedStyle(node).stroke"))


MAIN_LINE = "#plot-lines .scatterlayer .trace:nth-child(2) .js-line"


def test_every_kind_of_chart_is_drawn_by_the_cut_script_as_by_the_whole_one(shown: Shown) -> None:
    body = "".join(figure(name, chart) for name, chart in KINDS.items())
    cut, full = shown(document(body)), shown(document(body, script="/whole.js"))
    for name in KINDS:
        assert drawing(cut, name) == drawing(full, name)
        assert len(drawing(cut, name)) > 5_000


def test_no_chart_is_of_a_kind_that_the_cut_script_lacks() -> None:
    sources = Path(charts.__file__).parent.rglob("*.py")
    used = {name for source in sources for name in re.findall(r"\bgo\.([A-Z]\w+)", source.read_text())}
    assert used == {"Bar", "Figure", "Scatter"}


def test_immature_days_are_hatched_and_the_running_day_is_dotted_in_both_palettes(shown: Shown) -> None:
    page = shown(document(figure("lines", KINDS["lines"]) + figure("stacked", KINDS["stacked"])))
    hatched = "#plot-stacked .barlayer .trace:nth-child(1) .point path"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        tone = colour(page, "chart-1")
        page.wait_for_function(
            "tone => [...document.querySelectorAll('#plot-stacked pattern path')].some(p => getComputedStyle(p).stroke === tone)",
            arg=tone,
        )
        fills = page.eval_on_selector_all(hatched, "all => all.map(one => one.style.fill.startsWith('url('))")
        assert fills == [row["late"] for row in ROWS]
        dashes = page.eval_on_selector_all(
            "#plot-lines .scatterlayer .js-line",
            "all => all.map(one => [one.style.strokeDasharray !== '', getComputedStyle(one).stroke])",
        )
        assert dashes == [
            [False, colour(page, "chart-compare")],
            [False, colour(page, "chart-main")],  # to the unknown day
            [False, colour(page, "chart-main")],
            [True, colour(page, "chart-main")],
        ]


def test_marks_of_notes_are_painted_from_the_style_sheet(shown: Shown) -> None:
    page = shown(document(figure("noted", KINDS["noted"])))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "tone => getComputedStyle(document.querySelector('#plot-noted .shapelayer path')).stroke === tone",
            arg=colour(page, "dim"),
        )
        text = page.eval_on_selector(
            "#plot-noted .annotation-text", "node => [node.textContent, getComputedStyle(node).fill]"
        )
        assert text == ["1", colour(page, "dim")]


def test_paper_gets_light_charts_that_fit_it_and_the_screen_its_own_back(shown: Shown) -> None:
    page = shown(document(figure("lines", KINDS["lines"])), color_scheme="dark")
    dark = stroke(page, MAIN_LINE)
    page.emulate_media(media="print", color_scheme="dark")
    page.wait_for_selector("#plot-lines .main-svg[viewBox='0 0 680 280']", state="attached")
    assert stroke(page, MAIN_LINE) == colour(page, "chart-main") == "rgb(79, 70, 229)"
    page.set_viewport_size({"width": 400, "height": 900})
    fits = "[...document.querySelectorAll('.main-svg')].every(one => one.getBoundingClientRect().right <= innerWidth)"
    assert page.evaluate(fits)
    page.set_viewport_size({"width": 900, "height": 900})
    page.emulate_media(media="screen", color_scheme="dark")
    page.wait_for_selector("#plot-lines .main-svg:not([viewBox])", state="attached")
    assert stroke(page, MAIN_LINE) == colour(page, "chart-main") == dark


def test_a_chart_takes_the_width_of_its_place_without_moving_anything(shown: Shown) -> None:
    page = shown(document(figure("lines", KINDS["lines"]) + "<p id='after'>after</p>"))
    top = "document.getElementById('after').getBoundingClientRect().top"
    before = page.evaluate(top)
    for width in (500, 320, 1200):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(
            "() => { const node = document.getElementById('plot-lines');"
            "return Number(node.querySelector('.main-svg').getAttribute('width')) === node.clientWidth }"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 900, "height": 900})
    assert page.evaluate(top) == before


def test_a_chart_that_is_folded_away_is_drawn_when_it_is_opened(shown: Shown) -> None:
    folded = figure("lines", KINDS["lines"]).replace('id="plot-lines"', 'id="later"')
    page = shown(
        document(f"{figure('bars', KINDS['bars'])}<details><summary>more</summary>{folded}</details>")
    )
    assert page.locator("#later .main-svg").count() == 0
    page.click("summary")
    page.wait_for_selector("#later .main-svg", state="attached")


def test_a_part_that_comes_later_is_drawn_and_freed_when_it_goes(shown: Shown) -> None:
    page = shown(document("<div id='place'></div>"))
    assert page.evaluate("'Plotly' in window") is False
    put = "text => { const place = document.getElementById('place'); place.innerHTML = text; charts.scan(place) }"
    page.evaluate(put, figure("lines", KINDS["lines"]))
    page.wait_for_selector("#plot-lines .main-svg", state="attached")
    page.evaluate("charts.forget(document.getElementById('place'))")
    assert page.locator(".main-svg").count() == 0
    page.evaluate(put, figure("lines", KINDS["bars"]))
    page.wait_for_selector("#plot-lines .barlayer .point", state="attached")
    page.evaluate(put, figure("lines", KINDS["stacked"]))  # replaced without a word
    page.wait_for_selector("#plot-lines pattern", state="attached")


def test_a_figure_that_cannot_be_drawn_leaves_the_others_standing(window: Browser, shown: Shown) -> None:
    page = shown(document(figure("bars", KINDS["bars"])))
    page.evaluate(
        "addEventListener('error', event => { window.told = event.message; event.preventDefault() })"
    )
    page.evaluate("charts.update('bars', figure => { figure.data = null })")
    page.wait_for_function("() => 'told' in window")
    page.evaluate(
        "text => { document.body.insertAdjacentHTML('beforeend', text); charts.scan(document) }",
        figure("dot", KINDS["dot"]),
    )
    page.wait_for_selector("#plot-dot .main-svg", state="attached")


def test_axes_speak_the_language_of_the_page(shown: Shown) -> None:
    page = shown(document(figure("lines", KINDS["lines"]), language="ru"))
    ticks = page.eval_on_selector_all(
        "#plot-lines .xtick text", "all => all.map(one => one.textContent).join(' ')"
    )
    assert re.search("мар", ticks)
    assert not re.search("[A-Za-z]", ticks)


def test_who_wants_less_motion_gets_none(shown: Shown) -> None:
    moving = charts.lines(ROWS, SERIES, x="day", kind="count")
    moving.figure.update_layout(transition={"duration": 5000})
    page = shown(document(figure("lines", moving)), reduced_motion="reduce")
    assert page.evaluate("document.getElementById('plot-lines').layout.transition") is None


def picture(page: Page, panel: str) -> tuple[str, bytes]:
    page.click(f"#{panel} .about summary")
    with page.expect_download() as saved:
        page.click(f"#{panel} [data-png]")
    return saved.value.suggested_filename, Path(saved.value.path()).read_bytes()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chart_is_saved_as_a_picture_in_the_colours_of_the_page(opened: Open, scheme: str) -> None:
    page = opened("/overview?period=7d", color_scheme=scheme, viewport={"width": 1280, "height": 800})
    plot = page.wait_for_selector("#plot-trend .main-svg", state="attached")
    assert plot is not None
    name, image = picture(page, "trend")
    assert name == "trend-2026-03-12-2026-03-18.png"
    assert image.startswith(b"\x89PNG\r\n")
    width, height = unpack(">II", image[16:24])
    box = page.evaluate(
        "(({clientWidth, clientHeight}) => [clientWidth, clientHeight])(document.getElementById('plot-trend'))"
    )
    assert [width, height] == [2 * side for side in box]


def test_without_scripts_no_picture_is_offered(opened: Open) -> None:
    page = opened("/overview?period=7d", java_script_enabled=False)
    page.click("#trend .about summary")
    assert page.is_visible("#trend .pop a[download]")
    assert not page.is_visible("#trend [data-png]")


def test_a_page_without_a_chart_does_not_ask_for_the_script(opened: Open) -> None:
    page = opened("/visitors")
    page.wait_for_load_state("networkidle")
    asked = page.evaluate("performance.getEntriesByType('resource').map(one => new URL(one.name).pathname)")
    assert ASSETS.path("charts.js") in asked
    assert ASSETS.path("plotly.js") not in asked
