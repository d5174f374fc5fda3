"""A second engineer adds a source, a mart and a check by following the pages, on a copy of the project."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from attain import transform
from tests import guides

PROJECT = transform.PROJECT.parent
COPIED = ("attain", "extract", "expectations", "report", "dags", "dbt_project", "pyproject.toml", "uv.lock")
DEALS = """opportunity_id,account_name,owner_name,amount,stage,created_at,close_date
D-1,Nordwerk,Ines Falk,48000.00,Closed Won,2026-01-12,2026-04-20
D-2,Nordwerk,Ines Falk,,Closed Won,2026-03-02,2026-05-11
D-3,Alpenmetall,Jonas Weiss,112000.00,Negotiation,2026-04-07,2026-07-31
D-4,Kranbau Sued,Jonas Weiss,15500.00,Closed Lost,2026-02-18,1899-12-30
"""
CONTACTS = "contact_id,contact_name,email,created_at\nC-1,Ada Nord,ada@nordwerk.example,2026-01-05\n"
REGISTRATIONS = [
    {"id": "R-1", "email": "ada@nordwerk.example", "attended": True, "registered_at": "2026-05-02T09:00:00Z"},
    {"id": "R-2", "email": "eve@elsewhere.example", "attended": False, "registered_at": "2026-05-03T09:00:00Z"},
]


class Platform(BaseHTTPRequestHandler):
    """The webinar platform: one registration a page."""

    def do_GET(self) -> None:
        page = int(parse_qs(urlsplit(self.path).query)["page"][0])
        authorised = self.headers["Authorization"] == "Bearer token-of-the-guide"
        item = {**REGISTRATIONS[page - 1], "changed_at": "2026-05-04T00:00:00Z"}
        body = {"items": [item], "next_page": page + 1 if page < len(REGISTRATIONS) else None}
        self.send_response_only(200 if authorised else 401)
        self.send_header("Date", format_datetime(datetime(2026, 6, 30, tzinfo=UTC), usegmt=True))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def platform() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Platform) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def copy(tmp_path: Path, platform: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """The project's own code in another folder, a company of files in a home of its own, and what a shell there needs."""
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    for name in COPIED:
        whole = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy
        whole(PROJECT / name, project / name)
    (project / "exports").mkdir()
    (project / "exports/opportunities.csv").write_text(DEALS, encoding="utf-8")
    (project / "exports/contacts.csv").write_text(CONTACTS, encoding="utf-8")
    environment = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ} | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path), "COLUMNS": "200",
        "PYTHONPATH": str(project), "ATTAIN_HOME": str(home), "ATTAIN_WEBINARS_URL": platform,
        "ATTAIN_WEBINARS_TOKEN": "token-of-the-guide",
    }  # fmt: skip
    made = "attain init guide --files exports && sed -i.bak 's/^max_rejected: .*/max_rejected: 0.3/' $ATTAIN_HOME/companies/guide/company.yml"
    subprocess.run(["bash", "-ec", made], cwd=project, env=environment, check=True, stdout=subprocess.DEVNULL)
    yield project, environment
    code = "from attain import server, settings; server.remove(settings.load().home)"
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=tmp_path, check=True)


@pytest.mark.timeout(1200)
def test_the_guides_work_as_they_stand(copy: tuple[Path, dict[str, str]]) -> None:
    """Mart, check and source, each as its page says and with the result it promises, one on top of the other."""
    project, environment = copy
    for page in ("adding-a-mart.md", "adding-a-check.md", "adding-a-source.md"):
        guides.follow(PROJECT / "docs" / page, project, environment, project / f"{page}.state")
