"""The paths of this vendor, and what each of them answers (docs/wire/exponea.md, "Endpoints")."""

from __future__ import annotations

from collector.adapters.exponea import legacy, reply, tracking
from collector.adapters.exponea.access import VENDOR
from collector.wire import Answer, Decode, Endpoint, Refuse

PROJECT = "/track/v2/projects/:token"
STREAM = "/track/u/v1"
DATA = "/data/v2/projects/:token"
ANY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
BOTH = ("GET", "POST")


def endpoints() -> tuple[Endpoint, ...]:
    """Every path; what else begins like one of them is not there, and says so in the vendor's words."""
    return (
        *_tracking(PROJECT),
        _endpoint(f"{PROJECT}/system/time", tracking.EVENT, tracking.decode_time, reply.answer_time, BOTH),
        *_tracking(STREAM),
        *_legacy(),
        *_data(),
        *(
            _endpoint(f"{prefix}/*", tracking.EVENT, tracking.decode_unknown, reply.answer, ANY)
            for prefix in ("/track/v2/projects", STREAM, "/data/v2/projects")
        ),
    )


def _tracking(prefix: str) -> tuple[Endpoint, ...]:
    single = reply.answer
    return (
        _endpoint(f"{prefix}/customers/events", tracking.EVENT, tracking.decode_event, single),
        _endpoint(f"{prefix}/customers", tracking.CUSTOMER, tracking.decode_customer, single),
        _endpoint(f"{prefix}/campaigns/clicks", tracking.EVENT, tracking.decode_click, single),
        _endpoint(f"{prefix}/batch", tracking.BATCH, tracking.decode_batch, reply.answer_results),
    )


def _legacy() -> tuple[Endpoint, ...]:
    bulk, refuse = legacy.BULK, reply.refuse_legacy
    return (
        _endpoint("/bulk", bulk, legacy.decode_bulk, reply.answer_legacy, refuse=refuse),
        _endpoint("/crm/events", bulk, legacy.decode_event, reply.answer),
        _endpoint("/crm/customers", bulk, legacy.decode_customer, reply.answer),
    )


def _data() -> tuple[Endpoint, ...]:
    name, read = tracking.CUSTOMER, reply.answer_read
    erasure = f"{DATA}/customers/anonymize"
    return (
        _endpoint(erasure, name, tracking.decode_erasure, reply.answer_erasure, refuse=reply.refuse_erasure),
        _endpoint(f"{DATA}/customers/attributes", name, tracking.decode_read, read, BOTH),
        _endpoint(f"{DATA}/consent/categories", name, tracking.decode_read, read, BOTH),
    )


def _endpoint(
    path: str,
    name: str,
    decode: Decode,
    answer: Answer,
    methods: tuple[str, ...] = ("POST",),
    *,
    refuse: Refuse = reply.refuse,
) -> Endpoint:
    return Endpoint(
        methods=methods,
        path=path,
        name=name,
        decode=decode,
        answer=answer,
        refuse=refuse,
        vendor=VENDOR,
        rate="exponea.rate",
    )
