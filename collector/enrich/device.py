"""Browser, operating system and kind of device from a user agent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from ua_parser import Parser, Result
from ua_parser.loaders import load_builtins
from ua_parser.regex import Resolver

from collector.enrich.bots import is_bot
from collector.enrich.lists import words

DeviceType = Literal["desktop", "mobile", "tablet", "tv", "bot", "other"]

_READ = 512  # characters
_TV = re.compile(
    r"smart-?tv|\btv\b|appletv|googletv|hbbtv|web0s|webos\.tv|netcast|roku|bravia|crkey|aft[a-z]{1,3}\b|viera",
    re.IGNORECASE,
)
_TABLET = re.compile(r"ipad|tablet|kindle|silk/|playbook|nexus (?:7|9|10)\b", re.IGNORECASE)
_MOBILE = re.compile(r"mobi|iphone|ipod|windows phone|blackberry|opera mini", re.IGNORECASE)
_DESKTOP = re.compile(r"windows nt|macintosh|x11|cros |linux x86_64|linux i686|windows;", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Device:
    """Names without versions; None where the user agent does not tell."""

    browser: str | None
    os: str | None
    device_type: DeviceType


UNKNOWN = Device(None, None, "other")


@lru_cache(maxsize=16_384)
def device_of(user_agent: str) -> Device:
    """What the user agent claims to be; `UNKNOWN` for an empty one."""
    text = user_agent[:_READ]
    if not text.strip():
        return UNKNOWN
    found = _parser().parse(text.encode("utf-8", "replace").decode())
    browser = found.user_agent.family if found.user_agent else None
    system = found.os.family if found.os else None
    names = words("devices")
    return Device(
        names["browsers"].get(browser, browser),
        names["systems"].get(system, system),
        _device_type(text, found, system),
    )


def _device_type(text: str, found: Result, system: str | None) -> DeviceType:
    if is_bot(text) or (found.device and found.device.family == "Spider"):
        return "bot"
    if _TV.search(text):
        return "tv"
    android = "android" in text.lower()
    if _TABLET.search(text) or (android and "mozilla" in text.lower() and not _MOBILE.search(text)):
        return "tablet"
    if _MOBILE.search(text) or android or system in ("iOS", "Android"):
        return "mobile"
    return "desktop" if _DESKTOP.search(text) else "other"


@cache
def _parser() -> Parser:
    return Parser(Resolver(load_builtins()))
