"""From the staging table into raw: replaced versions aside, what differs in, what is missing marked."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from attain.errors import UnreadableInput
from attain.raw import sa_table, versions_table
from attain.table import Table
from extract.intake import ORIGIN
from extract.quarantine import row_key
from extract.source import Batch
from extract.stage import Stage, address, changed_rows

_SHOWN = 3
_REPLACING = ("back", "changed")  # a row that was deleted and is back, a row that differs


@dataclass(frozen=True)
class Merged:
    """What became of the rows of one batch, and of the rows it no longer holds.

    A deleted row that is back counts as inserted, so rows alive = all inserted - all deleted.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0
    deleted: int = 0


def merge(connection: sa.Connection, table: Table, stage: Stage, batch: Batch) -> Merged:
    """Merge by key; the staging table holds good rows only.

    Of several rows with one key the newest version wins, else the last; the others count as stale, as does a row
    whose version is older than the one that stands.

    Raises:
        UnreadableInput: a full load lacks more of the rows that stand than `batch.max_deletions` allows.
    """
    into = _Merge(connection, table, stage, batch)
    if batch.mode == "gone":
        return into.mark_gone()
    if batch.mode != "sweep" and into.is_first():
        return into.insert_all()
    return into.upsert()


class _Merge:
    """The statements of one merge, and the tables they share."""

    def __init__(self, connection: sa.Connection, table: Table, stage: Stage, batch: Batch) -> None:
        self.connection = connection
        self.table = table
        self.stage = stage
        self.batch = batch
        self.rows = stage.rows
        self.target = sa_table(table)
        self.target.append_column(address())
        self.ours = self.target.c["_account"] == batch.account
        self.same_key = sa.and_(self.ours, *(self.target.c[name] == self.rows.c[name] for name in table.key))

    def is_first(self) -> bool:
        """True when this account has no rows yet."""
        return not self.connection.scalar(sa.select(sa.exists(sa.select(sa.literal(1)).where(self.ours))))

    def insert_all(self) -> Merged:
        """Plain insert; only when the key's own index refuses a duplicate are duplicates looked for."""
        everything = self._insert_from(sa.select(*self._values()))
        try:
            with self.connection.begin_nested():
                return Merged(inserted=changed_rows(self.connection, everything))
        except sa.exc.IntegrityError:
            dropped = self._drop_duplicates()
        return Merged(inserted=changed_rows(self.connection, everything), stale=dropped)

    def upsert(self) -> Merged:
        """Decide about each row once, then write only what differs."""
        dropped = self._drop_duplicates() if self._has_duplicates() else 0
        alive = self._count_alive() if self.batch.mode in ("full", "sweep") else 0
        total = self.connection.scalar(sa.select(sa.func.count()).select_from(self.rows)) or 0
        kinds = self._plan()
        if self.batch.mode == "sweep":
            # Keys make no row: these come with the pages that hold them.
            kinds["new"] = 0
        new, back, changed, stale = (kinds.get(kind, 0) for kind in ("new", *_REPLACING, "stale"))
        if back or changed:
            self._keep_versions()
            self._update()
        if new:
            self._insert_new(new == total)
        deleted = self._mark_missing(alive) if alive else 0
        return Merged(new + back, changed, total - new - back - changed - stale, dropped + stale, deleted)

    def mark_gone(self) -> Merged:
        """Mark the rows that stand in an older version than the one they were deleted at."""
        assert self.table.version, f"{self.table.name}: mode gone needs a version"
        dropped = self._drop_duplicates() if self._has_duplicates() else 0
        total = self.connection.scalar(sa.select(sa.func.count()).select_from(self.rows)) or 0
        older = self.target.c[self.table.version] < self.rows.c[self.table.version]
        marked = self.target.update().where(self.same_key, self.target.c["_deleted_at"].is_(None), older)
        values = {"_deleted_at": sa.func.now(), "_load_id": self.stage.load_id}
        return Merged(unchanged=total, stale=dropped, deleted=changed_rows(self.connection, marked.values(values)))

    def _has_duplicates(self) -> bool:
        keys = [self.rows.c[name] for name in self.table.key]
        repeated = sa.select(sa.literal(1)).group_by(*keys).having(sa.func.count() > 1)
        return bool(self.connection.scalar(sa.select(sa.exists(repeated.select_from(self.rows)))))

    def _drop_duplicates(self) -> int:
        rows = self.rows
        newest = [rows.c[self.table.version].desc().nulls_last()] if self.table.version else []
        rank = sa.func.row_number().over(
            partition_by=[rows.c[name] for name in self.table.key], order_by=[*newest, rows.c.ctid.desc()]
        )
        ranked = sa.select(rows.c.ctid.label("row"), rank.label("place")).subquery("ranked")
        losers = rows.delete().where(rows.c.ctid == ranked.c.row, ranked.c.place > 1)
        return changed_rows(self.connection, losers)

    def _plan(self) -> dict[str, int]:
        """One join of what came with what stands; rows that change nothing leave no trace in the plan."""
        rows, target, plan = self.rows, self.target, self.stage.plan
        gone = target.c["_deleted_at"].is_not(None)
        older = rows.c[self.table.version] < target.c[self.table.version] if self.table.version else sa.false()
        differs = sa.or_(*(rows.c[name].is_distinct_from(target.c[name]) for name in self.table.schema.names))
        kind = sa.case(
            (target.c["_load_id"].is_(None), "new"),
            (gone, "back"),
            (older, "stale"),
            (differs, "changed"),
        )
        decided = sa.select(rows.c.ctid.label("row"), target.c.ctid.label("target"), kind.label("kind")).select_from(
            rows.outerjoin(target, self.same_key)
        )
        chosen = decided.subquery("decided")
        plan.create(self.connection)
        named = sa.select(chosen).where(chosen.c.kind.is_not(None))
        self.connection.execute(plan.insert().from_select(["row", "target", "kind"], named))
        counted = sa.select(plan.c.kind, sa.func.count()).group_by(plan.c.kind)
        return {str(name): int(count) for name, count in self.connection.execute(counted)}

    def _keep_versions(self) -> None:
        """All columns that stand, also those that the declaration no longer has."""
        versions = versions_table(self.table)
        names = [c["name"] for c in sa.inspect(self.connection).get_columns(self.target.name, self.target.schema)]
        standing = sa.table(self.target.name, *map(sa.column, names), sa.column("ctid"), schema=self.target.schema)
        changed = sa.and_(self.stage.plan.c.kind.in_(_REPLACING), self.stage.plan.c.target == standing.c.ctid)
        values: list[sa.ColumnElement[Any]] = [standing.c[name] for name in names]
        values += [sa.func.now(), sa.literal(self.stage.load_id, sa.BigInteger)]
        found = sa.select(*values).where(changed)
        into = sa.table(
            versions.name,
            *map(sa.column, (*names, "_replaced_at", "_replaced_by_load_id")),
            schema=versions.schema,
        )
        self.connection.execute(into.insert().from_select(list(into.c), found))

    def _update(self) -> None:
        plan = self.stage.plan
        values = dict(zip(self._names(), self._values(), strict=True))
        changed = (plan.c.kind.in_(_REPLACING), plan.c.row == self.rows.c.ctid, plan.c.target == self.target.c.ctid)
        self.connection.execute(self.target.update().where(*changed).values(values))

    def _insert_new(self, all_new: bool) -> None:
        found = sa.select(*self._values())
        if not all_new:
            plan = self.stage.plan
            found = found.where(plan.c.kind == "new", plan.c.row == self.rows.c.ctid)
        self.connection.execute(self._insert_from(found))

    def _insert_from(self, found: sa.Select[Any]) -> sa.Insert:
        return self.target.insert().from_select(self._names(), found)

    def _names(self) -> list[str]:
        return [*self.table.schema.names, ORIGIN, "_account", "_load_id", "_loaded_at", "_deleted_at"]

    def _values(self) -> list[sa.ColumnElement[Any]]:
        return [
            *(self.rows.c[name] for name in self.table.schema.names),
            sa.func.coalesce(self.rows.c[ORIGIN], self.batch.part),
            sa.literal(self.batch.account),
            sa.literal(self.stage.load_id, sa.BigInteger),
            sa.func.now(),
            sa.cast(sa.null(), sa.DateTime(timezone=True)),
        ]

    def _count_alive(self) -> int:
        alive = sa.select(sa.func.count()).where(self.ours, self.target.c["_deleted_at"].is_(None))
        return int(self.connection.scalar(alive) or 0)

    def _mark_missing(self, alive: int) -> int:
        """A row the file holds, but broken, is not missing: it stands as it last was good."""
        target = self.target
        in_file = sa.exists().where(*(target.c[name] == self.rows.c[name] for name in self.table.key))
        missing = [self.ours, target.c["_deleted_at"].is_(None), ~in_file]
        if sa.inspect(self.connection).has_table(self.stage.rejects.name, schema=self.stage.rejects.schema):
            missing.append(~sa.exists().where(self.stage.rejects.c.row_key == row_key(self.table, target)))
        marked = target.update().where(*missing).values(_deleted_at=sa.func.now(), _load_id=self.stage.load_id)
        deleted = changed_rows(self.connection, marked)
        if deleted > self.batch.max_deletions * alive:
            raise self._too_many_missing(deleted, alive)
        return deleted

    def _too_many_missing(self, deleted: int, alive: int) -> UnreadableInput:
        target = self.target
        gone = (self.ours, target.c["_load_id"] == self.stage.load_id, target.c["_deleted_at"].is_not(None))
        first = self.connection.scalars(sa.select(row_key(self.table, target)).where(*gone).limit(_SHOWN))
        return UnreadableInput(
            f"{self.table.name}: {deleted} of {alive} rows are missing from {self.batch.part} ({deleted / alive:.0%}, "
            f"allowed {self.batch.max_deletions:.0%}), among them {', '.join(map(str, first))}. Nothing of it landed. "
            "Hand in the complete file, or `load: append` for a part of one; if they are gone for good, raise "
            "max_deletions, then rerun."
        )
