"""Landing held against a model of it in plain Python: whatever comes in whatever order, the same rows stand."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attain import postgres
from attain.runs import Run
from attain.settings import Database
from extract.land import Landed, land
from extract.source import Mode
from tests.landing import DEALS, batch, deal, page, rows

Said = tuple[int, int, int]  # key, amount, day of the version

a_row = st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(1, 3))
a_load = st.tuples(st.sampled_from(["upsert", "append", "full"]), st.lists(a_row, max_size=6))


@dataclass
class Model:
    """What landing promises, said once more without SQL."""

    standing: dict[int, tuple[int, int]] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    versions: list[Said] = field(default_factory=list)

    def load(self, mode: Mode, sent: list[Said]) -> tuple[int, int, int, int, int]:
        """The counts it should say: inserted, updated, unchanged, stale, deleted."""
        winners: dict[int, tuple[int, int]] = {}
        for key, amount, day in sent:
            if key not in winners or day >= winners[key][1]:
                winners[key] = (amount, day)
        counts = [0, 0, 0, len(sent) - len(winners), 0]
        missing = {k for k in self.standing if k not in self.deleted and k not in winners} if mode == "full" else set()
        for key, row in winners.items():
            counts[self._take(key, row)] += 1
        self.deleted |= missing
        counts[4] = len(missing)
        return (counts[0], counts[1], counts[2], counts[3], counts[4])

    def _take(self, key: int, row: tuple[int, int]) -> int:
        before = self.standing.get(key)
        if before is None:
            self.standing[key] = row
            return 0
        if key in self.deleted:
            self.deleted.discard(key)
            outcome = 0
        elif row[1] < before[1]:
            return 3
        elif row == before:
            return 2
        else:
            outcome = 1
        self.versions.append((key, *before))
        self.standing[key] = row
        return outcome


def counted(landed: Landed) -> tuple[int, ...]:
    return (landed.inserted, landed.updated, landed.unchanged, landed.stale, landed.deleted)


@given(loads=st.lists(a_load, min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_landing_is_its_model(database: Database, run: Run, loads: list[tuple[Mode, list[Said]]]) -> None:
    """Rows that stand, rows marked as deleted, versions kept and all counts, after every load."""
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        connection.execute(sa.text("drop table if exists raw.files__test_deals, raw.files__test_deals__versions"))
    model = Model()
    for mode, sent in loads:
        given_rows: list[dict[str, Any]] = [deal(key, str(amount), day) for key, amount, day in sent]
        made = batch(DEALS, [page(DEALS, given_rows)], mode, max_deletions=1.0)
        assert counted(land(database, run, "files", made)) == model.load(mode, sent)
    shown = "deal_id, amount::int, extract(day from updated_at)::int"
    found = rows(database, f"select {shown}, _deleted_at is not null from raw.files__test_deals order by 1")
    assert found == [(f"d{k}", *model.standing[k], k in model.deleted) for k in sorted(model.standing)]
    kept = rows(database, f"select {shown} from raw.files__test_deals__versions")
    assert sorted(kept) == sorted((f"d{key}", amount, day) for key, amount, day in model.versions)
