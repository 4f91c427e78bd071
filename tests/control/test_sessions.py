"""Sessions: known by a hash, alive while they are used, ended at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from collector.control.sessions import (
    LONGEST_AGENT,
    NOTED_SECONDS,
    OF_A_SHARE,
    SESSION_SECONDS,
    Session,
    Sessions,
)
from collector.control.tables import metadata

NOW = 1_000_000.0


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'control.sqlite'}")
    metadata.create_all(engine)
    return Sessions(engine)


def test_a_token_finds_its_session_and_is_not_kept(sessions: Sessions, tmp_path: Path) -> None:
    token = sessions.open(NOW, user_id="ann", agent="Firefox 140, Linux")
    found = sessions.find(token, NOW + 5)
    assert found is not None
    assert found == Session(
        session_id=found.session_id,
        user_id="ann",
        share_id="",
        created_at=NOW,
        seen_at=NOW,
        agent="Firefox 140, Linux",
    )
    assert sessions.find("", NOW) is None
    assert sessions.find(found.session_id, NOW) is None
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_session_lives_thirty_days_after_its_last_use(sessions: Sessions) -> None:
    token = sessions.open(NOW, user_id="ann")
    used = sessions.find(token, NOW + SESSION_SECONDS)
    assert used is not None
    assert used.noted
    assert sessions.find(token, NOW + 2 * SESSION_SECONDS) is not None
    assert sessions.find(token, NOW + 3 * SESSION_SECONDS + 1) is None


def test_a_use_is_noted_once_an_hour(sessions: Sessions) -> None:
    token = sessions.open(NOW, user_id="ann")
    noted = []
    for now in (NOW, NOW + NOTED_SECONDS - 1, NOW + NOTED_SECONDS, NOW + NOTED_SECONDS + 1):
        found = sessions.find(token, now)
        noted.append(found is not None and found.noted)
    assert noted == [False, False, True, False]
    assert [one.seen_at for one in sessions.of("ann", NOW)] == [NOW + NOTED_SECONDS]


def test_one_s_sessions_end_one_by_one_or_all_and_never_another_s(sessions: Sessions) -> None:
    tokens = [sessions.open(NOW + number, user_id="ann") for number in range(4)]
    other, operator = sessions.open(NOW, user_id="bob"), sessions.open(NOW)
    listed = [one.session_id for one in sessions.of("ann", NOW)]
    assert not sessions.end("bob", listed[0])
    assert sessions.end("ann", listed[0])
    assert not sessions.end("ann", listed[0])
    assert [sessions.find(one, NOW + 9) is not None for one in tokens] == [True, True, True, False]
    assert sessions.end_all("ann", but=listed[3]) == 2
    assert [sessions.find(one, NOW + 9) is not None for one in tokens] == [True, False, False, False]
    assert sessions.find(other, NOW) is not None
    assert sessions.end_all("") == 1
    assert sessions.find(operator, NOW) is None
    sessions.end_token(other)
    assert sessions.find(other, NOW) is None


def test_sessions_of_a_link_are_nobody_s_and_end_with_it(sessions: Sessions) -> None:
    shared, operator = sessions.open(NOW, share_id="board"), sessions.open(NOW)
    assert [one.share_id for one in sessions.of("", NOW)] == [""]
    assert sessions.end_all("") == 1
    assert sessions.find(shared, NOW) is not None
    assert sessions.end_share("") == 0
    assert sessions.end_share("board") == 1
    assert sessions.find(shared, NOW) is None
    assert sessions.find(operator, NOW) is None


def test_a_link_that_everybody_opens_keeps_so_many_sessions(sessions: Sessions) -> None:
    tokens = [sessions.open(NOW + number, share_id="board") for number in range(OF_A_SHARE + 2)]
    alive = [sessions.find(token, NOW + 999) is not None for token in tokens]
    assert alive == [False, False] + [True] * OF_A_SHARE


def test_what_a_browser_calls_itself_is_cut_and_printable(sessions: Sessions) -> None:
    sessions.open(NOW, user_id="ann", agent="a\r\n\x00" + "b" * 500)
    assert [one.agent for one in sessions.of("ann", NOW)] == ["a" + "b" * (LONGEST_AGENT - 1)]


def test_sessions_that_ended_by_themselves_are_forgotten(sessions: Sessions) -> None:
    sessions.open(NOW, user_id="ann")
    sessions.open(NOW + SESSION_SECONDS + 1, user_id="ann")
    assert len(sessions.of("ann", NOW)) == 1
