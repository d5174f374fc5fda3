"""The statements that carry one mart over to `reporting`, on PostgreSQL 15 and later."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from attain.marts import RUN, Mart

TARGET = "reporting"


@dataclass(frozen=True)
class Carried:
    """What one publication did to one table."""

    rows_total: int
    rows_inserted: int
    rows_updated: int
    rows_deleted: int


class Carry:
    """A mart and its published table, and the statements between them.

    Args:
        unpublished_after: rows of `marts` written by later runs are not published yet; None compares everything.
        key_may_be_null: compare keys so that null equals null.
    """

    def __init__(
        self, mart: Mart, columns: Iterable[str], unpublished_after: int | None, *, key_may_be_null: bool = False
    ) -> None:
        names = [name for name in columns if name != RUN]
        self.mart = mart
        self.source = sa.table(mart.name, *map(sa.column, [*names, RUN]), schema=mart.schema).alias("m")
        self.target = sa.table(mart.name, *map(sa.column, names), schema=TARGET)
        self.names = names
        self.values = [name for name in names if name not in mart.key]
        self.same_key = self._same_key(key_may_be_null)
        narrowed = unpublished_after is not None and mart.touched_by and mart.touched_column in names
        self.after = unpublished_after if narrowed else None

    def run(self, connection: sa.Connection) -> Carried:
        """Delete, update, insert: each only what differs."""
        deleted = connection.execute(self.delete()).rowcount
        updated = connection.execute(self.update()).rowcount if self.values else 0
        inserted = connection.execute(self.insert(), execution_options={"preserve_rowcount": True}).rowcount
        total = connection.scalar(sa.select(sa.func.count()).select_from(self.target))
        return Carried(int(total or 0), inserted, updated, deleted)

    def delete(self) -> sa.Delete:
        """Rows whose key no longer stands in marts; of the touched keys alone where these are known."""
        gone = self.target.delete().where(~sa.exists().where(self.same_key))
        if self.after is None:
            return gone
        touched = sa.table("touched_keys", sa.column("entity"), sa.column("entity_key"), schema="core")
        keys = sa.select(touched.c.entity_key).where(touched.c.entity == self.mart.touched_by)
        return gone.where(self.target.c[str(self.mart.touched_column)].in_(keys))

    def update(self) -> sa.Update:
        """Rows that differ in any value."""
        differs = sa.or_(*(self.target.c[name].is_distinct_from(self.source.c[name]) for name in self.values))
        values = {name: self.source.c[name] for name in self.values}
        return self.target.update().where(self.same_key, differs, *self._marked()).values(values)

    def insert(self) -> sa.Insert:
        """Rows whose key is new."""
        new = sa.select(*(self.source.c[name] for name in self.names)).where(
            ~sa.exists().where(self.same_key).correlate(self.source), *self._marked()
        )
        return self.target.insert().from_select(self.names, new)

    def _same_key(self, key_may_be_null: bool) -> sa.ColumnElement[bool]:
        if not key_may_be_null:
            return sa.and_(*(self.target.c[name] == self.source.c[name] for name in self.mart.key))
        # The text of a row tells null from everything else and, unlike `is not distinct from`, can be hashed.
        here, there = (
            sa.cast(sa.func.row(*(table.c[name] for name in self.mart.key)), sa.Text)
            for table in (self.target, self.source)
        )
        return here == there

    def without_key(self) -> sa.Select[int]:
        """How many rows of the mart have no key at all."""
        missing = sa.and_(*(self.source.c[name].is_(None) for name in self.mart.key))
        return sa.select(sa.func.count()).select_from(self.source).where(missing)

    def _marked(self) -> tuple[sa.ColumnElement[bool], ...]:
        return () if self.after is None else (self.source.c[RUN] > self.after,)
