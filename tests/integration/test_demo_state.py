"""The demo company on disk and in time: built, served, advanced."""

import csv
import itertools
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from demo import state as states
from demo.clock import DAY, START, as_time, span
from demo.folders import write_folders
from tests.demo_server import DATA, bulk_job, query_all, serving

ROOT = Path(__file__).parents[2]


def _run(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "demo", *words], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done


def _files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    states.build(tmp_path / "demo", "300", 7)
    return tmp_path / "demo"


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1_800), ("12h", 43_200), ("1d", DAY), ("2w", 14 * DAY), (" 7 d ", 7 * DAY)]
)
def test_spans(text: str, seconds: int) -> None:
    """A number and a unit."""
    assert span(text) == seconds


@pytest.mark.parametrize("text", ["", "d", "1", "-1d", "1.5d", "1y", "eternity"])
def test_what_is_no_span_says_how_to_write_one(text: str) -> None:
    """The message has an example."""
    with pytest.raises(ValueError, match="12h"):
        span(text)


def test_command_line_builds_advances_and_says_so(tmp_path: Path) -> None:
    """One JSON line each, no secret in it; a second build keeps what is there."""
    folder = tmp_path / "demo"
    built = _run("build", "--state", str(folder), "--scale", "200", "--seed", "3")
    assert json.loads(built.stdout)["clock"] == "2026-09-10T06:00:00+00:00"
    secret = states.open_state(folder).credentials["client_secret"]
    assert secret not in built.stdout + built.stderr
    moved = _run("advance", "36h", "--state", str(folder))
    assert json.loads(moved.stdout)["clock"] == "2026-09-11T18:00:00+00:00"
    again = _run("build", "--state", str(folder), "--scale", "200", "--seed", "3")
    assert json.loads(again.stdout)["clock"] == "2026-09-11T18:00:00+00:00"
    assert states.open_state(folder).credentials["client_secret"] == secret
    other = _run("build", "--state", str(folder), "--scale", "220", "--seed", "3")
    assert json.loads(other.stdout)["clock"] == "2026-09-10T06:00:00+00:00"


