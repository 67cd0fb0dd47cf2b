"""Versioned facts: the identity of a record, and what was said of it by which batch."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from webapp.models.base import Identified, OfNetwork, in_network


class Identity(Identified):
    """A record as its sending system knows it: (network, source, record type = this table, source key)."""

    source: Mapped[str]
    source_key: Mapped[str]

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        """One row per key of a source, inside a network."""
        name: str = cls.__tablename__  # type: ignore[attr-defined]  # every mapped class has one
        return in_network(Index(f"uq_{name}_source_key", "network_id", "source", "source_key", unique=True))


class Version(OfNetwork):
    """One statement about a record. Never overwritten: `superseded_by_batch_id` is the only column ever updated."""

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    superseded_by_batch_id: Mapped[UUID | None]
    withdrawn: Mapped[bool] = mapped_column(default=False)

    @staticmethod
    def references() -> tuple[ForeignKeyConstraint, ...]:
        """The batch that said it, and the one that said otherwise."""
        return (
            ForeignKeyConstraint(["network_id", "batch_id"], ["import_batch.network_id", "import_batch.id"]),
            ForeignKeyConstraint(
                ["network_id", "superseded_by_batch_id"], ["import_batch.network_id", "import_batch.id"]
            ),
        )


def version_args(record: str, *more: Any) -> tuple[Any, ...]:
    """Table arguments of `<record>_version`: it speaks of an identity row, and one version at most is current."""
    column = f"{record}_id"
    return in_network(
        ForeignKeyConstraint(["network_id", column], [f"{record}.network_id", f"{record}.id"]),
        *Version.references(),
        Index(
            f"uq_{record}_version_current",
            "network_id",
            column,
            unique=True,
            postgresql_where="superseded_by_batch_id IS NULL",
        ),
        *more,
    )
