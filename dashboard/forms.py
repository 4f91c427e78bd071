"""What a form on a page of ours sends: fields, and a file where one is asked for.

A form of another site is not read, one that is too large is refused before it is held.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from collector.errors import OperatorError

LARGEST_FIELDS: Final = 64 * 1024
LARGEST_FILE: Final = 20 * 1024 * 1024
MOST_PARTS: Final = 100
_BOUNDARY: Final = re.compile(
    r"multipart/form-data;\s*boundary=\"?([A-Za-z0-9'()+_,./:=?-]{1,70})\"?\s*", re.I
)
_NAME: Final = re.compile(rb'[;\s]name="([^"\r\n]{0,200})"')
_FILENAME: Final = re.compile(rb'[;\s]filename="([^"\r\n]{0,400})"')


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a browser sent it. Its name is text of a stranger."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """Fields by name, the last of each, and files by the name of their field."""

    fields: Mapping[str, str]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The field without space at its ends; "" where it was not sent."""
        return self.fields.get(name, "").strip()


async def read(request: Request, fields: int = LARGEST_FIELDS, files: int = LARGEST_FILE) -> Form | None:
    """The form that a page of ours sent; None for one of another site.

    Raises OperatorError for more bytes of fields, or of files, than these.
    """
    if not _own(request):
        return None
    kind = request.headers.get("content-type", "")
    boundary = _BOUNDARY.fullmatch(kind)
    if boundary is None:
        given = _fields(await _body(request.stream(), fields))
        return Form({name: values[-1] for name, values in given.items()})
    return _parts(await _body(request.stream(), fields + files), boundary[1].encode())


def _fields(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_PARTS)
    except ValueError as error:
        raise OperatorError(f"the form has more than {MOST_PARTS} fields") from error


def _own(request: Request) -> bool:
    """Whether a page of this very site sent it, as far as the browser says."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


async def _body(stream: AsyncIterator[bytes], most: int) -> bytes:
    body = bytearray()
    async for part in stream:
        body += part
        if len(body) > most:
            raise OperatorError(f"the form is larger than {most // 1024:,} KiB")
    return bytes(body)


def _parts(body: bytes, boundary: bytes) -> Form:
    """The parts of a multipart body; what is no part of a form is passed over."""
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, MOST_PARTS + 1)
    for piece in pieces[1:-1]:
        head, found, data = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not found or name is None:
            continue
        key, file = name[1].decode("utf-8", "replace"), _FILENAME.search(head)
        if file is None:
            fields[key] = data[:LARGEST_FIELDS].decode("utf-8", "replace")
        elif file[1] or data:
            files[key] = Upload(file[1].decode("utf-8", "replace"), data)
    return Form(fields, files)
