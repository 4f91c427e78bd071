"""Files in object stores: whole, under the given key alone, and at hosts that may be reached."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from collector.destinations.contract import Answer, Write
from collector.outgoing.bucket import signed
from collector.outgoing.sender import Sender
from collector.outgoing.webhook import Rules
from tests.destinations.recorder import Got, Recorder, recorder, silence, status

NOW = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)
PRIVATE = Rules(private=True)
BODY = bytes(range(256)) * 4096
KEY = "very-secret-key"
PATH = "/events/shop/one/2026-03-18/a-1.parquet"


@pytest.fixture
def store() -> Iterator[Recorder]:
    with recorder() as running:
        yield running


def sent(write: Write, *, rules: Rules = PRIVATE, total_s: float = 10) -> Answer:
    async def whole() -> Answer:
        sender = Sender(rules=rules)
        try:
            return await sender.send(write, connect_s=2, total_s=total_s, now=NOW)
        finally:
            await sender.close()

    return asyncio.run(whole())


def to_s3(endpoint: str, **changed: str) -> Write:
    settings = {"account": "AKID", "region": "eu-west-1", "endpoint": endpoint, **changed}
    place = settings.pop("place", "s3://events/shop/one")
    secrets = {"key": settings.pop("key", KEY)}
    return Write(place=place, name="2026-03-18/a-1.parquet", body=BODY, settings=settings, secrets=secrets)


def amazon_signature(got: Got) -> str:
    """What the store computes of a request with a signed address (AWS, "Signature Version 4, query string")."""
    query = dict(parse_qsl(got.query))
    query.pop("X-Amz-Signature")
    asked = "&".join(f"{quote(name, '')}={quote(query[name], '')}" for name in sorted(query))
    plain = f"PUT\n{got.path}\n{asked}\nhost:{got.headers['host']}\n\nhost\nUNSIGNED-PAYLOAD"
    scope = query["X-Amz-Credential"].partition("/")[2]
    digest = hashlib.sha256(plain.encode()).hexdigest()
    key = f"AWS4{KEY}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    told = f"AWS4-HMAC-SHA256\n{query['X-Amz-Date']}\n{scope}\n{digest}"
    return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()


def test_a_file_arrives_whole_under_the_given_key_and_no_other(
    store: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys of the machine it runs on are in the environment, and stay there."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "MACHINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "machine-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "machine-token")
    answers = [sent(to_s3(store.url)) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    first, again = store.got
    assert (
        (first.method, first.path, first.body)
        == (again.method, again.path, again.body)
        == ("PUT", PATH, BODY)
    )
    query = dict(parse_qsl(first.query))
    assert query["X-Amz-Credential"].startswith("AKID/")
    assert query["X-Amz-Credential"].endswith("/eu-west-1/s3/aws4_request")
    assert query["X-Amz-Signature"] == amazon_signature(first)
    told = f"{first.query} {first.headers}"
    assert not [word for word in ("machine", "MACHINE", "Security-Token", KEY) if word in told]


@pytest.mark.parametrize("code", [301, 401, 403, 404, 503])
def test_what_a_store_answers_is_told_and_not_tried_again(store: Recorder, code: int) -> None:
    store.always("*", status(code, {"location": f"{store.url}/inside"}, b"<Code>Told</Code>"))
    answer = sent(to_s3(store.url))
    assert (answer.status, answer.body, len(store.got)) == (code, b"<Code>Told</Code>", 1)


def test_a_store_that_does_not_answer_may_have_the_file(store: Recorder) -> None:
    store.always("*", silence())
    assert sent(to_s3(store.url), total_s=0.3) == Answer(
        fault="timeout", sent=True, text="no answer came in time"
    )


def test_addresses_of_azure_and_google_are_theirs() -> None:
    azure = signed(to_s3("", place="az://events/shop", account="acme", key="a2V5a2V5"))
    parts = urlsplit(azure.url)
    assert (parts.scheme, parts.netloc, parts.path) == (
        "https",
        "acme.blob.core.windows.net",
        "/events/shop/2026-03-18/a-1.parquet",
    )
    assert dict(azure.headers) == {
        "Content-Type": "application/octet-stream",
        "x-ms-blob-type": "BlockBlob",
    }
    google = signed(to_s3("", place="gs://events/shop", key=google_key()))
    parts = urlsplit(google.url)
    assert (parts.scheme, parts.netloc, parts.path) == (
        "https",
        "storage.googleapis.com",
        "/events/shop/2026-03-18/a-1.parquet",
    )
    assert dict(parse_qsl(parts.query))["X-Goog-Credential"].startswith("sender@shop.example/")


def test_a_google_key_cannot_name_the_host_that_is_asked() -> None:
    """Such a key may have a base address of its own, and a word that switches its signature off."""
    request = signed(
        to_s3("", place="gs://events", key=google_key(gcs_base_url="https://10.0.0.1", disable_oauth=True))
    )
    assert request.url.startswith("https://storage.googleapis.com/events/2026-03-18/a-1.parquet?X-Goog-")


def google_key(**more: object) -> str:
    private = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    known = {"private_key": private.decode(), "private_key_id": "1", "client_email": "sender@shop.example"}
    return json.dumps({**known, **more})


FORBIDDEN: list[Mapping[str, str]] = [
    {"place": "file:///etc"},
    {"place": "memory:///"},
    {"place": "https://events.example/x"},
    {"place": "s3://events/../other"},
    {"place": "s3://Events"},
    {"place": "s3://events/a?b"},
    {"region": "eu.evil.example/"},
    {"region": "eu#"},
    {"endpoint": "https://s3.example/?x="},
    {"endpoint": "https://user:word@s3.example"},
    {"account": ""},
    {"key": ""},
    {"place": "gs://events", "key": "no JSON"},
    {"place": "gs://events", "key": '{"client_email":"a"}'},
    {"place": "az://events", "account": "evil.example/"},
    {"place": "az://events", "account": "shop", "key": "not base64!"},
]


@pytest.mark.parametrize("changed", FORBIDDEN, ids=str)
def test_a_place_or_key_that_could_lead_elsewhere_is_refused(changed: Mapping[str, str]) -> None:
    answer = sent(to_s3(**{"endpoint": "", **changed}))
    assert (answer.fault, answer.sent) == ("forbidden", False)
    assert KEY not in answer.text


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1", "https://127.0.0.1", "https://2130706433", "https://[::1]"]
)
def test_an_endpoint_inside_is_not_asked_unless_the_operator_allows_it(
    store: Recorder, endpoint: str
) -> None:
    answer = sent(to_s3(f"{endpoint}:{store.port}"), rules=Rules())
    assert (answer.fault, answer.sent, store.connections) == ("forbidden", False, 0)
