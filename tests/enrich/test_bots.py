"""Who is a program, and who only looks like one."""

from __future__ import annotations

import pytest

from collector.enrich.bots import is_bot
from tests.enrich.agents import ANDROID_PHONE, CHROME_WINDOWS, IPAD, IPHONE, SAMSUNG_TV

BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; YandexMetrika/2.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/126.0.0.0 Safari/537.36",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Scrapy/2.11 (+https://scrapy.org)",
    "WhatsApp/2.23.20.0",
    "SomeShopPreview/1.0",
)
PEOPLE_AND_SERVERS = (
    "",
    CHROME_WINDOWS,
    IPHONE,
    IPAD,
    ANDROID_PHONE,
    SAMSUNG_TV,
    "Mozilla/5.0 (Linux; Android 11; CUBOT X50) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
    "curl/8.5.0",
    "PHP/8.2",
    "Java/17.0.1",
    "okhttp/4.9.3",
    "python-requests/2.31.0",
    "Go-http-client/2.0",
    "ReactNative/1.0",
)


@pytest.mark.parametrize("user_agent", BOTS)
def test_a_program_that_visits_pages_is_a_bot(user_agent: str) -> None:
    assert is_bot(user_agent) is True


@pytest.mark.parametrize("user_agent", PEOPLE_AND_SERVERS)
def test_people_and_server_libraries_are_not_bots(user_agent: str) -> None:
    assert is_bot(user_agent) is False
