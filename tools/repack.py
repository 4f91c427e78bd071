"""Renames and reorders a minified script so that gzip finds more repetition in it.

Which variable gets which letter, and which function stands next to which, is free, and decides
a thirtieth of the packed size. The best choice known is kept in a file and can be searched for
anew. A choice found for another source still gives a correct script, only a larger one.
"""

from __future__ import annotations

import itertools
import math
import random
import re
import string
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\.\.\.|[A-Za-z_$][\w$]*|\.?\d[\w.]*|.)""", re.DOTALL
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\]|\\.)*\])+/[gimuy]*")
_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
_FUNCTION = re.compile(r"[\w$]+=(?:[\w$]+|\([^()]*\))=>")
_SHORT = re.compile(r"[A-Za-z_$][\w$]?")
_WORDS = frozenset({"do", "if", "in", "of", "as", "is"})
_LETTERS = string.ascii_letters + "_$"
NAMES = (*_LETTERS, *(a + b for a in _LETTERS for b in string.ascii_lowercase if a + b not in _WORDS))
"""Every name a variable may get, the short ones first."""

Piece = tuple[tuple[str, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """`order`: of the functions of the longest declaration; `names`: of variables by first use."""

    order: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Choice:
        """A choice as `str` wrote it: a line of numbers, a line of names."""
        order, names = [*text.split("\n"), ""][:2]
        return cls(order=tuple(int(number) for number in order.split()), names=tuple(names.split()))

    def __str__(self) -> str:
        return f"{' '.join(map(str, self.order))}\n{' '.join(self.names)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A minified script in pieces that can be put together again in other ways.

    Each piece is (texts, variables): a variable, by number, stands between two texts.
    """

    head: Piece
    functions: tuple[Piece, ...]
    values: tuple[Piece, ...]
    tail: Piece
    variables: int

    @classmethod
    def of(cls, script: str) -> Program:
        """Takes the script apart. A function is only defined where it stands, so all may come first."""
        head, declared, tail = _longest_declaration(script)
        functions = [part for part in declared if _FUNCTION.match(part)]
        values = [part for part in declared if not _FUNCTION.match(part)]
        seen: dict[str, int] = {}
        return cls(
            head=_piece(head, seen),
            functions=tuple(_piece(part, seen) for part in functions),
            values=tuple(_piece(part, seen) for part in values),
            tail=_piece(tail, seen),
            variables=len(seen),
        )

    def completed(self, choice: Choice) -> Choice:
        """The same choice, made to fit this program."""
        count = len(self.functions)
        order = choice.order if sorted(choice.order) == list(range(count)) else tuple(range(count))
        names = tuple(dict.fromkeys([*(name for name in choice.names if name in NAMES), *NAMES]))
        return Choice(order=order, names=names[: self.variables + 20])

    def text(self, choice: Choice) -> str:
        """The whole script, by a choice that fits."""
        inner = [_filled(self.functions[number], choice.names) for number in choice.order]
        inner += [_filled(value, choice.names) for value in self.values]
        head, tail = (_filled(piece, choice.names) for piece in (self.head, self.tail))
        return f"{head} {','.join(inner)}{tail}"


def repacked(script: str, choice: Choice) -> str:
    """The script by this choice, as far as it fits."""
    program = Program.of(script)
    return program.text(program.completed(choice))


def search(script: str, start: Choice, rounds: int, seed: int) -> Choice:
    """A choice by which the script packs better: simulated annealing from the one known."""
    program, dice = Program.of(script), random.Random(seed)
    now = best = program.completed(start)
    size = least = _size(program.text(now))
    for left in range(rounds, 0, -1):
        changed = _changed(now, program.variables, dice)
        found = _size(program.text(changed))
        heat = 1.5 * left / rounds
        if found <= size or dice.random() < math.exp((size - found) / heat):
            now, size = changed, found
        if size < least:
            best, least = now, size
    return best


def _changed(choice: Choice, variables: int, dice: random.Random) -> Choice:
    """One function elsewhere, or two names swapped."""
    order, names = list(choice.order), list(choice.names)
    if order and dice.random() < 0.25:
        moved = order.pop(dice.randrange(len(order)))
        order.insert(dice.randrange(len(order) + 1), moved)
    else:
        one, two = dice.randrange(variables), dice.randrange(len(names))
        names[one], names[two] = names[two], names[one]
    return Choice(order=tuple(order), names=tuple(names))


def _size(script: str) -> int:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return len(packer.compress(script.encode())) + len(packer.flush())


def _filled(piece: Piece, names: Sequence[str]) -> str:
    texts, variables = piece
    gaps = [*(names[number] for number in variables), ""]
    return "".join(itertools.chain.from_iterable(zip(texts, gaps, strict=True)))


def _piece(text: str, seen: dict[str, int]) -> Piece:
    texts, variables = [""], list[int]()
    tokens = list(_tokens(text))
    for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
        if _is_variable(before, token, after):
            variables.append(seen.setdefault(token, len(seen)))
            texts.append("")
        else:
            texts[-1] += token
    return tuple(texts), tuple(variables)


def _is_variable(before: str, token: str, after: str) -> bool:
    """Whether a token is a name the minifier made, not a word of the language, property or key."""
    if token in _WORDS or not _SHORT.fullmatch(token):
        return False
    return before != "." and not (after == ":" and before in {"{", ","})


def _longest_declaration(script: str) -> tuple[str, list[str], str]:
    """The script up to and with a `let`, what that declares, and the rest."""
    tokens = list(_tokens(script))
    found: tuple[str, list[str], str] = (script, [], "")
    for start, token in enumerate(tokens):
        if token == "let":
            parts, end = _declared(tokens, start + 1)
            if len(parts) > len(found[1]):
                found = "".join(tokens[: start + 1]), parts, "".join(tokens[end:])
    return found


def _declared(tokens: Sequence[str], start: int) -> tuple[list[str], int]:
    """The parts of a declaration, and where it ends."""
    parts, depth = [""], 0
    for at in range(start, len(tokens)):
        token = tokens[at]
        depth += (token in {"(", "[", "{"} or (token.startswith("`") and token.endswith("${"))) - (
            token in {")", "]", "}"} or (token.startswith("}") and token.endswith("`"))
        )
        if depth < 0 or (token == ";" and not depth):
            return [part.strip() for part in parts], at
        if token == "," and not depth:
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts], len(tokens)


def _tokens(script: str) -> Iterator[str]:
    """Strings, regular expressions and the texts of templates whole; else words, numbers, signs."""
    at, before, depth, templates = 0, "", 0, list[int]()
    while at < len(script):
        sign = script[at]
        if sign == "`" or (sign == "}" and templates[-1:] == [depth]):
            text = _TEXT.match(script, at + 1)
            end = text.end() if text else at + 1
            goes_on = script[end] == "$"
            if sign == "`" and goes_on:
                templates.append(depth)
            elif sign == "}" and not goes_on:
                templates.pop()
            token = script[at : end + (2 if goes_on else 1)]
        else:
            is_regex = sign == "/" and (before in set("(,=:[!&|?{};>") or before == "return")
            found = (_REGEX if is_regex else _TOKEN).match(script, at)
            token = found[0] if found else sign
            depth += (token == "{") - (token == "}")
        yield token
        at, before = at + len(token), token
