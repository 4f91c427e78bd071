"""What all tables of the control data belong to, and how whoever must be alone with them writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

metadata = sa.MetaData()


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that no other process writes beside, from its beginning on."""
    with engine.begin() as connection:
        connection.exec_driver_sql("begin immediate")
        yield connection
