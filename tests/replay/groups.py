"""The replay table of docs/wire/r46.md §9: calls as shops make them, and the rows they must become.

A call is JavaScript: the arguments between the brackets of `r46(…)`. `both` adds a success and
an error function to it, `one` a success function alone. `rows` leave out ids, times and the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Row = Mapping[str, Any]
START: tuple[Row, ...] = ({"event": "session_start"}, {"event": "page_view"})
PROFILE: dict[str, Any] = {
    "id": None,
    "has_email": False,
    "gender": None,
    "computed_gender": None,
    "bought_something": False,
    "custom_properties": {},
}
REFUSED = {"status": "error", "code": "not_served"}
LONG_CODE = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Arguments, the functions added to them, and which of these must be called, with what."""

    arguments: str
    functions: Literal["both", "one"] = "both"
    answer: Literal["success", "error"] = "success"
    value: Any = None  # None: whatever the collector says


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One line of the table."""

    number: int
    source: str
    calls: Sequence[Call]
    rows: Sequence[Row]
    quarantined: Sequence[str] = ()
    init: str = "'init',SHOP"
    name: str = "r46"  # the global function
    stream: str | None = None


def both(*arguments: str) -> tuple[Call, ...]:
    return tuple(Call(arguments=one) for one in arguments)


def view(*items: Mapping[str, Any], **columns: Any) -> Row:
    return {"event": "view_item", "items": list(items), **columns}


def cart(*lines: tuple[str, str], **columns: Any) -> Row:
    items = [{"item_id": item_id, "quantity": quantity} for item_id, quantity in lines]
    return {"event": "cart_update", "is_full": True, **({"items": items} if items else {}), **columns}


def add(item: Mapping[str, Any], **columns: Any) -> Row:
    return {"event": "add_to_cart", "items": [item], **columns}


def purchase(order_id: str, *items: Mapping[str, Any], **columns: Any) -> Row:
    return {
        "event": "purchase",
        "transaction_id": order_id,
        "items": list(items),
        "currency": "EUR",
        "notes": ["currency_defaulted"],
        **columns,
    }


_CS = "{recommended_by:'similar',id:12,price:99.9,stock:true,categories:['1']}"
_CS_ITEM = {"item_id": "12", "price": "99.9", "in_stock": True, "item_category": ["1"]}
_DU = (
    "'track','purchase',{products:[{id:37,price:318,amount:1}],"
    "custom:{date_start:'2024-03-01'},order:'N318',order_price:29999}"
)
_DOB = "'track','cart',[{id:37,amount:4,stock:true},{id:56,amount:2,stock:true}]"
_DOB_ROW: Row = {
    "event": "cart_update",
    "is_full": True,
    "items": [
        {"item_id": "37", "quantity": "4", "in_stock": True},
        {"item_id": "56", "quantity": "2", "in_stock": True},
    ],
}

GROUPS: tuple[Group, ...] = (
    Group(number=1, source="OC2 M1 CS", calls=(), rows=()),
    Group(number=2, source="BX", calls=(), rows=(), init="'init',SHOP,'app1'", stream="app1"),
    Group(
        number=3,
        source="PS",
        calls=both(
            "'track','view',{id:12,stock:1,price:'99.9',name:'N',categories:['2','5'],image:'i',url:'u'}"
        ),
        rows=[
            view(
                {
                    "item_id": "12",
                    "price": "99.9",
                    "in_stock": True,
                    "item_name": "N",
                    "item_category": ["2", "5"],
                    "props": {"image": "i", "url": "u"},
                },
                currency="EUR",
                notes=["currency_defaulted"],
            )
        ],
    ),
    Group(number=4, source="OC2", calls=both("'track','view','123'"), rows=[view({"item_id": "123"})]),
    Group(
        number=5,
        source="M1",
        calls=both("'track','view',{id:123,stock:1}"),
        rows=[view({"item_id": "123", "in_stock": True})],
    ),
    Group(
        number=6,
        source="WA",
        calls=both(
            "'track','view',{id:'w6',price:undefined,stock:undefined,name:undefined}",
            "'track','view',{id:undefined,price:undefined}",
        ),
        rows=[view({"item_id": "w6"})],
        quarantined=["item_id_missing"],
    ),
    Group(
        number=7,
        source="CS",
        calls=both(f"'track','view',{_CS}", f"'track','cart',{_CS}"),
        rows=[
            view(_CS_ITEM, recommended_by="similar", currency="EUR", notes=["currency_defaulted"]),
            add(
                {**_CS_ITEM, "quantity": "1"},
                recommended_by="similar",
                currency="EUR",
                notes=["quantity_defaulted", "currency_defaulted"],
            ),
        ],
    ),
    Group(
        number=8,
        source="SEED",
        calls=both(
            "'track','view',37",
            "'track','view',{id:37,stock:true}",
            "'track','view',{id:37,recommended_by:'dynamic',recommender_code:'blk9'}",
        ),
        rows=[
            view({"item_id": "37"}),
            view({"item_id": "37", "in_stock": True}),
            view(
                {"item_id": "37"},
                recommended_by="dynamic",
                recommended_code="blk9",
                notes=["attr_alias:recommender_code"],
            ),
        ],
    ),
    Group(
        number=9,
        source="DDM",
        calls=both("'track','view',{id:'a1',stock:true,foo:1}", "'track','view','a1'"),
        rows=[view({"item_id": "a1", "in_stock": True, "props": {"foo": 1}}), view({"item_id": "a1"})],
    ),
    Group(
        number=10,
        source="a public shop's module, after window load",
        calls=both("'track','view',{id:501,stock:true}"),
        rows=[view({"item_id": "501", "in_stock": True})],
    ),
    Group(
        number=11,
        source="PS",
        calls=both("'track','cart',{id:12,amount:1}", "'track','cart',{id:12,amount:3}"),
        rows=[add({"item_id": "12", "quantity": "1"}), add({"item_id": "12", "quantity": "3"})],
    ),
    Group(
        number=12,
        source="PS OC2 WA",
        calls=both("'track','cart',[{id:12,amount:2},{id:13,amount:1}]"),
        rows=[cart(("12", "2"), ("13", "1"))],
    ),
    Group(
        number=13,
        source="OC2",
        calls=both("'track','cart',{id:'42',amount:'2'}"),
        rows=[add({"item_id": "42", "quantity": "2"})],
    ),
    Group(
        number=14,
        source="M1 WA",
        calls=both("'track','cart',42"),
        rows=[add({"item_id": "42", "quantity": "1"}, notes=["quantity_defaulted"])],
    ),
    Group(
        number=15,
        source="a public shop's module",
        calls=both("'track','cart',{id:7,amount:1,stock:true,recommended_by:'dynamic',recommended_code:'c'}"),
        rows=[
            add(
                {"item_id": "7", "quantity": "1", "in_stock": True},
                recommended_by="dynamic",
                recommended_code="c",
            )
        ],
    ),
    Group(number=16, source="DOB", calls=both(_DOB, _DOB), rows=[_DOB_ROW, _DOB_ROW]),
    Group(
        number=17,
        source="M2",
        calls=both(
            "'track','cart',[{id:9,amount:1.0000}]",
            "'track','purchase',{order:1700,order_price:45.5,products:[{id:9,price:45.50,amount:1.0000}]}",
        ),
        rows=[
            cart(("9", "1")),
            purchase("1700", {"item_id": "9", "price": "45.5", "quantity": "1"}, value="45.5"),
        ],
    ),
    Group(
        number=18,
        source="SW",
        calls=both("'track','cart',[12,13,{id:12,amount:1},{id:13,amount:2}]"),
        rows=[cart(("12", "1"), ("13", "2"), notes=["items_mixed"])],
    ),
    Group(
        number=19,
        source="a public shop's page",
        name="personaclick",
        calls=both("'track','cart',[{id:5,amount:1}]"),
        rows=[cart(("5", "1"))],
    ),
    Group(number=20, source="DU BX", calls=both("'track','cart',[]"), rows=[cart()]),
    Group(
        number=21,
        source="PS M1 CS WA DDM",
        calls=both("'track','remove_from_cart',42"),
        rows=[
            {
                "event": "remove_from_cart",
                "items": [{"item_id": "42", "quantity": "1"}],
                "notes": ["quantity_defaulted", "remove_all"],
            }
        ],
    ),
    Group(
        number=22,
        source="CS WA BX AD-T",
        calls=both("'track','category',5", "'track','category','100500'"),
        rows=[
            {"event": "view_item_list", "item_list_type": "category", "category_id": "5"},
            {"event": "view_item_list", "item_list_type": "category", "category_id": "100500"},
        ],
    ),
    Group(
        number=23,
        source="CS BX WA DDM",
        calls=both("'track','search','red & blue'"),
        rows=[{"event": "search", "search_term": "red & blue"}],
    ),
    Group(
        number=24,
        source="PS",
        calls=both("'track','purchase',{order:12,order_price:100,products:[{id:1,price:50,amount:2}]}"),
        rows=[purchase("12", {"item_id": "1", "price": "50", "quantity": "2"}, value="100")],
    ),
    Group(
        number=25,
        source="M1",
        calls=both("'track','purchase',{products:[{id:1,amount:1}],order:'100000012',order_price:40}"),
        rows=[purchase("100000012", {"item_id": "1", "quantity": "1"}, value="40")],
    ),
    Group(
        number=26,
        source="CS",
        calls=both("'track','purchase',{products:[{id:4,price:90,amount:1}],order:'7',order_price:90}"),
        rows=[purchase("7", {"item_id": "4", "price": "90", "quantity": "1"}, value="90")],
    ),
    Group(
        number=27,
        source="DU",
        calls=both(_DU, _DU),
        rows=[
            purchase(
                "N318",
                {"item_id": "37", "price": "318", "quantity": "1"},
                value="29999",
                props={"custom": {"date_start": "2024-03-01"}},
            )
        ],
    ),
    Group(
        number=28,
        source="PS OC2",
        calls=both("'profile','set',{id:146,email:'A@b.c',gender:'',birthday:''}"),
        rows=[
            {
                "event": "identify",
                "user_id": "146",
                "email": "a@b.c",
                "notes": ["field_empty:gender", "field_empty:birthday"],
            }
        ],
    ),
    Group(
        number=29,
        source="CS",
        calls=both("""'profile','set',{"id":"12","email":""}"""),
        rows=[{"event": "identify", "user_id": "12", "notes": ["field_empty:email"]}],
    ),
    Group(
        number=30,
        source="BX",
        calls=both("'profile','set',{phone:'1',first_name:'A',last_name:'B'}"),
        rows=[
            {
                "event": "identify",
                "props": {"phone": "1", "first_name": "A", "last_name": "B"},
                "notes": ["phone_implausible"],
            }
        ],
    ),
    Group(
        number=31,
        source="SHOW and public shops",
        calls=both(
            "'track','success'",
            "'track','quest_complete',{category:'0',label:'x'}",
            "'profile','set',{q1:'complete'}",
        ),
        rows=[
            {"event": "custom", "custom_name": "success"},
            {"event": "custom", "custom_name": "quest_complete", "props": {"category": "0", "label": "x"}},
            {"event": "identify", "props": {"q1": "complete"}},
        ],
    ),
    Group(
        number=32,
        source="public shops CS SHOW",
        calls=[
            Call(arguments="'track','wish','X1'"),
            Call(arguments="'segment','add',{segment_id:'10873'}"),
            Call(arguments="'subscription','manage',{email:'a@b.c',email_bulk:true}", answer="error"),
            Call(arguments="'subscribe_trigger','back_in_stock',{item_id:'5'}", answer="error"),
            Call(arguments="'get_promo_code',{id:'p'}", functions="one", value={}),
            Call(arguments="'profile','get'", functions="one", value=PROFILE),
            Call(arguments=f"'recommend','{LONG_CODE}',{{items:['1']}}", answer="error", value=REFUSED),
            Call(arguments="'add_css'", functions="one", value={}),
            Call(arguments="'search_init','.x'", functions="one", value={}),
            Call(arguments="'popup',1602", functions="one", value={}),
        ],
        rows=[
            {"event": "add_to_wishlist", "items": [{"item_id": "X1"}]},
            {"event": "identify", "props": {"segment_add": "10873"}},
            {
                "event": "custom",
                "custom_name": "subscription_manage",
                "email": "a@b.c",
                "props": {"email_bulk": True},
                "notes": ["not_served"],
            },
            {
                "event": "custom",
                "custom_name": "subscribe_trigger",
                "props": {"trigger": "back_in_stock", "item_id": "5"},
                "notes": ["not_served"],
            },
            {"event": "custom", "custom_name": "tool_request", "props": {"code": LONG_CODE}},
        ],
    ),
)
