"""Generated leads, contacts and campaign members with every way in which records can be one person, and their oracle.

The oracle knows docs/funnel.md and nothing of the models: union-find over the links, then the first proof of each stage.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from extract.salesforce.objects import OBJECTS

Row = dict[str, Any]
Record = tuple[str, str, str]
"""kind, source account, id"""
Entry = tuple[date, str]
"""day of the entry, observed or implied"""

ZONE = ZoneInfo("Europe/Berlin")
STAGES = ("awareness", "interest", "decision", "action")
PROVES = {"Sent": 1, " clicked ": 2, "Demo Requested": 3, "Purchased": 4, "Handstand": 0, None: 0}
SHARED = ("info@{0}.example", "sales.de@{0}.example", "no-reply+7@{0}.example", "n/a", None, None)
TABLES = {name: OBJECTS[name] for name in ("Lead", "Contact", "CampaignMember")}


@dataclass
class People:
    """The rows of one Salesforce account, by object."""

    account: str
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})


def accounts(count: int) -> list[People]:
    """Accounts whose people also meet across accounts, and one with a chain of links through sixty records."""
    dice = random.Random(11)
    return [*(_account(dice, f"people{n}", dice.randint(20, 60)) for n in range(count)), _chain("chain", 30)]


def _moment(dice: random.Random) -> datetime:
    day = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=dice.randint(0, 120))
    return day + timedelta(minutes=dice.choice([0, 600, 1379, 1425, dice.randint(0, 1439)]))


def _email(dice: random.Random) -> str | None:
    known = f"P{dice.randint(0, 60)}@firm{dice.randint(0, 1)}.example"
    return dice.choice([known, known.lower(), f" {known}", dice.choice(SHARED)])


def _account(dice: random.Random, name: str, size: int) -> People:
    made = People(name)
    for kind, prefix in (("Contact", "c"), ("Lead", "l")):
        for number in range(size):
            merged = dice.random() < 0.1
            row: Row = {
                "id": f"{prefix}{number}", "email": _email(dice), "created_date": _moment(dice),
                "system_modstamp": datetime(2026, 6, 1, tzinfo=UTC), "is_deleted": merged or dice.random() < 0.08,
                "master_record_id": f"{prefix}{dice.randrange(size)}" if merged else None,
                "lead_source": dice.choice(["Web", "Trade Show", None]),
            }  # fmt: skip
            if kind == "Lead" and dice.random() < 0.4:
                row |= {
                    "is_converted": True, "converted_date": (row["created_date"] + timedelta(days=dice.randint(0, 20))).date(),
                    "converted_contact_id": f"c{dice.randrange(size + 3)}",
                }  # fmt: skip
            made.rows[kind].append(row)
    for number in range(size * 2):
        touched = _moment(dice)
        made.rows["CampaignMember"].append({
            "id": f"m{number}", "created_date": touched, "system_modstamp": datetime(2026, 6, 1, tzinfo=UTC),
            "contact_id": dice.choice([None, f"c{dice.randrange(size + 3)}"]), "lead_id": f"l{dice.randrange(size)}",
            "status": dice.choice(list(PROVES)), "has_responded": dice.random() < 0.3, "is_deleted": dice.random() < 0.05,
            "first_responded_date": dice.choice([None, touched.date() + timedelta(days=dice.randint(-2, 9))]),
        })  # fmt: skip
    return made


def _chain(name: str, length: int) -> People:
    """Lead 0 became contact 0, whose address lead 1 has, who became contact 1, ..."""
    made = People(name)
    for number in range(length):
        created = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=length - number)
        common = {"created_date": created, "system_modstamp": created, "is_deleted": False}
        before, after = f"link{number}@chain.example", f"link{number + 1}@chain.example"
        made.rows["Contact"].append({"id": f"c{number}", "email": after, **common})
        made.rows["Lead"].append({
            "id": f"l{number}", "email": before, "is_converted": True, "converted_date": created.date(),
            "converted_contact_id": f"c{number}", **common,
        })  # fmt: skip
    return made


def persons(books: Iterable[People]) -> dict[frozenset[Record], dict[str, Entry]]:
    """Each person's records, with the person's funnel."""
    books = list(books)
    person_of, members = _components(books)
    proofs: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for book in books:
        for row in book.rows["Lead"]:
            person = person_of.get(("lead", book.account, row["id"]))
            if person is not None and not row["is_deleted"]:
                proofs[person] += _proofs_of_lead(row)
        for row in book.rows["CampaignMember"]:
            person = person_of.get(
                ("contact", book.account, row["contact_id"]), person_of.get(("lead", book.account, row["lead_id"]))
            )
            if person is not None and not row["is_deleted"]:
                proofs[person] += _proofs_of_touch(row)
    return {frozenset(records): _funnel(proofs[person]) for person, records in members.items()}


def _components(books: list[People]) -> tuple[dict[Record, int], dict[int, list[Record]]]:
    groups: dict[str, list[Record]] = defaultdict(list)
    live: set[Record] = set()
    for book in books:
        for kind in ("lead", "contact"):
            for row in book.rows[kind.title()]:
                record = (kind, book.account, row["id"])
                if row["is_deleted"] and not row.get("master_record_id"):
                    continue
                live |= set() if row["is_deleted"] else {record}
                for group in _groups(kind, book.account, row):
                    groups[group].append(record)
    number: dict[Record, int] = {record: n for n, record in enumerate(sorted({r for g in groups.values() for r in g}))}
    changed = True
    while changed:
        changed = False
        for records in groups.values():
            least = min(number[record] for record in records)
            changed |= any(number[record] != least for record in records)
            number |= dict.fromkeys(records, least)
    members: dict[int, list[Record]] = defaultdict(list)
    for record, person in number.items():
        members[person].append(record)
    alive = {person: records for person, records in members.items() if live & set(records)}
    return {record: person for person, records in alive.items() for record in records}, alive


def _groups(kind: str, account: str, row: Row) -> Iterator[str]:
    yield f"{kind}|{account}|{row['id']}"
    if row.get("master_record_id"):
        yield f"{kind}|{account}|{row['master_record_id']}"
    if row.get("converted_contact_id"):
        yield f"contact|{account}|{row['converted_contact_id']}"
    address = (row["email"] or "").strip().lower()
    if "@" in address and not address.startswith(("info@", "sales.", "no-reply")) and not row["is_deleted"]:
        yield f"email|{address}"


def _proofs_of_lead(row: Row) -> Iterator[tuple[int, datetime]]:
    yield (2 if row.get("lead_source") == "Web" else 1), row["created_date"]
    if row.get("is_converted"):
        yield 2, _no_earlier(row["converted_date"], row["created_date"])


def _no_earlier(day: date | None, moment: datetime) -> datetime:
    """The start of the day for the company, but not before the moment."""
    return moment if day is None else max(datetime(day.year, day.month, day.day, tzinfo=ZONE), moment)


def _proofs_of_touch(row: Row) -> Iterator[tuple[int, datetime]]:
    stage, moment = PROVES[row["status"]], row["created_date"]
    if row["has_responded"]:
        stage, moment = max(stage, 2), _no_earlier(row["first_responded_date"], moment)
        yield (1 if moment > row["created_date"] else 0), row["created_date"]
    yield stage, moment


def _funnel(proofs: list[tuple[int, datetime]]) -> dict[str, Entry]:
    entries = {}
    for order, stage in enumerate(STAGES, start=1):
        later = sorted((moment, proven) for proven, moment in proofs if proven >= order)
        if later:
            moment, proven = later[0]
            entries[stage] = (moment.astimezone(ZONE).date(), "observed" if proven == order else "implied")
    return entries
