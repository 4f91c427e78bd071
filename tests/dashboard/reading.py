"""A page as it is read: its texts and what a screen reader says, without code."""

from __future__ import annotations

from html.parser import HTMLParser

UNREAD = {"script", "style", "code", "pre", "kbd", "option", "svg"}
SPOKEN = ("aria-label", "title", "placeholder", "alt")
VOID = {"input", "meta", "link", "br", "img", "rect", "path", "polyline", "col", "wbr", "hr"}


class Reading(HTMLParser):
    """What people read of a page: texts and spoken attributes, without code and what has a language of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.language = ""
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        elif self._hidden or tag in UNREAD or given.get("lang") or given.get("class") == "code":
            if tag not in VOID:
                self._hidden.append(tag)
            return
        self.texts += [given[name] or "" for name in SPOKEN if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.texts.append(data.strip())


def read(text: str) -> Reading:
    page = Reading()
    page.feed(text)
    return page
