"""The tag a shop pastes into its pages."""

from __future__ import annotations

import html
import json


def snippet(shop_id: str, origin: str) -> str:
    """Two lines for the page's head; any shop id is safe inside them."""
    quoted = json.dumps(shop_id).replace("<", "\\u003c")
    return (
        "<script>window.r46=window.r46||function(){(r46.q=r46.q||[]).push(arguments)};"
        f"r46('init',{quoted});</script>\n"
        f'<script async src="{html.escape(origin, quote=True)}/v3.js"></script>'
    )
