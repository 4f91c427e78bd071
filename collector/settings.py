"""File and environment become one frozen value. Nothing else reads the environment.

Order of precedence: command line, environment (`R46_…`), `<data>/r46.toml`, defaults.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from collector.errors import OperatorError

MIB = 1024 * 1024
SECRET_PREFIX = "R46_SECRET_"  # noqa: S105 - how variables begin
"""What a variable is called that a secret of a destination can refer to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can set. Sizes in bytes, times in seconds.

    `public_url` is what shops' pages call; empty means http://host:port.
    `dashboard_port` 0 serves the dashboard on `port` too. Days that are over are prepared every
    `settle_seconds`; 0 prepares none and asks for everything anew. Reports and alerts are mailed
    where `smtp_host` names a server: `smtp_tls` is starttls, tls or none, `smtp_port` 0 its usual port.
    `webhook_private` lets webhooks reach addresses that are not public.
    Secrets of destinations are sealed with the key in `secrets_key_file`, or refer to a file in
    `secrets_dir`, or to a variable `R46_SECRET_…`, all of which stand in `env_secrets`. Destinations
    write files below `files_dir` alone, nowhere where that is not set. `/metrics` is told to who has
    `metrics_token`; where that is empty, to this machine alone.
    """

    data: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = 4646
    dashboard_port: int = 0
    public_url: str = ""
    workers: int = 0
    body_limit: int = 8 * MIB
    segment_bytes: int = 64 * MIB
    waiting_bytes: int = 64 * MIB
    waiting_records: int = 20_000
    store_memory: str = "4GB"
    store_threads: int = 2
    shutdown_seconds: float = 3.0
    settle_seconds: float = 20.0
    smtp_host: str = ""
    smtp_port: int = 0
    smtp_tls: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_password_file: Path = Path()
    smtp_from: str = ""
    webhook_private: bool = False
    secrets_key_file: Path = Path()
    secrets_dir: Path = Path()
    files_dir: Path = Path()
    metrics_token: str = field(default="", repr=False)
    env_secrets: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    @property
    def log_dir(self) -> Path:
        return self.data / "log"

    @property
    def store_file(self) -> Path:
        return self.data / "store.duckdb"

    @property
    def control_file(self) -> Path:
        return self.data / "control.sqlite"

    @property
    def key_file(self) -> Path:
        """What seals secrets, where the operator named no file: one beside them."""
        return self.secrets_key_file if self.secrets_key_file.name else self.data / "secrets.key"

    @property
    def origin(self) -> str:
        """Scheme, host and port at which pages reach the collector."""
        return self.public_url.rstrip("/") or self.local_origin

    @property
    def local_origin(self) -> str:
        """The collector on this machine, whatever a proxy before it is called."""
        return f"http://{url_host(self.host)}:{self.port}"

    @property
    def dashboard_origin(self) -> str:
        if not self.dashboard_port or self.dashboard_port == self.port:
            return self.origin
        return f"http://{url_host(self.host)}:{self.dashboard_port}"

    @property
    def dashboard_address(self) -> str:
        """Where people reach the dashboard, as far as that is told; else empty, and as they asked."""
        told = self.public_url.rstrip("/")
        return told if told == self.dashboard_origin else ""


def url_host(host: str) -> str:
    """The host a person can type: wildcard addresses become this machine."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def load(**given: Any) -> Settings:
    """Settings of this process. `given` values that are None were not given.

    Raises OperatorError for an unreadable file, an unknown name or a value that is none.
    """
    return resolve(os.environ, given)


def resolve(environ: Mapping[str, str], given: Mapping[str, Any]) -> Settings:
    """The pure half of `load`."""
    from_env = {name: environ[f"R46_{name.upper()}"] for name in _names() if f"R46_{name.upper()}" in environ}
    chosen = {name: value for name, value in given.items() if value is not None}
    data = Path(chosen.get("data") or from_env.get("data") or Settings().data)
    merged: dict[str, Any] = {**_file(data / "r46.toml"), **from_env, **chosen, "data": data}
    held = {name: value for name, value in environ.items() if name.startswith(SECRET_PREFIX)}
    typed = {name: _typed(name, value) for name, value in merged.items()}
    return replace(Settings(), **typed, env_secrets=held)


def _names() -> tuple[str, ...]:
    return tuple(one.name for one in fields(Settings) if one.name != "env_secrets")


def _file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise OperatorError(f"{path}: {error}") from error
    unknown = sorted(set(found) - set(_names()))
    if unknown:
        raise OperatorError(f"{path}: unknown setting {', '.join(unknown)}")
    return found


def _typed(name: str, value: Any) -> Any:
    kind = type(getattr(Settings(), name))
    if kind is type(Path()):
        return Path(value)
    if kind is bool:
        return _switch(name, value)
    try:
        return kind(value)
    except ValueError as error:
        raise OperatorError(f"{name}: {value!r} is not a {kind.__name__}") from error


def _switch(name: str, value: Any) -> bool:
    known = {"1": True, "on": True, "true": True, "0": False, "off": False, "false": False, "": False}
    text = str(value).strip().lower()
    if text not in known:
        raise OperatorError(f"{name}: {value!r} is neither on nor off")
    return known[text]
