"""Rates of currencies: what was told last is kept, all of a file or nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from collector.control import Control
from collector.control.rates import Rate, rate_of, read_rates
from collector.errors import OperatorError
from collector.wire import Shop

MARCH = Rate(day=date(2026, 3, 1), currency="USD", rate=Decimal("0.92"))


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    control = Control(tmp_path / "control.sqlite")
    control.add(Shop(shop_id="s1", currency="EUR"))
    control.add(Shop(shop_id="s2", currency="EUR"))
    yield control
    control.close()


def test_the_last_rate_of_a_day_is_kept_and_shops_have_their_own(control: Control) -> None:
    yen = Rate(day=date(2026, 2, 1), currency="JPY", rate=Decimal("0.00612345"))
    control.rates.put("s1", [MARCH, yen])
    control.rates.put("s1", [rate_of("2026-03-01", "usd", "0.93")])
    control.rates.put("s2", [MARCH])
    assert control.rates.of("s1") == [
        yen,
        Rate(day=date(2026, 3, 1), currency="USD", rate=Decimal("0.93")),
    ]
    assert control.rates.of("s1", "JPY") == [yen]
    assert control.rates.of("s2") == [MARCH]


def test_every_telling_is_a_change_that_others_can_see(control: Control, tmp_path: Path) -> None:
    other = Control(tmp_path / "control.sqlite")
    before = other.rates.changes()
    control.rates.put("s1", [MARCH])
    assert (before, other.rates.changes()) == (0, 1)
    other.close()


def test_rates_belong_to_the_currency_that_the_shop_had(control: Control) -> None:
    control.rates.put("s1", [MARCH])
    control.change("s1", {"currency": "GBP"})
    assert control.rates.of("s1") == []
    control.change("s1", {"currency": "EUR"})
    assert control.rates.of("s1") == [MARCH]


def test_the_shops_own_currency_and_unknown_shops_are_refused_and_nothing_is_kept(control: Control) -> None:
    with pytest.raises(OperatorError, match="EUR is the currency of the shop"):
        control.rates.put("s1", [MARCH, rate_of("2026-03-01", "EUR", "1")])
    with pytest.raises(OperatorError, match="there is no shop with the id 'nobody'"):
        control.rates.put("nobody", [MARCH])
    assert (control.rates.of("s1"), control.rates.changes()) == ([], 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,currency\n", "no column rate; it needs day, currency, rate"),
        ("day,currency,rate\n2026-03-01,USD,0.9\n2026-02-30,USD,0.9\n", "line 3: '2026-02-30' is no day"),
        ("day,currency,rate\n20260301,USD,0.9\n", "line 2: '20260301' is no day"),
        ("day,currency,rate\n2026-03-01,dollar,0.9\n", "line 2: 'dollar' is no currency"),
        ("day,currency,rate\n2026-03-01,USD,-1\n", "line 2: '-1' is no rate"),
        ("day,currency,rate\n2026-03-01,USD,0\n", "line 2: '0' is no rate"),
        ("day,currency,rate\n2026-03-01,USD,1e3\n", "line 2: '1e3' is no rate"),
        ("day,currency,rate\n2026-03-01,USD,0.123456789\n", "line 2: '0.123456789' is no rate"),
        ("day,currency,rate\n2026-03-01,USD\n", "line 2: '' is no rate"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str, said: str) -> None:
    with pytest.raises(OperatorError) as refused:
        list(read_rates(io.StringIO(text)))
    assert said in str(refused.value)


def test_columns_of_a_file_may_stand_anywhere_beside_others() -> None:
    text = "source,rate,currency,day\nbank,0.92,usd,2026-03-01\n"
    assert list(read_rates(io.StringIO(text))) == [MARCH]
