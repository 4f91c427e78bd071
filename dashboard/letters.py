"""What is sent outside, as HTML, as text and as JSON. Nobody's browser runs it: tables, links and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec

from dashboard.assets import Assets
from dashboard.locales import SPACE
from dashboard.render import Renderer
from dashboard.texts import load

WIDTH: Final = 60
"""Signs of the line under a heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A headline number in words. `change` is how it stands against the days before, "" where nothing can be said."""

    label: str
    value: str
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table with the page that it is from. Without rows stands `empty`."""

    title: str
    link: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    empty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A letter in one language. `link` leads to the dashboard, `foot` says why it was sent."""

    language: str
    subject: str
    heading: str
    link: str
    foot: str
    about: Sequence[str] = ()
    notes: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    sections: Sequence[Section] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is sent: a mail's subject, text and HTML, and the body for a webhook."""

    subject: str
    text: str
    html: str
    body: bytes


@cache
def _renderer(language: str) -> Renderer:
    return Renderer(Assets(), load(language))


def told(content: Content, data: Mapping[str, Any]) -> Told:
    """The letter in every form; `data` is what programs read."""
    return Told(
        subject=content.subject,
        text=_text(content),
        html=_renderer(content.language).page("mail/letter.html", letter=content),
        body=msgspec.json.encode(data),
    )


def _text(content: Content) -> str:
    words = load(content.language)
    lines = [content.heading, *content.about, ""]
    lines += [line for note in content.notes for line in (f"! {note}", "")]
    lines += [_figure(figure) for figure in content.figures]
    for section in content.sections:
        lines += ["", section.title, "-" * min(WIDTH, len(section.title))]
        lines += [_row(section.columns, row) for row in section.rows] or [section.empty]
        lines.append(section.link)
    return "\n".join([*lines, "", f"{words('mail.open')}: {content.link}", "", content.foot, ""])


def _figure(figure: Figure) -> str:
    return _line(f"{figure.label}: {figure.value}" + (f" ({figure.change})" if figure.change else ""))


def _row(columns: Sequence[str], row: Sequence[str]) -> str:
    """The first column names the row, the others are told with their headings."""
    rest = (f"{column}: {value}" for column, value in zip(columns[1:], row[1:], strict=True))
    return _line(f"* {row[0]} – {', '.join(rest)}")


def _line(text: str) -> str:
    """A name of a product may hold anything, and must not look like a line of its own."""
    return "".join(sign if sign.isprintable() or sign == SPACE else " " for sign in text)
