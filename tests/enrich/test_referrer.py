"""Hosts, sites and what a visit from them means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.enrich.hosts import host_of, site_of
from collector.enrich.referrer import Referrer, referrer_of

SHOP = "https://www.shop.example/p/37?x=1"
HOSTS = (
    ("https://Shop.Example:8443/a?b#c", "shop.example"),
    ("//cdn.example/x.js", "cdn.example"),
    ("https://user:secret@shop.example/", "shop.example"),
    ("https://shop.example.", "shop.example"),
    ("http://[2001:db8::1]:80/x", "2001:db8::1"),
    ("https://магазин.рф/каталог", "xn--80aairftm.xn--p1ai"),
    ("android-app://com.google.android.gm", "com.google.android.gm"),
    ("https://shop.example\\@evil.example/", "shop.example"),
    ("http://[", None),
    ("http://", None),
    ("about:blank", None),
    ("/p/37", None),
    ("not a url // at all", None),
    ("", None),
    (None, None),
)
SITES = (
    ("m.shop.example", "shop.example"),
    ("www.shop.co.uk", "shop.co.uk"),
    ("a.b.c.shop.com.au", "shop.com.au"),
    ("mine.myshopify.com", "mine.myshopify.com"),
    ("localhost", "localhost"),
    ("10.0.0.7", "10.0.0.7"),
)
REFERRERS = (
    (None, SHOP, Referrer(None, "none")),
    ("", SHOP, Referrer(None, "none")),
    ("https://shop.example/", SHOP, Referrer("shop.example", "internal")),
    ("https://checkout.shop.example/pay", SHOP, Referrer("checkout.shop.example", "internal")),
    (
        "https://xn--80aairftm.xn--p1ai/",
        "https://магазин.рф/p",
        Referrer("xn--80aairftm.xn--p1ai", "internal"),
    ),
    ("https://one.co.uk/", "https://two.co.uk/", Referrer("one.co.uk", "external")),
    ("https://a.myshopify.com/", "https://b.myshopify.com/", Referrer("a.myshopify.com", "external")),
    ("http://localhost:8001/", "http://localhost:8000/p", Referrer("localhost", "internal")),
    ("https://www.google.co.uk/", SHOP, Referrer("www.google.co.uk", "search")),
    ("https://yandex.ru/search/?text=x", SHOP, Referrer("yandex.ru", "search")),
    ("https://ya.ru/", SHOP, Referrer("ya.ru", "search")),
    ("https://mail.google.com/mail/u/0", SHOP, Referrer("mail.google.com", "email")),
    ("android-app://com.google.android.gm/", SHOP, Referrer("com.google.android.gm", "email")),
    ("https://e.mail.ru/inbox", SHOP, Referrer("e.mail.ru", "email")),
    ("https://l.facebook.com/l.php?u=x", SHOP, Referrer("l.facebook.com", "social")),
    ("https://t.co/abc", SHOP, Referrer("t.co", "social")),
    ("https://notfacebook.com/", SHOP, Referrer("notfacebook.com", "external")),
    ("https://google.example.net/", SHOP, Referrer("google.example.net", "external")),
    ("https://www.paypal.com/checkoutnow", SHOP, Referrer("www.paypal.com", "payment")),
    ("https://checkout.stripe.com/c/pay", SHOP, Referrer("checkout.stripe.com", "payment")),
    ("https://yookassa.ru/checkout", SHOP, Referrer("yookassa.ru", "payment")),
    ("https://accounts.google.com/o/oauth2", SHOP, Referrer("accounts.google.com", "payment")),
    ("https://blog.example.org/review", SHOP, Referrer("blog.example.org", "external")),
    ("https://blog.example.org/review", None, Referrer("blog.example.org", "external")),
)
ANY = st.text(st.characters(categories=None), max_size=300)
ADDRESS = st.builds(lambda scheme, rest: f"{scheme}//{rest}", st.sampled_from(["https:", "", "x:"]), ANY)


@pytest.mark.parametrize(("url", "host"), HOSTS)
def test_an_address_has_one_host(url: str | None, host: str | None) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(("host", "site"), SITES)
def test_a_site_is_what_one_owner_registers(host: str, site: str) -> None:
    assert site_of(host) == site


@pytest.mark.parametrize(("referrer", "page_url", "expected"), REFERRERS)
def test_a_referrer_means_what_its_host_is(
    referrer: str | None, page_url: str | None, expected: Referrer
) -> None:
    assert referrer_of(referrer, page_url) == expected


@given(ANY | ADDRESS, ANY | ADDRESS)
def test_a_referrer_of_any_text_never_raises(referrer: str, page_url: str) -> None:
    found = referrer_of(referrer, page_url)
    assert (found.host is None) == (found.kind == "none")


@given(ANY | ADDRESS)
def test_a_page_that_refers_to_itself_is_internal(url: str) -> None:
    assert referrer_of(url, url).kind in ("internal", "none")
