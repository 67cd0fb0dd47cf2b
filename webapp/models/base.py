"""What every table shares: typed columns, tenant keys, references inside one network."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import Date, DateTime, ForeignKeyConstraint, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from webapp.extensions import metadata as shared_metadata

Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Day = Annotated[date, mapped_column(Date)]
Words = Annotated[str, mapped_column(Text(collation="C"))]


class Base(DeclarativeBase):
    """The root of all tables. Text sorts by byte order, so that no machine's locale changes an answer."""

    metadata = shared_metadata
    type_annotation_map = {
        str: Text(collation="C"),
        datetime: DateTime(timezone=True),
        date: Date(),
        UUID: Uuid(),
    }


class OfNetwork:
    """A tenant table: the network leads every key, and row-level security holds (see `security.py`)."""

    network_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-20)


class Identified(OfNetwork):
    """A tenant table whose rows have a random id of their own."""

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-19)


def within(table: str, column: str, *, key: str = "id") -> ForeignKeyConstraint:
    """A reference that cannot leave the network: the network is part of the key."""
    return ForeignKeyConstraint(["network_id", column], [f"{table}.network_id", f"{table}.{key}"])


def in_network(*more: Any) -> tuple[Any, ...]:
    """Table arguments of a tenant table: it belongs to a network that exists.

    A table that refers to another tenant table need not ask again: that one's row is of an existing network.
    """
    if any(isinstance(one, ForeignKeyConstraint) and "network_id" in one.column_keys for one in more):
        return more
    return (ForeignKeyConstraint(["network_id"], ["network.id"]), *more)
