"""Which endpoint a path belongs to: a dictionary first, patterns for the few with names in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from collector.wire import Endpoint


class Found(NamedTuple):
    """An endpoint and the values of its path's named segments (`*`: the rest, joined by `/`)."""

    endpoint: Endpoint
    params: Mapping[str, str]


class Routes:
    """Endpoints by canonical path (T1). An exact path wins over a name, a name over `/*`."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._exact: dict[str, Found] = {}
        self._named: dict[int, list[tuple[list[str], Endpoint]]] = {}
        self._open: list[tuple[list[str], Endpoint]] = []
        for endpoint in endpoints:
            self._add(endpoint)
        self._open.sort(key=lambda entry: -len(entry[0]))

    def _add(self, endpoint: Endpoint) -> None:
        segments = endpoint.path.split("/")
        if segments[-1] == "*":
            self._open.append((segments[:-1], endpoint))
        elif any(segment.startswith(":") for segment in segments):
            self._named.setdefault(len(segments), []).append((segments, endpoint))
        else:
            self._exact[endpoint.path] = Found(endpoint, {})

    def exact(self, path: str) -> Found | None:
        """The endpoint of exactly this path."""
        return self._exact.get(path)

    def find(self, path: str) -> Found | None:
        """The endpoint of a canonical path, or None."""
        found = self._exact.get(path)
        if found is not None:
            return found
        segments = path.split("/")
        for pattern, endpoint in self._named.get(len(segments), ()):
            params = _match(pattern, segments)
            if params is not None:
                return Found(endpoint, params)
        for pattern, endpoint in self._open:
            if len(segments) > len(pattern):
                params = _match(pattern, segments[: len(pattern)])
                if params is not None:
                    return Found(endpoint, {**params, "*": "/".join(segments[len(pattern) :])})
        return None


def _match(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    params = {}
    for expected, segment in zip(pattern, segments, strict=True):
        if expected.startswith(":") and segment:
            params[expected[1:]] = segment
        elif expected != segment:
            return None
    return params
