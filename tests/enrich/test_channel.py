"""The channel of an arrival, from its address and its referrer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.enrich.batch import BatchEnricher
from tests.enrich import agents

SHOP = "https://shop.example/p/37"
ARRIVALS = (
    ("", None, "direct"),
    ("", "https://shop.example/", "direct"),
    ("", "https://www.google.com/", "organic_search"),
    ("", "https://m.facebook.com/", "organic_social"),
    ("", "https://mail.yahoo.com/", "email"),
    ("", "https://blog.example.org/", "referral"),
    ("", "https://www.paypal.com/", "direct"),
    ("", "https://hooks.stripe.com/3d_secure", "direct"),
    ("?gclid=x", "https://www.google.com/", "paid_search"),
    ("?yclid=x", None, "paid_search"),
    ("?fbclid=x", "https://l.facebook.com/", "organic_social"),
    ("?ttclid=x", None, "paid_social"),
    ("?dclid=x", None, "display"),
    ("?utm_source=google&utm_medium=cpc", None, "paid_search"),
    ("?utm_source=yandex_direct&utm_medium=CPC", None, "paid_search"),
    ("?utm_source=vk&utm_medium=cpc", None, "paid_social"),
    ("?utm_source=partner-site&utm_medium=cpc&gclid=1", None, "paid_search"),
    ("?utm_source=unheard-of&utm_medium=cpc", None, "other"),
    ("?utm_source=facebook&utm_medium=social", None, "organic_social"),
    ("?utm_source=instagram.com", None, "organic_social"),
    ("?utm_source=google&utm_medium=organic", None, "organic_search"),
    ("?utm_source=newsletter", None, "email"),
    ("?utm_source=rees46&utm_medium=email", "https://mail.google.com/", "email"),
    ("?utm_source=shop&utm_medium=sms", None, "sms"),
    ("?utm_source=shop&utm_medium=web_push", None, "push"),
    ("?utm_source=admitad&utm_medium=cpa", None, "affiliates"),
    ("?utm_source=google&utm_medium=cpm", None, "display"),
    ("?utm_source=blog&utm_medium=referral", None, "referral"),
    ("?utm_source=(direct)&utm_medium=(none)", None, "direct"),
    ("?utm_medium=(none)", None, "direct"),
    ("?utm_source=qr", None, "other"),
    ("?utm_campaign=leaflet", None, "other"),
    ("?utm_campaign=leaflet", "https://www.bing.com/", "organic_search"),
)
ANY = st.none() | st.text(st.characters(categories=None), max_size=200)


@pytest.mark.parametrize(("query", "referrer", "channel"), ARRIVALS)
def test_an_arrival_has_its_channel(query: str, referrer: str | None, channel: str) -> None:
    assert BatchEnricher().arrivals([(SHOP + query, referrer)])[0][6] == channel


def test_a_batch_keeps_its_order_and_gives_whole_rows() -> None:
    paid = SHOP + "?utm_source=google&utm_medium=cpc&utm_campaign=c&utm_content=n&utm_term=t"
    assert BatchEnricher().arrivals(
        [
            (paid, "https://www.google.com/"),
            (SHOP, "https://www.paypal.com/x"),
            (SHOP, "https://shop.example/"),
            (None, None),
            (SHOP, "https://blog.example.org/"),
            (None, "https://yandex.ru/"),
        ]
    ) == [
        ("google", "cpc", "c", "n", "t", "www.google.com", "paid_search"),
        (None, None, None, None, None, None, "direct"),
        (None, None, None, None, None, None, "direct"),
        (None, None, None, None, None, None, None),
        (None, None, None, None, None, "blog.example.org", "referral"),
        (None, None, None, None, None, "yandex.ru", "organic_search"),
    ]


def test_devices_of_a_batch_keep_their_order() -> None:
    assert BatchEnricher().devices([agents.IPHONE, "", agents.GOOGLEBOT, agents.IPHONE]) == [
        ("Safari", "iOS", "mobile", False),
        (None, None, "other", False),
        ("Googlebot", None, "bot", True),
        ("Safari", "iOS", "mobile", False),
    ]


@given(ANY, ANY)
def test_arrivals_of_any_text_never_raise(page_url: str | None, referrer: str | None) -> None:
    (row,) = BatchEnricher().arrivals([(page_url, referrer)])
    assert (row[6] is None) == (not page_url and not referrer)
