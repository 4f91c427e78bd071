"""Browser, system and kind of device, from real user agents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.enrich.device import Device, device_of
from tests.enrich import agents

KNOWN = (
    (agents.CHROME_WINDOWS, Device("Chrome", "Windows", "desktop")),
    (agents.FIREFOX_LINUX, Device("Firefox", "Linux", "desktop")),
    (agents.SAFARI_MAC, Device("Safari", "macOS", "desktop")),
    (agents.IPHONE, Device("Safari", "iOS", "mobile")),
    (agents.IPAD, Device("Safari", "iOS", "tablet")),
    (agents.ANDROID_PHONE, Device("Chrome", "Android", "mobile")),
    (agents.ANDROID_TABLET, Device("Chrome", "Android", "tablet")),
    (agents.SAMSUNG_TV, Device("Safari", "Tizen", "tv")),
    (agents.GOOGLEBOT, Device("Googlebot", None, "bot")),
    ("ShopApp/7 CFNetwork/1408.0.4 Darwin/22.5.0", Device("ShopApp", "iOS", "mobile")),
    ("curl/8.5.0", Device("curl", None, "other")),
    ("ReactNative/1.0", Device(None, None, "other")),
    ("", Device(None, None, "other")),
    ("   ", Device(None, None, "other")),
)


@pytest.mark.parametrize(("user_agent", "device"), KNOWN)
def test_a_known_user_agent_names_its_device(user_agent: str, device: Device) -> None:
    assert device_of(user_agent) == device


@given(st.text(st.characters(categories=None), max_size=600))
def test_any_text_is_some_device(user_agent: str) -> None:
    device = device_of(user_agent)
    assert device.device_type in ("desktop", "mobile", "tablet", "tv", "bot", "other")