@pytest.mark.parametrize(
    "words",
    [
        ("advance", "1d", "--state", "{}"),
        ("build", "--state", "{}", "--scale", "huge"),
        ("advance", "soon", "--state", "{}"),
    ],
)
def test_command_line_refuses_with_one_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Exit code 2 and no traceback."""
    done = _run(*(word.replace("{}", str(tmp_path / "none")) for word in words), code=2)
    assert done.stderr.startswith("demo: ")
    assert "Traceback" not in done.stderr


def test_serve_tells_its_address_on_one_line(folder: Path) -> None:
    """The line has the address and where the credentials are, not the secret."""
    words = [sys.executable, "-m", "demo", "serve", "--state", str(folder), "--port", "0"]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        told = json.loads(line)
        credentials = json.loads(Path(told["credentials"]).read_text())
        assert credentials["client_secret"] not in line
        answer = httpx.post(
            f"{told['url']}/services/oauth2/token", data={"grant_type": "client_credentials", **credentials}
        )
        assert answer.status_code == 200
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_the_clock_cannot_leave_what_was_written_ahead(folder: Path) -> None:
    """Neither backwards nor past the end, and then nothing moves."""
    state = states.open_state(folder)
    for seconds in (-1, 400 * DAY):
        with pytest.raises(states.StateError):
            states.advance(state, seconds)
    assert states.open_state(folder).clock == START


def test_two_days_are_two_times_one_day(tmp_path: Path) -> None:
    """However time passes, the company is the same: records, files, everything."""
    seen = []
    for name, steps in (("one", ["1d", "1d"]), ("two", ["2d"]), ("hours", ["7h", "17h", "24h"])):
        with serving(tmp_path / name) as served, served.client() as client:
            for step in steps:
                client.post("/_demo/advance", json={"by": step}).raise_for_status()
            pages = [
                client.get(
                    f"{DATA}/jobs/query/{bulk_job(client, f'SELECT FIELDS(STANDARD) FROM {name}', 'queryAll')}/results"
                ).content
                for name in ("Opportunity", "OpportunityHistory", "Lead", "Task", "User", "OpportunityLineItem")
            ]
            seen.append((pages, _files(tmp_path / name / "files")))
    assert seen[0] == seen[1] == seen[2]


def test_an_advance_from_outside_is_seen_by_a_running_server(tmp_path: Path) -> None:
    """The command line moves the clock, the server follows without a restart."""
    with serving(tmp_path / "demo") as served, served.client() as client:
        _run("advance", "1d", "--state", str(served.folder))
        answer = client.get(f"{DATA}/limits")
        assert answer.headers["date"] == "Fri, 11 Sep 2026 06:00:00 GMT"
        assert json.loads((served.folder / "state.json").read_text())["clock"] == START + DAY


def test_a_company_built_anew_is_served_anew(tmp_path: Path) -> None:
    """Another seed in the same folder is another company, without a restart."""
    with serving(tmp_path / "demo") as served, served.client() as client:
        before = query_all(client, "SELECT Id, Amount FROM Opportunity")
        states.build(served.folder, "310", 8)
        assert query_all(client, "SELECT Id, Amount FROM Opportunity") != before


def test_three_weeks_bring_every_kind_of_change_and_the_cursor_finds_it(tmp_path: Path) -> None:
    """What changed is exactly what SystemModstamp says changed, deletions among it."""
    with serving(tmp_path / "demo", deals=900) as served, served.client() as client:
        fields = {
            "Opportunity": "StageName, Amount, CloseDate, OwnerId, IsDeleted",
            "Lead": "Status, IsDeleted",
            "Task": "Status",
        }
        fields |= {
            "OpportunityLineItem": "UnitPrice, IsDeleted",
            "CampaignMember": "Status",
            "Account": "OwnerId, Type",
        }

        def rows(name: str) -> dict[object, dict[str, object]]:
            text = f"SELECT Id, SystemModstamp, CreatedDate, {fields[name]} FROM {name}"
            return {row["Id"]: row for row in query_all(client, text, "queryAll")}

        before = {name: rows(name) for name in fields}
        client.post("/_demo/advance", json={"by": "21d"}).raise_for_status()
        after = {name: rows(name) for name in fields}
        for name in fields:
            changed = {key for key, row in after[name].items() if before[name].get(key) != row}
            fresh = {key for key, row in after[name].items() if str(row["SystemModstamp"]) > "2026-09-10T06:00:00"}
            assert changed == fresh, name
            assert changed, name
        deals, old = after["Opportunity"], before["Opportunity"]
        new = deals.keys() - old.keys()
        assert len(new) > 3
        assert any(
            row["StageName"] == "Closed Won" != old[key]["StageName"] for key, row in deals.items() if key in old
        )
        assert all(str(deals[key]["CreatedDate"]) > "2026-09-10T06" for key in new)


def test_deals_vanish_from_the_bin(tmp_path: Path) -> None:
    """Over months some deals are deleted and seen so, some disappear without a trace."""
    with serving(tmp_path / "demo", deals=4_000) as served, served.client() as client:
        before = {row["Id"]: row for row in query_all(client, "SELECT Id, IsDeleted FROM Opportunity", "queryAll")}
        client.post("/_demo/advance", json={"by": "150d"}).raise_for_status()
        after = {row["Id"]: row for row in query_all(client, "SELECT Id, IsDeleted FROM Opportunity", "queryAll")}
        assert before.keys() - after.keys()
        assert any(row["IsDeleted"] and not before[key]["IsDeleted"] for key, row in after.items() if key in before)
        lost = before.keys() - after.keys()
        children = {
            row["OpportunityId"]
            for row in query_all(client, "SELECT OpportunityId FROM OpportunityHistory", "queryAll")
        }
        assert not lost & children


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "files" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_files_follow_the_clock(tmp_path: Path) -> None:
    """Quotas of the next quarter, a new hire, next year's rates, and nothing that was there disappears."""
    folder = tmp_path / "demo"
    state = states.build(folder, "2000", 42)
    life = state.life()
    write_folders(state, life)
    names = ("reps", "quotas", "plans", "plan_assignments", "exchange_rates")
    before = {name: _table(folder, name) for name in names}
    untouched = (folder / "files" / "plans.csv").stat().st_mtime_ns
    moved = states.advance(state, 30 * DAY)
    write_folders(moved, life)
    after = {name: _table(folder, name) for name in names}
    assert max(row["period_start"] for row in before["quotas"]) == "2026-09-01"
    assert max(row["period_start"] for row in after["quotas"]) == "2026-12-01"
    assert {row["rep_id"] for row in after["reps"]} > {row["rep_id"] for row in before["reps"]}
    today = as_time(moved.clock).date().isoformat()
    assert all(row["hire_date"] <= today for row in after["reps"])
    assert (folder / "files" / "plans.csv").stat().st_mtime_ns == untouched
    for name in names:
        keys = {tuple(row.values())[:3] for row in before[name]}
        assert keys <= {tuple(row.values())[:3] for row in after[name]}
    write_folders(states.advance(moved, 90 * DAY), life)
    assert "2027-01-01" in {row["valid_from"] for row in _table(folder, "exchange_rates")}


