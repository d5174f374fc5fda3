"""The scripts of the image: init refuses what cannot work, health checks can be false, wheels exist for both platforms."""

import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker

from attain import server
from tests.compose import PROJECT

KEY = "A" * 43 + "="


def _run(script: str, *words: str, **told: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), **told}
    return subprocess.run(
        [sys.executable, f"docker/{script}", *words], cwd=PROJECT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------- init


def _told(folder: Path, **changes: str) -> dict[str, str]:
    address = "postgresql://role:s3cret-one@127.0.0.1:5432/attain"
    return {
        "ATTAIN_HOME": str(folder / "home"),
        "ATTAIN_COMPANY": "acme",
        "ATTAIN_COMPANY_FOLDERS": str(folder / "companies"),
        "ATTAIN_DATABASE_URL": address,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address.replace("postgresql", "postgresql+psycopg"),
        "AIRFLOW__CELERY__BROKER_URL": "redis://:s3cret-two@127.0.0.1:6379/0",
        "AIRFLOW__CELERY__RESULT_BACKEND": "redis://:s3cret-two@127.0.0.1:6379/1",
        "AIRFLOW__CORE__FERNET_KEY": KEY,
        "ATTAIN_DEMO_URL": "https://127.0.0.1:8443",
        "ATTAIN_DEMO_SCALE": "50",
        "SSL_CERT_FILE": str(folder / "home" / "certificates.pem"),
        **changes,
    }


def _company(folder: Path, name: str) -> Path:
    made = folder / "companies" / name
    made.mkdir(parents=True)
    (made / "sources.yml").write_text("sources:\n  files:\n    path: exports\n", encoding="utf-8")
    return made


def test_init_places_the_company_and_its_authorities_and_takes_an_earlier_link_away(tmp_path: Path) -> None:
    company = _company(tmp_path, "acme")
    (company / "certificates").mkdir()
    (company / "certificates" / "own.pem").write_text("-----OUR OWN AUTHORITY-----\n", encoding="utf-8")
    links = tmp_path / "home" / "companies"
    links.mkdir(parents=True)
    (links / "before").symlink_to(tmp_path / "gone")
    for _ in range(2):
        done = _run("prepare.py", **_told(tmp_path))
        assert (done.returncode, done.stderr) == (0, "")
    assert [(path.name, path.readlink()) for path in links.iterdir()] == [("acme", company)]
    trusted = (tmp_path / "home" / "certificates.pem").read_text(encoding="utf-8")
    assert trusted.count("BEGIN CERTIFICATE") > 50
    assert "OUR OWN AUTHORITY" in trusted


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"COMPOSE_PROFILES": "demo"}, "ATTAIN_COMPANY is acme and the profile demo is on"),
        ({"COMPOSE_PROFILES": "celery", "ATTAIN_COMPANY": "demo"}, "the profile demo is off"),
        ({"ATTAIN_COMPANY": "absent"}, "absent/sources.yml"),
        ({"ATTAIN_DATABASE_URL": "postgresql://role:s3cret@one/two@warehouse:5432/attain"}, "ATTAIN_DATABASE_URL"),
        ({"AIRFLOW__CELERY__BROKER_URL": "redis://:s3cret two@redis:6379/0"}, "AIRFLOW__CELERY__BROKER_URL"),
        ({"AIRFLOW__CORE__FERNET_KEY": "s3cret"}, "AIRFLOW_FERNET_KEY is not 32 bytes"),
        ({"AIRFLOW__CORE__FERNET_KEY": "A" * 40}, "AIRFLOW_FERNET_KEY is not 32 bytes"),
        ({"COMPOSE_PROFILES": "celery", "AIRFLOW__CELERY__BROKER_URL": "redis://:s3cret@127.0.0.1:1/0"}, "nothing answers"),
    ],
)  # fmt: skip
def test_init_refuses_what_cannot_work_in_words_without_the_secret(
    tmp_path: Path, changes: Mapping[str, str], words: str
) -> None:
    _company(tmp_path, "acme")
    done = _run("prepare.py", **{**_told(tmp_path), **changes})
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.startswith("SettingsError: ")
    assert "Nothing was changed" in done.stderr
    assert "s3cret" not in done.stderr


def test_the_demo_company_is_served_over_tls_that_its_sources_trust(tmp_path: Path) -> None:
    address = f"https://127.0.0.1:{server.free_port()}"
    told = _told(tmp_path, COMPOSE_PROFILES="demo", ATTAIN_COMPANY="demo", ATTAIN_DEMO_URL=address)
    for _ in range(2):
        assert _run("prepare.py", **told).stderr == ""
    certificate = (tmp_path / "home/demo/tls.crt").read_bytes()
    kept = json.loads((tmp_path / "home/secrets.json").read_text(encoding="utf-8"))
    assert json.loads(kept["demo.connections"])["ATTAIN_SALESFORCE_URL"] == address
    assert (tmp_path / "home/demo/tls.key").stat().st_mode & 0o077 == 0
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), **told}
    check = ("http", f"{address}/services/data/", told["SSL_CERT_FILE"])
    with subprocess.Popen([sys.executable, "docker/demo_company.py"], cwd=PROJECT, env=environment) as serving:
        try:
            assert any(_run("health.py", *check).returncode == 0 for _ in range(60))
            assert "CERTIFICATE_VERIFY_FAILED" in _run("health.py", *check[:2]).stderr
        finally:
            serving.terminate()
    assert _run("health.py", *check).returncode == 1
    assert (tmp_path / "home/demo/tls.crt").read_bytes() == certificate
    assert ssl.create_default_context(cafile=told["SSL_CERT_FILE"]).cert_store_stats()["x509_ca"] > 50


