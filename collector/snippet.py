"""The tag a shop pastes into its pages."""

from __future__ import annotations

import html
import json
import re

NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,63}\Z")


def snippet(
    shop_id: str,
    origin: str,
    *,
    global_name: str = "r46",
    api_host: str = "",
    path: str = "/v3.js",
    integrity: str = "",
) -> str:
    """Two lines for the page's head; any shop id is safe inside them.

    `global_name` puts our script beside another's, `api_host` sends events elsewhere than to
    `origin`, and `path` with `integrity` pins a release. ValueError for a name no script can have.
    """
    if not NAME.match(global_name):
        raise ValueError(f"{global_name!r} is no name of a global")
    quoted = json.dumps(shop_id).replace("<", "\\u003c")
    options = {"data-global": global_name} if global_name != "r46" else {}
    if api_host:
        options["data-api-host"] = api_host
    g = global_name
    loader = (
        f"<script>window.{g}=window.{g}||function(){{({g}.q={g}.q||[]).push(arguments)}};"
        f"{g}('init',{quoted});</script>\n"
    )
    return loader + element(origin + path, integrity=integrity, options=options)


def element(url: str, *, integrity: str = "", options: dict[str, str] | None = None) -> str:
    """One script element; with `integrity` the browser runs these bytes or none."""
    attributes = {"src": url, **(options or {})}
    if integrity:
        attributes |= {"integrity": integrity, "crossorigin": "anonymous"}
    written = " ".join(f'{name}="{html.escape(value, quote=True)}"' for name, value in attributes.items())
    return f"<script async {written}></script>"
