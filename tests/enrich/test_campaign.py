"""What links say about themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.enrich.campaign import NONE, Campaign, campaign_of

SHOP = "https://shop.example/p/37"
LINKS = (
    (None, NONE),
    ("", NONE),
    (SHOP, NONE),
    (SHOP + "?utm_source=&utm_medium=", NONE),
    (SHOP + "?x=1&utm_nothing=2", NONE),
    (
        SHOP
        + "?utm_source=Google&utm_medium=cpc&utm_campaign=spring+sale"
        + "&utm_content=a%2Fb&utm_term=red%20kettle&gclid=Cj0K",
        Campaign(
            source="Google",
            medium="cpc",
            campaign="spring sale",
            content="a/b",
            term="red kettle",
            click_id="Cj0K",
            click_kind="gclid",
        ),
    ),
    (SHOP + "?yclid=123", Campaign(click_id="123", click_kind="yclid")),
    (SHOP + "?UTM_Source=vk", Campaign(source="vk")),
    (SHOP + "?utm_source=a&utm_source=b", Campaign(source="a")),
    (SHOP + "?a=1&amp;utm_source=x", Campaign(source="x")),
    (SHOP + "#/p/1?utm_source=spa", Campaign(source="spa")),
    (SHOP + "?utm_campaign=%D0%B2%D0%B5%D1%81%D0%BD%D0%B0", Campaign(campaign="весна")),
    (SHOP + "?utm_source=%00%0Ax%", Campaign(source="x%")),
    ("http://[?utm_source=broken", Campaign(source="broken")),
)


@pytest.mark.parametrize(("url", "campaign"), LINKS)
def test_a_link_names_its_campaign(url: str | None, campaign: Campaign) -> None:
    assert campaign_of(url) == campaign


@given(st.text(st.characters(categories=None), max_size=300))
def test_any_text_has_some_campaign(text: str) -> None:
    found = campaign_of(SHOP + "?utm_source=" + text)
    assert found.source is None or 0 < len(found.source) <= 255
    assert campaign_of(text) == campaign_of(text)