# ---------------------------------------------------------------------------------------------------- health


@contextmanager
def _answering(status: int, body: Any) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (404, 1)])
def test_http_is_healthy_when_it_answers_200(status: int, code: int) -> None:
    with _answering(status, {}) as url:
        assert _run("health.py", "http", f"{url}/health").returncode == code
    assert _run("health.py", "http", f"{url}/health").returncode == 1


@pytest.mark.parametrize(("said", "code"), [("healthy", 0), ("unhealthy", 1), (None, 1)])
def test_a_component_is_healthy_when_airflow_says_so(said: str | None, code: int) -> None:
    with _answering(200, {"triggerer": {"status": said}, "scheduler": {"status": "healthy"}}) as url:
        done = _run("health.py", "airflow", "triggerer", url)
        assert (done.returncode, bool(done.stderr)) == (code, bool(code))
        assert _run("health.py", "airflow", "no-such-thing", url).returncode == 1


def test_the_cleaner_is_healthy_while_its_mark_is_young(tmp_path: Path) -> None:
    mark = tmp_path / "cleaned"
    assert _run("health.py", "file", str(mark), "60").returncode == 1
    mark.touch()
    assert _run("health.py", "file", str(mark), "60").returncode == 0
    os.utime(mark, (1, 1))
    assert _run("health.py", "file", str(mark), "60").returncode == 1


def test_a_worker_whose_queue_is_gone_is_not_healthy() -> None:
    done = _run("health.py", "worker", AIRFLOW__CELERY__BROKER_URL="redis://:s3cret@127.0.0.1:1/0")
    assert done.returncode == 1
    assert "s3cret" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("days", ["0", "-1", "soon", "1.5"])
def test_the_cleaner_refuses_a_number_of_days_that_would_delete_everything(days: str) -> None:
    done = subprocess.run(
        [str(PROJECT / "docker/clean.sh"), "--once"], env={"PATH": "/usr/bin:/bin", "ATTAIN_KEEP_DAYS": days},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Nothing was cleaned" in done.stderr


def test_the_executor_of_profile_celery_can_be_loaded() -> None:
    load = "import airflow.providers.celery.executors.celery_executor"
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]


# ---------------------------------------------------------------------------------------------------- both platforms


def _installed(machine: str) -> Iterator[dict[str, Any]]:
    """The packages of uv.lock that the image installs on Linux with this kind of processor."""
    lock = tomllib.loads((PROJECT / "uv.lock").read_text(encoding="utf-8"))
    packages: dict[str, list[dict[str, Any]]] = {}
    for package in lock["package"]:
        packages.setdefault(package["name"], []).append(package)
    here = {
        "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": machine,
        "python_version": "3.11", "python_full_version": "3.11.15", "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }  # fmt: skip
    seen: set[tuple[str, str]] = set()
    waiting: list[tuple[dict[str, Any], str]] = [(packages["attain"][0], extra) for extra in ("", "celery", "fab")]
    while waiting:
        package, extra = waiting.pop()
        if (key := (package["name"] + package["version"], extra)) in seen:
            continue
        seen.add(key)
        if not extra and package["name"] != "attain":
            yield package
        wanted = package.get("optional-dependencies", {}).get(extra, []) if extra else package.get("dependencies", [])
        for each in wanted:
            if "marker" in each and not Marker(each["marker"]).evaluate(here):
                continue
            for found in packages[each["name"]]:
                if found["version"] == each.get("version", found["version"]):
                    waiting += [(found, e) for e in ("", *each.get("extra", []))]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_everything_the_image_installs_has_a_wheel_for_the_platform(machine: str) -> None:
    installed = list(_installed(machine))
    assert len(installed) > 150
    assert {"apache-airflow", "flask-appbuilder", "redis", "pyarrow"} <= {package["name"] for package in installed}
    assert [p["name"] for p in installed if not any(_fits(w["url"], machine) for w in p.get("wheels", []))] == []


def _fits(url: str, machine: str) -> bool:
    python, abi, platform = url.rsplit("/", 1)[1].removesuffix(".whl").split("-")[-3:]
    plain = "py3" in python or (abi == "abi3" and int(python.split(".")[0].removeprefix("cp3")) <= 11)
    return (plain or "cp311" in python) and (platform == "any" or ("manylinux" in platform and machine in platform))
