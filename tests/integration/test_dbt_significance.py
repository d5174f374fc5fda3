"""The macros of significance against scipy, on PostgreSQL and on DuckDB."""

from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import jinja2
import numpy as np
import pytest
import sqlalchemy as sa
from scipy import stats  # type: ignore[import-untyped]

from attain import transform
from tests.databases import TestServer

Run = Callable[[str], list[tuple[Any, ...]]]

MACROS: Any = (
    jinja2.Environment(extensions=["jinja2.ext.do"])
    .from_string((transform.PROJECT / "macros" / "significance.sql").read_text())
    .module
)


@pytest.fixture(params=["postgres", "duckdb"])
def run(request: pytest.FixtureRequest, server: TestServer) -> Run:
    """Rows of a query, on either engine."""
    if request.param == "duckdb":
        connection = duckdb.connect()
        return lambda query: connection.execute(query).fetchall()
    engine = sa.create_engine(server.url(), poolclass=sa.NullPool)

    def on_postgres(query: str) -> list[tuple[Any, ...]]:
        with engine.connect() as postgres:
            return [tuple(row) for row in postgres.execute(sa.text(query))]

    return on_postgres


def _table(name: str, columns: str, rows: Sequence[Sequence[object]]) -> str:
    values = ", ".join(f"({', '.join(map(_double, row))})" for row in rows)
    return f"(values {values}) as {name} ({columns})"


def _double(value: object) -> str:
    return f"cast({'null' if value is None else repr(str(value))} as double precision)"


def test_the_normal_cdf_is_exact_to_ten_digits(run: Run) -> None:
    """From far in one tail to far in the other, on both sides of where the formula changes, and null is null."""
    around = 7.07106781186547
    z = np.concatenate(
        [np.linspace(-40, 40, 1601), around + np.linspace(-1e-9, 1e-9, 5), -around + np.linspace(-1e-9, 1e-9, 5)]
    )
    rows = run(f"select z, {MACROS.normal_cdf('z')} from {_table('points', 'z', [(repr(float(x)),) for x in z])}")
    told = np.array(rows, dtype=float)
    exact = stats.norm.cdf(told[:, 0])
    assert np.abs(told[:, 1] - exact).max() < 1e-14
    lower = (told[:, 0] < 0) & (told[:, 0] > -30)
    assert (np.abs(told[lower, 1] / exact[lower] - 1)).max() < 1e-6, "p-values far out are right in their own size"
    assert run(f"select {MACROS.normal_cdf('z')} from {_table('points', 'z', [(None,)])}") == [(None,)]


def test_two_proportions_are_compared_as_published(run: Run) -> None:
    """28/254 against 36/301: z -0.344, p .7307; 7/105 against 18/115: z -2.0975, p .036; else as scipy has it."""
    rng = np.random.default_rng(7)
    cases = [
        (28, 254, 36, 301),
        (7, 105, 18, 115),
        (0, 7, 9, 18),
        (5, 10, 5, 10),
        (4, 10, 5, 10),
        (0, 0, 3, 90),
        (9, 9, 90, 90),
    ]
    for _ in range(200):
        n, m = (int(x) for x in rng.integers(1, 400, 2))
        cases.append((int(rng.integers(0, n + 1)), n, int(rng.integers(0, m + 1)), m))
    z = MACROS.two_proportion_z("s", "n", "t", "m")
    query = f"select s, n, t, m, z, {MACROS.two_sided_p('z')} from (select s, n, t, m, {z} as z from {_table('cases', 's, n, t, m', cases)}) as tested"
    rows = run(query)
    assert [round(rows[0][4], 3), round(rows[0][5], 4)] == [-0.344, 0.7307]
    assert [round(rows[1][4], 4), round(rows[1][5], 3)] == [-2.0975, 0.036]
    tested = 0
    for s, n, t, m, score, p in rows:
        table = np.array([[s, n - s], [t, m - t]])
        sums = table.sum(axis=0)
        if min(n, m) == 0 or min(n, m) * sums.min() / (n + m) < 5:
            assert score is None, (s, n, t, m)
            continue
        tested += 1
        chi_square = stats.chi2_contingency(table, correction=False)
        assert score**2 == pytest.approx(chi_square.statistic, abs=1e-9)
        assert p == pytest.approx(chi_square.pvalue, abs=1e-9)
        assert score == 0 or (score < 0) == (s / n < t / m)
    assert tested > 50


def test_two_means_are_compared_as_welch_does(run: Run) -> None:
    """From counts, sums and sums of squares; nothing is said about fewer than thirty or about what does not vary."""
    rng = np.random.default_rng(11)
    samples = [(rng.integers(0, 40, n), rng.integers(0, 60, m)) for n, m in rng.integers(30, 200, (50, 2))]
    samples += [(np.arange(29), np.arange(60)), (np.full(40, 3), np.full(50, 3))]
    sums = [[v for x in pair for v in (len(x), int(x.sum()), int((x**2).sum()))] for pair in samples]
    names = ("n", "x", "xx", "m", "y", "yy")
    rows = run(f"select {MACROS.two_means_z(*names)} from {_table('sums', ', '.join(names), sums)}")
    for (first, second), (score,) in zip(samples[:-2], rows[:-2], strict=True):
        assert score == pytest.approx(stats.ttest_ind(first, second, equal_var=False).statistic, abs=1e-9)
    assert [row[0] for row in rows[-2:]] == [None, None]


def test_p_values_are_adjusted_as_benjamini_and_hochberg_say(run: Run) -> None:
    """Over each family apart; what was not tested stays out, ties stay ties."""
    rng = np.random.default_rng(3)
    families = [rng.random(n) ** 3 for n in range(1, 12)] + [
        np.array([0.01, 0.01, 0.04, 0.03, 0.05]),
        np.array([0.9, 1.0]),
    ]
    rows: list[tuple[object, ...]] = [(at, repr(float(p))) for at, ps in enumerate(families) for p in ps]
    rows += [(at, None) for at in range(len(families))]
    query = (
        "with ranked as (select family, p, row_number() over (partition by family order by p) as p_rank, "
        f"count(p) over (partition by family) as p_known from {_table('told', 'family, p', rows)}) "
        f"select family, p, {MACROS.adjusted_p('p', 'p_rank', 'p_known', 'family')} as adjusted from ranked"
    )
    found = run(query)
    for at, ps in enumerate(families):
        own = sorted((p, adjusted) for family, p, adjusted in found if family == at and p is not None)
        exact = stats.false_discovery_control(np.sort(ps))
        assert [adjusted for _, adjusted in own] == pytest.approx(exact, abs=1e-12)
    assert all(adjusted is None for _, p, adjusted in found if p is None)
