"""Files appear whole, below the folder that is allowed, and nowhere else."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.destinations.contract import Answer, Write
from collector.outgoing import folder
from collector.outgoing.reach import Forbidden
from collector.outgoing.sender import Sender
from collector.outgoing.webhook import Rules

NOW = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    return made


def files(root: Path) -> dict[str, bytes]:
    """Every file below, links not followed."""
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }


def sent(allowed: Path | None, write: Write, total_s: float = 10) -> Answer:
    async def whole() -> Answer:
        sender = Sender(rules=Rules(), folder=allowed)
        try:
            return await sender.send(write, connect_s=2, total_s=total_s, now=NOW)
        finally:
            await sender.close()

    return asyncio.run(whole())


def test_a_file_is_written_whole_and_writing_it_again_replaces_it(allowed: Path) -> None:
    write = Write(place=f"{allowed}/shop", name="2026-03-18/a-1.ndjson.zst", body=b"one")
    again = Write(place=write.place, name=write.name, body=b"two")
    assert [sent(allowed, write), sent(allowed, again)] == [Answer(status=200, sent=True)] * 2
    assert files(allowed) == {"shop/2026-03-18/a-1.ndjson.zst": b"two"}
    mode = (allowed / "shop/2026-03-18/a-1.ndjson.zst").stat().st_mode
    assert stat.S_IMODE(mode) & 0o027 == 0


def test_a_file_can_stand_in_the_allowed_folder_itself(allowed: Path) -> None:
    folder.write(allowed, str(allowed), "a.parquet", b"one")
    assert files(allowed) == {"a.parquet": b"one"}


PLACES = [
    "{allowed}/../other",
    "{allowed}-more",
    "/",
    "/etc",
    "files",
    "",
    "{allowed}/a b",
    "{allowed}/.hidden",
]
NAMES = [
    "../a",
    "/a",
    "a//b",
    ".a",
    "",
    "a/../b",
    "a\nb",
    "a\0b",
    "ä",
    "x" * 201,
    "/".join("abcdefghijklmnopq"),
]


@pytest.mark.parametrize("place", PLACES)
def test_no_folder_outside_is_written_to(allowed: Path, place: str) -> None:
    write = Write(place=place.format(allowed=allowed), name="a", body=b"one")
    answer = sent(allowed, write)
    assert (answer.fault, answer.sent, files(allowed.parent)) == ("forbidden", False, {})


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leads_outside(allowed: Path, name: str) -> None:
    answer = sent(allowed, Write(place=str(allowed), name=name, body=b"one"))
    assert (answer.fault, files(allowed.parent)) == ("forbidden", {})


def test_without_an_allowed_folder_nothing_is_written(allowed: Path) -> None:
    answer = sent(None, Write(place=str(allowed), name="a", body=b"one"))
    assert answer == Answer(fault="forbidden", text="this installation allows no folder for files")


@pytest.mark.parametrize("name", ["link/a", "deep/link/a"])
def test_a_link_that_leads_outside_is_not_followed(allowed: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (allowed / "deep").mkdir()
    for parent in (allowed, allowed / "deep"):
        (parent / "link").symlink_to(outside)
    with pytest.raises(Forbidden, match="is a link or a file"):
        folder.write(allowed, str(allowed), name, b"one")
    assert files(outside) == {}


def test_a_link_under_the_file_s_own_name_is_replaced_and_not_followed(allowed: Path, tmp_path: Path) -> None:
    (tmp_path / "passwords").write_bytes(b"secret")
    (allowed / "a").symlink_to(tmp_path / "passwords")
    folder.write(allowed, str(allowed), "a", b"one")
    assert (tmp_path / "passwords").read_bytes() == b"secret"
    assert not (allowed / "a").is_symlink()
    assert (allowed / "a").read_bytes() == b"one"


def test_a_reader_sees_the_old_file_or_the_new_one_and_never_a_part(allowed: Path) -> None:
    bodies = [bytes([sign]) * 200_000 for sign in b"ab"]
    folder.write(allowed, str(allowed), "a", bodies[0])
    over = threading.Event()
    seen: set[bytes] = set()

    def read() -> None:
        while not over.is_set():
            seen.add((allowed / "a").read_bytes())

    reading = threading.Thread(target=read)
    reading.start()
    for turn in range(40):
        folder.write(allowed, str(allowed), "a", bodies[turn % 2])
    over.set()
    reading.join(10)
    assert seen <= set(bodies)
    assert files(allowed) == {"a": bodies[1]}


def test_a_file_that_cannot_be_put_in_its_place_leaves_nothing_behind(allowed: Path) -> None:
    (allowed / "a" / "b").mkdir(parents=True)
    answer = sent(allowed, Write(place=str(allowed), name="a", body=b"one"))
    assert answer == Answer(fault="storage", sent=True, text="the file was not written: Is a directory")
    assert os.listdir(allowed) == ["a"]


def test_a_folder_that_is_gone_is_a_fault_of_storage(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    answer = sent(gone, Write(place=str(gone), name="a", body=b"one"))
    assert answer == Answer(
        fault="storage", sent=True, text="the file was not written: No such file or directory"
    )


def test_a_file_system_that_hangs_is_given_up(allowed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system's sync does not come back, as with a network drive that is lost."""
    over = threading.Event()
    monkeypatch.setattr(os, "fsync", lambda number: over.wait(10))
    threading.Timer(1, over.set).start()
    answer = sent(allowed, Write(place=str(allowed), name="a", body=b"one"), total_s=0.1)
    assert answer == Answer(fault="storage", sent=True, text="the file could not be written in time")
