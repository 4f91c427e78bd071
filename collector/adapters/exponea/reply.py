"""Answers, byte for byte as clients of this vendor read them (docs/wire/exponea.md, "Answers")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from collector.wire import Decoded, Judged, WireReply

SUCCESS = WireReply(body=b'{"errors":[],"success":true}')
_SAID: Mapping[str, str] = {
    "identity_missing": "At least one id should be specified.",
    "field_missing:event_type": "event_type is required",
    "field_missing:name": "name of the command is required",
    "ts_invalid": "timestamp is not a time",
    "wrong_shape": "data is not an object",
    "field_type:properties": "properties is not an object",
    "field_too_long:event": "event is larger than 800 KB",
    "field_too_long:properties": "more than 255 properties of a customer",
    "erasure_off": "not supported",
    "auth_missing": "access key not found",
}


def said(judged: Judged) -> str:
    """The text of a refusal, in the vendor's words where they are known."""
    code = judged.codes[0]
    base, _, field = code.partition(":")
    if base == "command_unknown":
        return f"Unknown command: {judged.name}"
    if code in _SAID:
        return _SAID[code]
    return f"property {field} is larger than 16 KB" if base == "field_too_long" else code


def failure(*errors: str) -> dict[str, Any]:
    return {"errors": list(errors), "success": False}


def written(value: Any, status: int = 200) -> WireReply:
    return WireReply(status=status, body=msgspec.json.encode(value))


def answer(decoded: Decoded) -> WireReply:
    """Of a request with one event: success, unless it was refused."""
    first = decoded.judged[0]
    return written(failure(said(first))) if first.outcome == "rejected" else SUCCESS


def answer_erasure(decoded: Decoded) -> WireReply:
    """Success only for a request to erase that is kept."""
    first = decoded.judged[0]
    if first.outcome == "rejected":
        return written(failure(said(first)))
    return written({"success": True})


def answer_results(decoded: Decoded) -> WireReply:
    """One result a command, in their order. Both times are those of the arrival."""
    facts = decoded.facts
    return written(
        {
            "results": facts["results"],
            "start_time": facts["time"],
            "end_time": facts["time"],
            "success": True,
        }
    )


def answer_legacy(decoded: Decoded) -> WireReply:
    """As `answer_results`, in the order of the legacy path."""
    facts = decoded.facts
    return written(
        {
            "success": True,
            "results": facts["results"],
            "start_time": facts["time"],
            "end_time": facts["time"],
        }
    )


def answer_time(decoded: Decoded) -> WireReply:
    return written({"success": True, "time": decoded.facts["time"], "errors": []})


def answer_read(decoded: Decoded) -> WireReply:
    """Of what nobody knows here, nothing: to each attribute that was asked for, that there is none."""
    results = [{"success": False}] * decoded.facts.get("asked", 0)
    return written({"results": results, "success": True})


def refuse(code: str, status: int, message: str) -> WireReply:
    """The error body of a whole request; each status has its own form."""
    if code == "adapter_failed":
        return SUCCESS
    if status == 401:
        return written({"error": "access key not found", "success": False}, status)
    if status == 403:
        return written({"error": code, "success": False}, status)
    if status == 404:
        told = {"code": status, "description": code, "message": code}
        return written({"errors": [told], "success": False}, status)
    return written(failure(code), status)


def refuse_legacy(code: str, status: int, message: str) -> WireReply:
    """As `refuse`; a body without commands has a form of its own."""
    if code == "field_missing:commands":
        return written({"success": False, "message": "No commands"}, status)
    return refuse(code, status, message)


def refuse_erasure(code: str, status: int, message: str) -> WireReply:
    """As `refuse`; a request that could not be read is no job, and must not be called one."""
    if code == "adapter_failed":
        return written(failure(code), status)
    return refuse(code, status, message)
