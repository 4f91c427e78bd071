"""Files in an object store: s3://bucket/…, gs://bucket/… or az://container/… .

The store's library knows how an address is signed that lets one file be written for some minutes; what is
sent there goes out as every other request does. Only keys that the destination was given are used, never
those of the machine it runs on. Nothing here uses the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from collector.destinations.contract import Request, Write
from collector.outgoing.folder import names
from collector.outgoing.reach import Forbidden

if TYPE_CHECKING:
    from obstore.store import S3Credential, S3CredentialProvider

PLACE: Final = re.compile(r"(s3|gs|az)://([a-z0-9][a-z0-9._-]{1,62})(?:/([A-Za-z0-9._=/-]{0,400}))?")
REGION: Final = re.compile(r"[a-z0-9-]{1,40}")
ACCOUNT: Final = re.compile(r"[a-z0-9]{3,24}")
ENDPOINT: Final = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(?:/[A-Za-z0-9._/-]*)?")
SIGNED_FOR: Final = timedelta(minutes=10)
DEFAULT_REGION: Final = "us-east-1"
_GOOGLE_KEY: Final = ("private_key", "private_key_id", "client_email")
_Store: TypeAlias = AzureStore | GCSStore | S3Store
_HEADERS: Final = {"Content-Type": "application/octet-stream"}


def is_bucket(place: str) -> bool:
    """Whether the place is an address and not a folder."""
    return "://" in place


def signed(write: Write) -> Request:
    """The request that stores the file as a whole, or replaces it; raises Forbidden.

    Of `write` it takes the settings `account`, `region` and `endpoint` and the secret `key`. The address is
    a secret as long as it holds.
    """
    found = PLACE.fullmatch(write.place)
    if not found or ".." in write.place:
        raise Forbidden("the place is none of s3://, gs:// or az:// with a bucket")
    scheme, bucket, prefix = found.groups()
    name = "/".join(names(write.name))
    account, key = write.settings.get("account", ""), write.secrets.get("key", "")
    if not key or (scheme != "gs" and not account):
        raise Forbidden("the bucket's account or key is missing")
    try:
        store = _OPENED[scheme](bucket, (prefix or "").strip("/") or None, account, key, write.settings)
        url = obstore.sign(store, "PUT", name, SIGNED_FOR)
    except (BaseError, ValueError, OSError) as error:
        raise Forbidden("the bucket cannot be opened with these settings") from error
    kind = {"x-ms-blob-type": "BlockBlob"} if scheme == "az" else {}
    return Request(method="PUT", url=url, body=write.body, headers={**_HEADERS, **kind})


_Open: TypeAlias = Callable[[str, str | None, str, str, Mapping[str, str]], _Store]


def _amazon(bucket: str, within: str | None, account: str, key: str, settings: Mapping[str, str]) -> _Store:
    region = _matching(REGION, settings.get("region", "") or DEFAULT_REGION, "region")
    endpoint = settings.get("endpoint", "") or f"https://s3.{region}.amazonaws.com"
    return S3Store(
        bucket,
        prefix=within,
        endpoint=_matching(ENDPOINT, endpoint, "endpoint").rstrip("/"),
        region=region,
        credential_provider=_only(account, key),
        client_options={"allow_http": True},  # whether it may be http is asked when it is sent
    )


def _google(bucket: str, within: str | None, account: str, key: str, settings: Mapping[str, str]) -> _Store:
    return GCSStore(bucket, prefix=within, service_account_key=_google_key(key))


def _azure(bucket: str, within: str | None, account: str, key: str, settings: Mapping[str, str]) -> _Store:
    name = _matching(ACCOUNT, account, "account")
    return AzureStore(bucket, prefix=within, account_name=name, account_key=key)


_OPENED: Final[Mapping[str, _Open]] = {"s3": _amazon, "gs": _google, "az": _azure}


def _only(account: str, key: str) -> S3CredentialProvider:
    """This key, and none that the machine has in its environment."""

    def given() -> S3Credential:
        return {"access_key_id": account, "secret_access_key": key, "token": None, "expires_at": None}

    return given


def _matching(form: re.Pattern[str], text: str, what: str) -> str:
    """The text; it becomes part of an address, so that no other signs may be in it."""
    if not form.fullmatch(text):
        raise Forbidden(f"the bucket's {what} has signs that are not allowed")
    return text


def _google_key(key: str) -> str:
    """The parts of a service account's key that sign; others could name another host to be asked."""
    try:
        told = msgspec.json.decode(key, type=dict[str, object])
        return msgspec.json.encode({name: told[name] for name in _GOOGLE_KEY}).decode()
    except (msgspec.MsgspecError, KeyError) as error:
        raise Forbidden("the key is not that of a service account") from error
