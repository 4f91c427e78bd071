"""Settings, Users, Shared links and You: nobody gives more than they have, and secrets are told once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from collector.control.users import EVERYWHERE, ROLES, Role, User
from tests.dashboard.shop_world import NOW, OTHER, SHOP, Answer, Client, OneKey, app_over, week

WORDS = "four quiet words here"
TABS = {"users": "Users", "sharing": "Shared links", "me": "You"}
SECONDS = NOW.timestamp()
PHONES = '{"version":1,"rule":{"is":"all","of":[{"is":"device","values":["mobile"]}]}}'


@dataclass(slots=True)
class Office:
    """A dashboard and the people of it."""

    control: OneKey
    app: Any

    def person(self, name: str, **roles: Role) -> User:
        """Somebody with a password and roles by shop; `everywhere` is one in all."""
        user = self.control.users.add(f"{name}@shop.example", "", SECONDS)
        self.control.users.set_password(user.user_id, WORDS)
        for shop, role in roles.items():
            self.control.users.grant(user.user_id, EVERYWHERE if shop == "everywhere" else shop, role)
        return self.found(name)

    def found(self, name: str) -> User:
        user = self.control.users.of_email(f"{name}@shop.example")
        assert user is not None
        return user

    def client(self, user: User | None = None) -> Client:
        """The browser of somebody, or of the operator."""
        token = self.control.sessions.open(SECONDS, user_id=user.user_id if user else "")
        return Client(self.app, {"r46_session": token})


@pytest.fixture
def office() -> Office:
    control = OneKey()
    return Office(control, app_over(week(), control=control))


def act(client: Client, name: str, shop: str = SHOP.shop_id, /, **form: str) -> Answer:
    tab = name.partition("_")[0]
    return client.post(f"/settings?tab={tab}&shop={shop}", {"act": name, **form})


def rows(client: Client, tab: str, table: str, shop: str = SHOP.shop_id) -> list[Mapping[str, Any]]:
    """A table of a tab; none where it is not told."""
    answer = client.get(f"/settings.json?{urlencode({'tab': tab, 'shop': shop})}").json()
    found: list[Mapping[str, Any]] = answer["tables"].get(f"control/{table}", {"rows": []})["rows"]
    return found


def link_in(answer: Answer, path: str) -> str:
    """The token of the link that the answer tells."""
    (found,) = re.findall(rf"http://dash\.example/{path}([\w-]{{32}})<", answer.text)
    return str(found)


def told(client: Client) -> list[tuple[Any, ...]]:
    """The table of people, without moments and ids."""
    names = ("email", "role", "everywhere", "shops", "state", "yours")
    return [tuple(row[name] for name in names) for row in rows(client, "users", "users")]


def test_the_operator_lets_the_first_owner_in_by_a_link_that_is_told_once(office: Office) -> None:
    operator = office.client()
    made = act(operator, "users_invite", email="Ann@Shop.example", name="Ann", role="owner", where="*")
    assert made.status == 200
    token = link_in(made, r"invite\?token=")
    for page in ("/settings?tab=users", "/settings.json?tab=users", "/settings.csv?tab=users"):
        assert token not in operator.get(page).text
    assert told(operator) == [("ann@shop.example", None, "owner", None, "invited", True)]
    browser = Client(office.app)
    browser.post("/invite", {"token": token, "password": WORDS, "again": WORDS})
    assert told(browser) == [("ann@shop.example", None, "owner", None, "active", True)]
    changes = [(row["who"], row["what"], row["about"]) for row in rows(browser, "users", "audit")]
    assert changes == [
        ("ann@shop.example", "password_set", None),
        (None, "user_link", "ann@shop.example"),
        (None, "user_granted", "ann@shop.example owner*"),
    ]


def test_the_owner_of_one_shop_sees_and_grants_that_shop_alone(office: Office) -> None:
    owner = office.person("owner", kettles="owner")
    office.person("lamper", lamps="owner")
    office.person("both", kettles="viewer", lamps="analyst")
    office.person("chief", everywhere="owner")
    client = office.client(owner)
    assert told(client) == [
        ("both@shop.example", "viewer", None, "Kettles & Co: viewer", "active", False),
        ("chief@shop.example", None, "owner", None, "active", False),
        ("owner@shop.example", "owner", None, "Kettles & Co: owner", "active", True),
    ]
    assert "in_all" not in client.get("/settings?tab=users").text
    assert 'name="everywhere"' not in client.get("/settings?tab=users").text
    act(client, "users_role", user_id=office.found("both").user_id, role="analyst")
    assert office.found("both").roles == {"kettles": "analyst", "lamps": "analyst"}
    act(client, "users_role", user_id=office.found("both").user_id, role="")
    assert office.found("both").roles == {"lamps": "analyst"}


@pytest.mark.parametrize(
    ("name", "form", "why"),
    [
        (
            "users_invite",
            {"email": "new@shop.example", "role": "viewer", "where": "*"},
            "more than they have",
        ),
        ("users_invite", {"email": "lamper@shop.example", "role": "viewer"}, "other shops too"),
        ("users_invite", {"email": "both@shop.example", "role": "owner"}, "other shops too"),
        ("users_invite", {"email": "new@shop.example", "role": "chief"}, "no such role"),
        ("users_invite", {"email": "new", "role": "viewer"}, "no e-mail address"),
        ("users_role", {"user": "both", "role": "viewer", "everywhere": "owner"}, "more than they have"),
        ("users_role", {"user": "lamper", "role": "viewer"}, "no such person"),
        ("users_role", {"user": "both", "role": "chief"}, "no such role"),
        ("users_link", {"user": "both"}, "other shops too"),
        ("users_link", {"user": "chief"}, "other shops too"),
        ("users_link", {"user": "lamper"}, "no such person"),
        ("users_disable", {"user": "both"}, "other shops too"),
        ("users_disable", {"user": "owner"}, "nobody disables themselves"),
        ("users_signout", {"user": "chief"}, "other shops too"),
        ("users_signout", {}, "no such person"),
    ],
)
def test_nobody_gives_more_than_they_have_nor_a_way_into_another_shop(
    office: Office, name: str, form: dict[str, str], why: str
) -> None:
    owner = office.person("owner", kettles="owner")
    office.person("lamper", lamps="owner")
    both = office.person("both", kettles="viewer", lamps="analyst")
    office.person("chief", everywhere="owner")
    office.control.sessions.open(SECONDS, user_id=both.user_id)
    before = office.control.users.all()
    sent = {key: value for key, value in form.items() if key != "user"}
    sent |= {"user_id": office.found(form["user"]).user_id} if "user" in form else {}
    answer = act(office.client(owner), name, **sent)
    assert (answer.status, why in answer.text) == (400, True)
    assert office.control.users.all() == before
    assert len(office.control.sessions.of(both.user_id, SECONDS)) == 1
    assert office.control.audit.of(SHOP.shop_id) == []


def test_a_link_made_before_another_shop_was_added_does_not_open_it(office: Office) -> None:
    owner = office.person("owner", kettles="owner")
    made = act(office.client(owner), "users_invite", email="new@shop.example", role="viewer")
    token = link_in(made, r"invite\?token=")
    again = act(office.client(), "users_invite", OTHER.shop_id, email="new@shop.example", role="viewer")
    assert Client(office.app).get(f"/invite?token={token}").status == 404
    assert Client(office.app).get(f"/invite?token={link_in(again, r'invite.token=')}").status == 200


def test_who_has_a_password_is_let_in_without_a_link(office: Office) -> None:
    office.person("both", lamps="viewer")
    answer = act(office.client(), "users_invite", email="both@shop.example", role="analyst")
    assert answer.status == 303
    assert office.found("both").roles == {"kettles": "analyst", "lamps": "viewer"}


def test_somebody_is_disabled_let_in_again_and_signed_out(office: Office) -> None:
    owner = office.person("owner", kettles="owner")
    user = office.person("ann", kettles="viewer")
    client, hers = office.client(owner), office.client(user)
    assert act(client, "users_signout", user_id=user.user_id).status == 303
    assert hers.get("/overview").status == 303
    act(client, "users_disable", user_id=user.user_id)
    assert office.found("ann").disabled_at == SECONDS
    assert "disabled" in act(client, "users_link", user_id=user.user_id).text
    act(client, "users_disable", user_id=user.user_id)
    assert office.found("ann").disabled_at is None
    assert [one.what for one in office.control.audit.of(SHOP.shop_id)] == [
        "user_enabled",
        "user_disabled",
        "user_signed_out",
    ]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("users_role", {"role": "", "everywhere": ""}),
        ("users_role", {"role": "", "everywhere": "analyst"}),
        ("users_disable", {}),
        ("users_invite", {"email": "chief@shop.example", "role": "viewer", "where": "*"}),
    ],
)
def test_the_last_owner_of_everything_stays(office: Office, name: str, form: dict[str, str]) -> None:
    chief = office.person("chief", everywhere="owner")
    for client in (office.client(chief), office.client()):
        answer = act(client, name, user_id=chief.user_id, **form)
        assert answer.status == 400
        assert "last owner of everything" in answer.text or "nobody disables themselves" in answer.text
    assert office.found("chief").roles == {EVERYWHERE: "owner"}
    office.person("second", everywhere="owner")
    assert act(office.client(), name, user_id=chief.user_id, **form).status == 303


def test_a_viewer_opens_their_own_tab_alone_and_an_analyst_the_links_too(office: Office) -> None:
    offered = {}
    for role in ROLES:
        client = office.client(office.person(role, kettles=role))
        page = client.get("/settings?tab=me").text
        offered[role] = [tab for tab in ("users", "sharing", "me") if f">{TABS[tab]}</a>" in page]
        assert (client.get("/settings.csv?tab=users&table=control/users").status == 200) == (role == "owner")
        assert (client.get("/settings.csv?tab=sharing&table=control/shares").status == 200) == (
            role != "viewer"
        )
    assert offered == {
        "viewer": ["me"],
        "analyst": ["sharing", "me"],
        "owner": ["users", "sharing", "me"],
    }


def test_a_shared_link_is_made_told_once_listed_and_revoked(office: Office) -> None:
    analyst = office.client(office.person("analyst", kettles="analyst"))
    segment = office.control.segments.add(SHOP.shop_id, "On phones", "dynamic", PHONES, SECONDS)
    form = {
        "label": "Board",
        "days": "30",
        "segment": segment.segment_id,
        "page_orders": "1",
        "page_search": "1",
    }
    made = act(analyst, "sharing_make", **form)
    token = link_in(made, "share/")
    (row,) = rows(analyst, "sharing", "shares")
    assert {name: row[name] for name in ("label", "pages", "segment", "created_by", "state")} == {
        "label": "Board",
        "pages": "orders, search",
        "segment": "On phones",
        "created_by": "analyst@shop.example",
        "state": "good",
    }
    assert token not in analyst.get("/settings?tab=sharing").text
    guest = Client(office.app)
    guest.get(f"/share/{token}")
    assert guest.get("/").headers["location"] == "/orders"
    assert guest.get("/orders").status == 200
    assert act(analyst, "sharing_revoke", share_id=row["share_id"]).status == 303
    assert guest.get("/orders").status == 303
    assert [row["state"] for row in rows(analyst, "sharing", "shares")] == ["revoked"]
    assert [one.what for one in office.control.audit.of(SHOP.shop_id)] == ["share_revoked", "share_made"]


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"label": "", "days": "7", "page_orders": "1"}, "needs a label"),
        ({"label": "x", "days": "0", "page_orders": "1"}, "a year at most"),
        ({"label": "x", "days": "9999", "page_orders": "1"}, "a year at most"),
        ({"label": "x", "days": "²", "page_orders": "1"}, "a year at most"),
        ({"label": "x", "days": "7"}, "one page at least"),
        ({"label": "x", "days": "7", "page_quality": "1"}, "one page at least"),
        ({"label": "x", "days": "7", "page_orders": "1", "segment": "theirs"}, "no such segment"),
    ],
)
def test_a_link_shows_pages_and_a_segment_of_the_shop(office: Office, form: dict[str, str], why: str) -> None:
    theirs = office.control.segments.add(OTHER.shop_id, "Theirs", "dynamic", PHONES, SECONDS)
    sent = {name: theirs.segment_id if value == "theirs" else value for name, value in form.items()}
    answer = act(office.client(), "sharing_make", **sent)
    assert (answer.status, why in answer.text) == (400, True)
    assert office.control.shares.of(SHOP.shop_id) == []


def test_a_link_whose_segment_is_removed_shows_nobody_and_not_everybody(office: Office) -> None:
    segment = office.control.segments.add(SHOP.shop_id, "On phones", "dynamic", PHONES, SECONDS)
    _, token = office.control.shares.add(
        SHOP.shop_id, label="x", days=7, by="", now=SECONDS, segment_id=segment.segment_id
    )
    guest = Client(office.app)
    guest.get(f"/share/{token}")
    assert guest.get("/orders").status == 200
    office.control.segments.remove(SHOP.shop_id, segment.segment_id)
    assert (guest.get("/orders").status, guest.get("/orders.json").status) == (403, 403)


def test_one_changes_one_s_name_language_and_password(office: Office) -> None:
    user = office.person("ann", kettles="viewer")
    client, other = office.client(user), office.client(user)
    act(client, "me_describe", name="Ann", language="ru")
    assert (office.found("ann").name, office.found("ann").language) == ("Ann", "ru")
    act(client, "me_describe", name="Ann", language="")
    new = "other quiet words"
    for form, why in (
        ({"current": "wrong words here", "password": new, "again": new}, "not your present password"),
        ({"current": WORDS, "password": new, "again": new + "!"}, "not the same"),
        ({"current": WORDS, "password": "short", "again": "short"}, "at least 10"),
    ):
        answer = act(client, "me_password", **form)
        assert (answer.status, why in answer.text) == (400, True)
    assert other.get("/overview").status == 200
    assert act(client, "me_password", current=WORDS, password=new, again=new).status == 303
    assert (client.get("/overview").status, other.get("/overview").status) == (200, 303)
    assert office.control.users.sign_in("ann@shop.example", new, "", SECONDS) is not None


def test_guessing_the_present_password_is_as_slow_as_signing_in(office: Office) -> None:
    client = office.client(office.person("ann", kettles="viewer"))
    form = {"password": WORDS + "!", "again": WORDS + "!"}
    said = [act(client, "me_password", current=f"wrong words {number}", **form).text for number in range(11)]
    assert ["too many tries" in text for text in said] == [False] * 10 + [True]


def test_one_sees_and_ends_one_s_own_sessions_alone(office: Office) -> None:
    ann, bob = office.person("ann", kettles="viewer"), office.person("bob", kettles="viewer")
    client, other, his = office.client(ann), office.client(ann), office.client(bob)
    (bobs,) = office.control.sessions.of(bob.user_id, SECONDS)
    assert sorted(row["current"] for row in rows(client, "me", "sessions")) == [False, True]
    refused = act(client, "me_end", session_id=bobs.session_id)
    assert (refused.status, "ended already" in refused.text) == (400, True)
    assert his.get("/overview").status == 200
    (hers,) = (row for row in rows(client, "me", "sessions") if not row["current"])
    assert act(client, "me_end", session_id=hers["session_id"]).status == 303
    assert other.get("/overview").status == 303
    another = office.client(ann)
    assert act(client, "me_end").status == 303
    assert (client.get("/overview").status, another.get("/overview").status) == (200, 303)


def test_the_operator_is_nobody_in_particular_and_can_sign_out_elsewhere(office: Office) -> None:
    operator, other = office.client(), office.client()
    page = operator.get("/settings?tab=me").text
    assert "owns every shop and has no name" in page
    assert act(operator, "me_describe", name="x").status == 400
    assert act(operator, "me_password", current="x", password=WORDS, again=WORDS).status == 400
    act(operator, "me_end")
    assert (operator.get("/overview").status, other.get("/overview").status) == (200, 303)


def test_no_table_holds_a_hash_or_a_token(office: Office) -> None:
    office.person("ann", kettles="owner")
    act(office.client(), "sharing_make", label="Board", days="7", page_orders="1")
    for tab in ("users", "sharing", "me"):
        text = office.client().get(f"/settings.json?tab={tab}").text
        assert "argon2" not in text
        assert not re.search(r'"[0-9a-f]{64}"', text)
        assert "token" not in text
