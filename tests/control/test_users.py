"""People: found however their address is written, guessed slowly, let in by one link at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from collector.control import passwords
from collector.control.attempts import Attempts
from collector.control.audit import KEPT, Audit, Entry
from collector.control.invitations import INVITED_SECONDS
from collector.control.passwords import Passwords, Refused
from collector.control.tables import metadata
from collector.control.users import EVERYWHERE, TRIES, TRIES_FROM, TRIES_SECONDS, TooOften, User, Users

CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
WORDS = "four quiet words here"
NOW = 1_000_000.0


def engine_of(path: Path) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{path / 'control.sqlite'}")
    metadata.create_all(engine)
    return engine


@pytest.fixture
def users(tmp_path: Path) -> Users:
    return Users(engine_of(tmp_path), Passwords(CHEAP))


def member(users: Users, email: str = "ann@shop.example", password: str = WORDS) -> User:
    user = users.add(email, "Ann", NOW)
    users.set_password(user.user_id, password)
    return user


def refusal(users: Users, user_id: str, password: str) -> str:
    with pytest.raises(Refused) as refused:
        users.set_password(user_id, password)
    return refused.value.code


def test_an_address_is_one_person_however_it_is_written(users: Users) -> None:
    user = users.add(" Ann@Shop.Example ", "Ann", NOW)
    assert user == User(user_id=user.user_id, email="ann@shop.example", name="Ann", created_at=NOW)
    assert users.of_email("ANN@shop.example") == user
    with pytest.raises(Refused, match="there is already a user"):
        users.add("ann@SHOP.example", "", NOW)
    assert users.all() == [user]


@pytest.mark.parametrize(
    "email", ["", "ann", "@shop", "ann@", "a@b@c", "a b@c.d", "<a@b.c>", "a" * 251 + "@b.c", "a\n@b"]
)
def test_a_text_that_is_no_address_is_refused(users: Users, email: str) -> None:
    with pytest.raises(Refused, match="no e-mail address"):
        users.add(email, "", NOW)


def test_a_password_signs_in_and_nothing_else_does(users: Users) -> None:
    user = member(users)
    found = users.sign_in(" ANN@shop.example", WORDS, "", NOW)
    assert found is not None
    assert (found.user_id, found.has_password) == (user.user_id, True)
    invited = users.add("new@shop.example", "", NOW)
    assert not invited.has_password
    for email, password in (
        ("ann@shop.example", WORDS + "!"),
        ("ann@shop.example", ""),
        ("bob@shop.example", WORDS),
        ("new@shop.example", ""),
        ("new@shop.example", "a password of nobody"),
    ):
        assert users.sign_in(email, password, "", NOW) is None
    users.disable(user.user_id, NOW)
    assert users.sign_in("ann@shop.example", WORDS, "", NOW) is None
    users.disable(user.user_id, None)
    assert users.sign_in("ann@shop.example", WORDS, "", NOW) is not None


def test_an_unknown_address_costs_a_comparison_as_a_known_one_does(tmp_path: Path) -> None:
    class Counting(PasswordHasher):
        compared = 0

        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
            self.compared += 1
            return super().verify(hash, password)

    hasher = Counting(time_cost=1, memory_cost=64, parallelism=1)
    users = Users(engine_of(tmp_path), Passwords(hasher))
    member(users)
    for number, email in enumerate(("ann@shop.example", "nobody@shop.example", "nobody"), 1):
        assert users.sign_in(email, "a wrong one", "", NOW) is None
        assert hasher.compared == number


def test_only_argon2id_is_kept(users: Users, tmp_path: Path) -> None:
    user = member(users)
    with sqlite3.connect(tmp_path / "control.sqlite") as db:
        (stored,) = db.execute("select password from users").fetchone()
    assert stored.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert WORDS not in b"".join(path.read_bytes() for path in tmp_path.iterdir()).decode("latin-1")
    assert WORDS not in repr(users.find(user.user_id))


def test_the_library_s_own_parameters_hold_where_none_are_given() -> None:
    made = Passwords().made(WORDS)
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_hash_of_other_parameters_is_made_anew_at_the_next_sign_in(users: Users, tmp_path: Path) -> None:
    member(users)
    dearer = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)
    later = Users(engine_of(tmp_path), Passwords(dearer))
    assert later.sign_in("ann@shop.example", "wrong words here", "", NOW) is None
    with sqlite3.connect(tmp_path / "control.sqlite") as db:
        assert "t=1" in db.execute("select password from users").fetchone()[0]
        assert later.sign_in("ann@shop.example", WORDS, "", NOW) is not None
        assert "t=2" in db.execute("select password from users").fetchone()[0]
    assert later.sign_in("ann@shop.example", WORDS, "", NOW) is not None


def test_a_password_is_the_same_from_every_keyboard(users: Users) -> None:
    member(users, password="пароль из чая й")
    assert users.sign_in("ann@shop.example", "пароль из чая й", "", NOW) is not None


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("ninesigns", "password_short"),
        ("x" * 200 + "y" * 57, "password_long"),
        ("ann.long@shop.example", "password_email"),
        ("Ann.Long@Shop.example", "password_email"),
        ("PASSWORD1234", "password_common"),
        ("aaaaaaaaaaaab", "password_common"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(users: Users, password: str, code: str) -> None:
    user = users.add("ann.long@shop.example", "", NOW)
    assert refusal(users, user.user_id, password) == code
    found = users.find(user.user_id)
    assert found is not None
    assert not found.has_password


def test_passwords_of_ten_and_of_256_signs_are_taken() -> None:
    passwords.check("tencharsab", "a@b.c")
    passwords.check("ab" * 127 + "xy", "a@b.c")


def test_ten_wrong_passwords_of_an_address_are_enough_for_a_while(users: Users) -> None:
    member(users)
    for _ in range(TRIES):
        assert users.sign_in("ann@shop.example", "wrong words here", "", NOW) is None
    with pytest.raises(TooOften) as refused:
        users.sign_in("Ann@shop.example", WORDS, "", NOW + 60)
    assert refused.value.seconds == TRIES_SECONDS - 60
    assert users.sign_in("bob@shop.example", WORDS, "", NOW + 60) is None
    assert users.sign_in("ann@shop.example", WORDS, "", NOW + TRIES_SECONDS) is not None


def test_good_passwords_do_not_count(users: Users) -> None:
    member(users)
    for _ in range(TRIES_FROM + 1):
        assert users.sign_in("ann@shop.example", WORDS, "192.0.2.1", NOW) is not None


def test_one_place_cannot_try_many_addresses(users: Users) -> None:
    member(users)
    for number in range(TRIES_FROM):
        assert users.sign_in(f"a{number}@shop.example", "wrong words here", "192.0.2.1", NOW) is None
    with pytest.raises(TooOften):
        users.sign_in("ann@shop.example", WORDS, "192.0.2.1", NOW)
    assert users.sign_in("ann@shop.example", WORDS, "192.0.2.2", NOW) is not None


def test_tries_are_forgotten_one_by_one() -> None:
    tries = Attempts(2, 10.0)
    assert [tries.wait("k", now) for now in (0.0, 4.0, 5.0, 9.5, 10.0, 10.5, 14.0)] == [0, 0, 5, 1, 0, 4, 0]


def test_a_role_is_one_a_shop_and_the_last_one_told(users: Users) -> None:
    user = member(users)
    users.grant(user.user_id, "s1", "viewer")
    users.grant(user.user_id, "s1", "owner")
    users.grant(user.user_id, EVERYWHERE, "viewer")
    other = member(users, "bob@shop.example")
    users.grant(other.user_id, "s2", "analyst")
    assert [one.roles for one in users.all()] == [{EVERYWHERE: "viewer", "s1": "owner"}, {"s2": "analyst"}]
    users.revoke(user.user_id, "s1")
    users.revoke(user.user_id, "s9")
    assert [one.roles for one in users.all()] == [{EVERYWHERE: "viewer"}, {"s2": "analyst"}]


def test_the_last_owner_is_who_alone_owns_everything_and_may_sign_in(users: Users) -> None:
    ann, bob = member(users), member(users, "bob@shop.example")
    users.grant(ann.user_id, EVERYWHERE, "owner")
    assert users.is_last_owner(ann.user_id)
    assert not users.is_last_owner(bob.user_id)
    users.grant(bob.user_id, EVERYWHERE, "owner")
    assert not users.is_last_owner(ann.user_id)
    users.disable(bob.user_id, NOW)
    assert users.is_last_owner(ann.user_id)


def test_an_invitation_is_good_once_for_three_days_and_gives_way_to_the_next(users: Users) -> None:
    user, sent = users.add("ann@shop.example", "", NOW), users.invitations
    first = sent.issue(user.user_id, NOW)
    second = sent.issue(user.user_id, NOW)
    assert sent.whose(first, NOW) == ""
    assert sent.whose(second, NOW + INVITED_SECONDS) == user.user_id
    assert sent.whose(second, NOW + INVITED_SECONDS + 1) == ""
    assert not sent.redeem(second, NOW + INVITED_SECONDS + 1)
    assert sent.redeem(second, NOW)
    assert not sent.redeem(second, NOW)
    assert not sent.redeem("", NOW)
    assert not sent.redeem("\udc80", NOW)


def test_an_invitation_ends_with_a_password_with_disabling_and_with_a_shop_added_to_it(users: Users) -> None:
    user, sent = users.add("ann@shop.example", "", NOW), users.invitations
    users.grant(user.user_id, "s1", "viewer")
    changes: list[Callable[[], None]] = [
        lambda: users.set_password(user.user_id, WORDS),
        lambda: users.disable(user.user_id, NOW),
        lambda: users.grant(user.user_id, "s2", "viewer"),
    ]
    for change in changes:
        token = sent.issue(user.user_id, NOW)
        change()
        assert sent.whose(token, NOW) == ""
    token = sent.issue(user.user_id, NOW)
    users.grant(user.user_id, "s1", "analyst")
    assert sent.whose(token, NOW) == user.user_id


def test_a_person_s_name_and_language_change_and_a_name_can_be_printed(users: Users) -> None:
    user = member(users)
    users.describe(user.user_id, name=" Anna ", language="ru")
    found = users.find(user.user_id)
    assert found is not None
    assert (found.name, found.language) == ("Anna", "ru")
    for name in ("x" * 81, "a\nb", "\x00"):
        with pytest.raises(Refused, match="printable"):
            users.describe(user.user_id, name=name, language="")


def test_changes_are_told_newest_first_of_a_shop_and_of_none_only_where_asked(tmp_path: Path) -> None:
    audit = Audit(engine_of(tmp_path))
    audit.note(1.0, "ann@shop.example", "s1", "share_made", "Board")
    audit.note(2.0, "", "", "signed_in_link")
    audit.note(3.0, "", "s2", "shop_changed", "x" * 500)
    first = Entry(entry_id=1, at=1.0, who="ann@shop.example", shop_id="s1", what="share_made", about="Board")
    second = Entry(entry_id=2, at=2.0, who="", shop_id="", what="signed_in_link", about="")
    assert audit.of("s1") == [first]
    assert audit.of("s1", installation=True) == [second, first]
    assert [len(one.about) for one in audit.of("s2")] == [200]
    assert KEPT == 50_000