def test_files_of_others_follow_the_clock(tmp_path: Path) -> None:
    """Advertising is restated and then final, an end is told before it comes, books close, talks are held, and no row goes."""
    folder = tmp_path / "demo"
    state = states.build(folder, "2000", 42)
    life = state.life()
    keys = {
        "goals": ("goal_id",),
        "goal_checkins": ("checkin_id",),
        "subscriptions": ("subscription_id",),
        "costs": ("cost_id",),
        "ad_performance": ("performance_date", "channel"),
        "web_sessions": ("session_date", "channel"),
    }
    looks = []
    for step in (0, 10, 40):
        state = states.advance(state, step * DAY)
        write_folders(state, life)
        looks.append(
            {name: {tuple(row[k] for k in key): row for row in _table(folder, name)} for name, key in keys.items()}
        )
    for before, after in itertools.pairwise(looks):
        for name in keys:
            assert before[name].keys() <= after[name].keys(), name
    first, second, third = looks
    assert all(first[name].keys() < third[name].keys() for name in keys)
    day = ("2026-09-09", "Google Ads")
    clicks = [int(look["ad_performance"][day]["clicks"]) for look in looks]
    assert clicks[0] > clicks[1] == clicks[2]
    settled = [key for key in first["ad_performance"] if key[0] < "2026-09-01"]
    assert all(first["ad_performance"][key] == third["ad_performance"][key] for key in settled)
    ended = {key for key, row in second["subscriptions"].items() if row["end_date"] > "2026-09-20"}
    assert ended, "an end is known before it comes"
    held = [
        key
        for key, row in first["goal_checkins"].items()
        if not row["held_date"] and third["goal_checkins"][key]["held_date"]
    ]
    assert held
    assert {row["cost_date"] for row in first["costs"].values()} < {row["cost_date"] for row in third["costs"].values()}


def test_goals_nearly_add_up(tmp_path: Path) -> None:
    """Most teams hand out more than they owe, some less; parents exist; some goals have none, some no measure."""
    state = states.build(tmp_path / "demo", "2000", 42)
    write_folders(state, state.life())
    goals = {row["goal_id"]: row for row in _table(tmp_path / "demo", "goals")}
    children: dict[str, int] = {}
    for row in goals.values():
        assert not row["parent_goal_id"] or row["parent_goal_id"] in goals
        if row["subject_level"] == "rep" and row["status"] == "active":
            children[row["parent_goal_id"]] = children.get(row["parent_goal_id"], 0) + int(row["target_amount"])
    shares = [total / int(goals[parent]["target_amount"]) for parent, total in children.items() if parent]
    assert any(share > 1.02 for share in shares)
    assert any(share < 0.98 for share in shares)
    rest = [row for row in goals.values() if not row["parent_goal_id"]]
    assert {row["subject_level"] for row in rest} == {"company", "region", "rep"}
    assert any(not row["measure"] for row in goals.values())
    assert any(row["status"] == "cancelled" for row in goals.values())


def test_the_clock_is_virtual(folder: Path) -> None:
    """It has nothing to do with the wall clock."""
    assert as_time(states.open_state(folder).clock) == datetime(2026, 9, 10, 6, tzinfo=UTC)


def test_a_company_of_another_version_is_drawn_again(folder: Path) -> None:
    """Opening it says what to do; building does it."""
    written = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps(written | {"format": 1, "clock": START + DAY}))
    with pytest.raises(states.StateError, match="another version"):
        states.open_state(folder)
    assert states.build(folder, "300", 7).clock == START
