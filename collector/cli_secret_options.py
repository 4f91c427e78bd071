"""How commands are told secrets: asked for, read from standard input or a file, or referred to. Never as an argument."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from collector.cli_options import F
from collector.control.vault import LONGEST_FILE
from collector.errors import OperatorError


def secret_options(function: F) -> F:
    """`--secret`, `--secret-file` and `--secret-ref`, each as often as there are secrets."""
    for flag, name, metavar, text in (
        ("--secret-ref", "referred", "NAME=WHERE", "Where it is kept: env:R46_SECRET_… or file:NAME."),
        ("--secret-file", "filed", "NAME=PATH", "A file to take it from now."),
        ("--secret", "asked", "NAME", "Asked for, or a line of standard input."),
    ):
        option = click.option(
            flag, name, multiple=True, metavar=metavar, help=f"A secret. {text} May repeat."
        )
        function = option(function)
    return function


def told_secrets(asked: Sequence[str], filed: Sequence[str], referred: Sequence[str]) -> dict[str, str]:
    """The secrets by name. Raises OperatorError for one that is told twice, is empty or cannot be read."""
    found: dict[str, str] = {}
    for name, secret in (*_referred(referred), *_filed(filed), *_asked(asked)):
        if name in found:
            raise OperatorError(f"the secret {name} is told twice")
        if not secret.strip():
            raise OperatorError(f"the secret {name} is empty; `--forget {name}` takes it away")
        found[name] = secret
    return found


def _asked(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if sys.stdin.isatty():
            yield name, click.prompt(name, hide_input=True)
        else:
            yield name, sys.stdin.readline()


def _filed(told: Sequence[str]) -> Iterator[tuple[str, str]]:
    for one in told:
        name, file = _pair(one, "--secret-file")
        try:
            with Path(file).open(encoding="utf-8") as opened:
                text = opened.read(LONGEST_FILE + 1)
        except (OSError, UnicodeDecodeError) as error:
            raise OperatorError(f"{file} cannot be read") from error
        if len(text) > LONGEST_FILE:
            raise OperatorError(f"{file} is larger than {LONGEST_FILE // 1024} KiB")
        if text.strip().startswith(("env:", "file:")):
            raise OperatorError(f"{file} holds a reference; tell it with --secret-ref")
        yield name, text


def _referred(told: Sequence[str]) -> Iterator[tuple[str, str]]:
    for one in told:
        name, where = _pair(one, "--secret-ref")
        if not where.startswith(("env:", "file:")):
            raise OperatorError(
                "--secret-ref takes NAME=env:R46_SECRET_… or NAME=file:NAME, never the secret"
            )
        yield name, where


def _pair(text: str, flag: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name.strip() or not value.strip():
        raise OperatorError(f"{flag} takes a name, an equals sign and where the secret is")
    return name.strip(), value.strip()
