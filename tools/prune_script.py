"""Leaves out of a bundled script what a page never calls.

Knows the shape that esbuild gives a minified bundle: one function whose body declares every module
as `var name=lazy((exports,module)=>{…})`, to be run when first asked for by `name()`. esbuild gives no
name of the body to anything inside a module, so whether one part needs another can be read off
the names it mentions. Names in texts count as well: that keeps too much, never too little.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

BODY = re.compile(r"var [A-Za-z]\w*=\(\(\)=>\{(?=var )")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_QUIET = re.compile(
    r"""(?:[^"'`/(){}\[\];,]++|"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|/\*.*?\*/)++""", re.DOTALL
)
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*+", re.DOTALL)
_REGEX = re.compile(r"/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/")
_BEFORE_REGEX = re.compile(
    r"(?:[(,=:\[!&|?{;+\-*%~^<>\n]|(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|else|do))$"
)
_FUNCTION = re.compile(r"(?:async )?function\*? ?([\w$]+)\(")
_DECLARED = re.compile(r"([\w$]+)(?:=|$)")
_MENTIONED = re.compile(r"(?:(?<![.\w$])|(?<=\.\.\.))[A-Za-z_$][\w$]*")
_HELPER = re.compile(r"([\w$]+)=\(\w+(?:,\w+)*\)=>\(\)=>\{")
_EXPORTER = re.compile(r"([\w$]+)=\(e,t\)=>\{for\(var r in t\)[\w$]+\(e,r,\{get:t\[r\],enumerable:!0\}\)\}")
_INERT = re.compile(
    r"[\w$]+(?:=(?:async )?(?:\([^()]*\)|[\w$]+)=>.*|=\{\}|=\"[^\"\\]*\"|=[\d.]+)?", re.DOTALL
)
_LIST = re.compile(r"\(\[((?:[\w$]+\(\),?)+)\]\)")
_ALIAS = re.compile(r"[\w$]+=[\w$]+\(\([\w$]+,([\w$]+)\)=>\{(?:\"use strict\";)?\1\.exports=([\w$]+)\(\)\}\)")
_DESCRIBED = re.compile(r'moduleType:"(\w+)",name:(?:"(\w+)"|([\w$]+)\.name)')


class NotABundle(Exception):
    """The script has another shape than this knows; it must be used whole."""


@dataclass(frozen=True, slots=True)
class Part:
    """One declaration, with what it declares, or another statement of the body, which declares nothing."""

    kind: Literal["var", "function", "statement"]
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Of the registered modules: the only traces to keep, and components to leave out."""

    traces: Collection[str]
    without: Collection[str] = ()
    asides: Sequence[re.Pattern[str]] = ()
    """Texts to strike: what is only of use to a trace that is left out."""


def prune(script: str, wanted: Wanted) -> str:
    """The same program with nothing but the wanted traces. Raises NotABundle."""
    opened = BODY.search(script)
    if opened is None:
        raise NotABundle("there is no body of modules")
    parts, end = _parts(script, opened.end())
    parts = _chosen(parts, wanted)
    kept = _needed(parts)
    body = "".join(_written(part) for number, part in enumerate(parts) if number in kept)
    return script[: opened.end()] + body + script[end:]


def _written(part: Part) -> str:
    return {"var": f"var {part.text};", "function": part.text, "statement": f"{part.text};"}[part.kind]


def _parts(script: str, start: int) -> tuple[list[Part], int]:
    """The body from `start` in parts, and where its closing bracket stands."""
    parts: list[Part] = []
    begin = cut = start  # of the statement, and of the declaration in it
    for sign, after in _marks(script, start):
        function = _FUNCTION.match(script, begin)
        text = script[cut : after - 1]
        if not sign:
            rest = script[begin:after]
            return [*parts, Part("statement", "", rest)] if rest else parts, after
        if function:
            if sign == "}":
                parts.append(Part("function", function[1], script[begin:after]))
                begin = cut = after
        elif script.startswith("var ", begin):
            if sign in ",;":
                parts.append(_declaration(text.removeprefix("var ") if cut == begin else text))
                cut = after
                begin = after if sign == ";" else begin
        elif sign == ";":
            parts.append(Part("statement", "", text))
            begin = cut = after
    raise NotABundle("the body does not end")


def _declaration(text: str) -> Part:
    declared = _DECLARED.match(text)
    if declared is None:
        raise NotABundle(f"a declaration begins with {text[:20]!r}")
    return Part("var", declared[1], text)


def _marks(script: str, at: int) -> Iterator[tuple[str, int]]:
    """Behind each `;`, `,` and closing `}` outside all brackets; last "" and the bracket that ends the body."""
    closing: list[str] = []
    while (at := _quiet_end(script, at)) < len(script):
        sign = script[at]
        if sign == "`" or (sign == "}" and closing[-1:] == ["`"]):
            at = _template_end(script, at, closing)
            continue
        if sign in _CLOSING:
            closing.append(_CLOSING[sign])
        elif sign in ")]}":
            if not closing:
                yield "", at
                return
            if closing.pop() != sign:
                raise NotABundle(f"a bracket is not closed before {script[at : at + 20]!r}")
        at += 1
        if not closing and sign in ",;}":
            yield sign, at


def _quiet_end(script: str, at: int) -> int:
    """The next bracket, `;`, `,` or template: behind words, texts, comments and regular expressions."""
    while True:
        quiet = _QUIET.match(script, at)
        at = quiet.end() if quiet else at
        if script[at : at + 1] != "/":
            return at
        if _BEFORE_REGEX.search(script[max(at - 20, 0) : at]):
            regex = _REGEX.match(script, at)
            if regex is None:
                raise NotABundle(f"a regular expression does not end: {script[at : at + 20]!r}")
            at = regex.end()
        else:
            at += 1


def _template_end(script: str, at: int, closing: list[str]) -> int:
    """Behind a piece of a template's text, which begins at "`" or at the "}" of a value in it."""
    if script[at] == "}":
        closing.pop()
    text = _TEMPLATE.match(script, at + 1)
    end = text.end() if text else at + 1
    if script.startswith("${", end):
        closing.append("`")
        return end + 2
    return end + 1


def _chosen(parts: Sequence[Part], wanted: Wanted) -> list[Part]:
    """The parts with unwanted modules struck from the lists of what is registered."""
    texts = {part.name: part.text for part in parts if part.name}
    found: set[str] = set()

    def shorter(listed: re.Match[str]) -> str:
        names = listed[1].split(",")
        told = {name: _described(texts, name.removesuffix("()")) for name in names}
        if any(kind == "trace" for kind, _ in told.values()):
            names = [name for name in names if told[name][1] in wanted.traces]
            found.update(told[name][1] for name in names)
        else:
            names = [
                name for name in names if told[name] not in {("component", one) for one in wanted.without}
            ]
        return f"([{','.join(names)}])"

    chosen = []
    for part in parts:
        text = _LIST.sub(shorter, part.text)
        for aside in wanted.asides:
            text = aside.sub("", text)
        chosen.append(replace(part, text=text))
    if missing := set(wanted.traces) - found:
        raise NotABundle(f"nothing is registered as {', '.join(sorted(missing))}")
    return chosen


def _described(texts: Mapping[str, str], name: str) -> tuple[str, str]:
    """What a module says it is: its type and name; empty where it does not say."""
    text = texts.get(name, "")
    alias = _ALIAS.fullmatch(text)
    if alias:
        return _described(texts, alias[2])
    told = _DESCRIBED.search(text)
    if told is None:
        return "", ""
    if told[2]:
        return told[1], told[2]
    constants = re.search(rf"[\s,]{re.escape(told[3])}=([\w$]+)\(\)", text)
    named = re.search(r'[{,]name:"(\w+)"', texts.get(constants[1], "")) if constants else None
    return told[1], named[1] if named else ""


def _needed(parts: Sequence[Part]) -> set[int]:
    """Numbers of the parts that run by themselves, and of all that these mention, and so on."""
    whole = "".join(part.text for part in parts if part.kind == "var" and len(part.text) < 200)
    helpers = {found[1] for found in _HELPER.finditer(whole)}
    exporter = _EXPORTER.search(whole)
    of: dict[str, list[int]] = {}
    todo: list[int] = []
    for number, part in enumerate(parts):
        exported = _exported(part, exporter[1]) if exporter else ""
        if part.name or exported:
            of.setdefault(part.name or exported, []).append(number)
        if not exported and not _is_inert(part, helpers):
            todo.append(number)
    kept: set[int] = set()
    while todo:
        number = todo.pop()
        if number not in kept:
            kept.add(number)
            for name in set(_MENTIONED.findall(parts[number].text)):
                todo += of.get(name, ())
    return kept


def _exported(part: Part, exporter: str) -> str:
    """The object that a statement only gives its getters, so that it matters only where the object does."""
    given = re.match(rf"{re.escape(exporter)}\(([\w$]+),\{{", part.text) if part.kind == "statement" else None
    return given[1] if given else ""


def _is_inert(part: Part, helpers: Collection[str]) -> bool:
    """Whether declaring it does nothing: a function, a plain value, or a module that waits to be asked for."""
    if part.kind != "var":
        return part.kind == "function"
    lazy = re.match(r"[\w$]+=([\w$]+)\((?:\([^()]*\)|[\w$]+)=>\{", part.text)
    if lazy and part.text.endswith("})"):
        return lazy[1] in helpers
    return _INERT.fullmatch(part.text) is not None
