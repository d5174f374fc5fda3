"""docker-compose.yml and what belongs to it: valid, pinned, without secrets, closed by default, and no half switches."""

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests import compose
from tests.compose import PROJECT

PUBLISHED = PROJECT / "docker" / "publish-warehouse.yml"
RAW = compose.raw()
SERVICES: dict[str, dict[str, Any]] = RAW["services"]
LASTING = sorted(set(SERVICES) - {"init"})
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
EXAMPLE = (PROJECT / ".env.example").read_text(encoding="utf-8")


def required() -> set[str]:
    return {each.name for each in compose.variables_of(RAW) if each.operator == ":?"}


@cache
def new_env() -> Mapping[str, str]:
    made = subprocess.run(["sh", "docker/new-env.sh"], cwd=PROJECT, capture_output=True, text=True, check=True)
    return compose.env_file(made.stdout)


@pytest.mark.parametrize("path", [compose.FILE, PUBLISHED], ids=lambda path: path.name)
def test_the_file_is_valid_by_the_compose_specification(path: Path) -> None:
    schema = json.loads((PROJECT / "tests/data/compose-spec.json").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(compose.raw(path))] == []
    assert list(validator.iter_errors({"services": {"a": {"imag": "b"}}})), "the schema accepts anything"


# ---------------------------------------------------------------------------------------------------- secrets


def test_a_new_env_holds_every_required_variable_and_the_file_resolves_with_it() -> None:
    assert required() <= set(new_env())
    for service in compose.services(new_env()).values():
        assert not [text for text in compose.texts(service) if "${" in text]


@pytest.mark.parametrize("name", sorted(required()))
def test_each_required_variable_stops_with_words_when_it_is_missing_or_empty(name: str) -> None:
    for variables in ({k: v for k, v in new_env().items() if k != name}, {**new_env(), name: ""}):
        with pytest.raises(compose.Unset, match=rf"^{name}: \w+ .*\w$"):
            compose.services(variables)


def test_every_secret_comes_from_a_required_variable() -> None:
    found = 0
    for service in SERVICES.values():
        for name, text in compose.environment(service).items():
            if re.search(r"PASSWORD|SECRET|_KEY$|AUTH$|_CONN|BROKER_URL|RESULT_BACKEND|DATABASE_URL", name):
                found += 1
                assert re.search(r"\$\{[A-Z_]+:\?[^}]+\}", text), f"{name} is written out"
    assert found > 30


def test_the_example_holds_no_secret_and_knows_every_other_variable() -> None:
    secrets = required() - {"ATTAIN_COMPANY"}
    named = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    used = {each.name for path in (compose.FILE, PUBLISHED) for each in compose.variables_of(compose.raw(path))}
    assert not named & secrets
    assert named - {"COMPOSE_FILE"} == used - secrets


def test_a_default_in_the_example_is_the_default_of_the_file() -> None:
    shown = dict(re.findall(r"^#([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    defaults = {
        v.name: v.word
        for p in (compose.FILE, PUBLISHED)
        for v in compose.variables_of(compose.raw(p))
        if v.operator == ":-"
    }
    assert {name: value for name, value in shown.items() if name != "COMPOSE_FILE"} == {
        name: value for name, value in defaults.items() if name in shown
    }


def test_secrets_are_new_each_time_fit_for_an_address_and_long() -> None:
    first = new_env()
    second = compose.env_file(
        subprocess.run(["sh", "docker/new-env.sh"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    )
    for name in required() - {"ATTAIN_COMPANY"}:
        assert first[name] != second[name]
        assert len(first[name]) >= 40
        assert name == "AIRFLOW_FERNET_KEY" or re.fullmatch(r"[0-9a-f]+", first[name])
    assert len(base64.urlsafe_b64decode(first["AIRFLOW_FERNET_KEY"])) == 32


def test_a_service_knows_only_the_secrets_it_needs() -> None:
    knows = {
        name: {v.name for v in compose.variables_of(service) if v.operator == ":?"}
        for name, service in SERVICES.items()
    }
    metadata = {"METADATA_PASSWORD", "AIRFLOW_FERNET_KEY", "AIRFLOW_JWT_SECRET", "AIRFLOW_API_SECRET_KEY"}
    assert {name for name in knows if "WAREHOUSE_ADMIN_PASSWORD" in knows[name]} == {"warehouse", "init"}
    assert {name for name in knows if "WAREHOUSE_SUPERUSER_PASSWORD" in knows[name]} == {"warehouse"}
    assert {name for name in knows if "AIRFLOW_ADMIN_PASSWORD" in knows[name]} == {"init"}
    assert not knows["worker"] & metadata
    assert not any(
        "WAREHOUSE" in secret for name in ("api-server", "triggerer", "cleaner", "demo") for secret in knows[name]
    )
    assert knows["demo"] == {"ATTAIN_COMPANY"}


# ---------------------------------------------------------------------------------------------------- each service


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_images_are_pinned(name: str) -> None:
    image = compose.interpolated(SERVICES[name]["image"], {})
    assert re.fullmatch(r"[a-z]+:\d+(\.\d+){1,2}(-[a-z0-9]+)?", image)


def test_our_image_carries_our_version() -> None:
    version = re.search(r'^version = "(.+)"', (PROJECT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version
    assert {compose.interpolated(SERVICES[name]["image"], {}) for name in OURS} == {f"attain:{version[1]}"}


def test_our_image_is_built_for_both_platforms() -> None:
    for name in OURS:
        assert SERVICES[name]["build"]["x-bake"]["platforms"] == ["linux/amd64", "linux/arm64"]


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_service_has_a_health_check_a_restart_and_a_limit(name: str) -> None:
    service = SERVICES[name]
    check = service["healthcheck"]
    assert compose.health(service)
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)
    assert service["restart"] == "unless-stopped"
    assert service["deploy"]["resources"]["limits"]["memory"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_runs_without_rights(name: str) -> None:
    service = SERVICES[name]
    assert int(service["user"].split(":")[0]) > 0
    assert int(service["user"].split(":")[1]) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(mount.startswith("/tmp") for mount in service["tmpfs"])
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert service["networks"] == ["attain"]


def test_only_airflow_is_published_and_on_loopback() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"api-server"}
    published = [*SERVICES["api-server"]["ports"], *compose.raw(PUBLISHED)["services"]["warehouse"]["ports"]]
    assert [compose.interpolated(port, {}) for port in published] == ["127.0.0.1:8080:8080", "127.0.0.1:5432:5432"]


def test_volumes_are_named_declared_and_used_and_binds_are_read_only() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    assert {mount["source"] for mount in mounts if mount["type"] == "volume"} == set(RAW["volumes"])
    for mount in mounts:
        if mount["type"] == "bind":
            assert mount["read_only"] is True
            assert "${ATTAIN_COMPANIES" in mount["source"] or (PROJECT / mount["source"]).is_file()


def test_data_of_databases_is_where_their_images_keep_it() -> None:
    """PostgreSQL 18's image keeps its data a level higher than older ones: a volume at the old place stays empty."""
    assert {
        m["target"] for n in ("warehouse", "metadata") for m in SERVICES[n]["volumes"] if m["type"] == "volume"
    } == {"/var/lib/postgresql"}


def test_everything_waits_for_what_it_needs() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in SERVICES
            expected = "service_completed_successfully" if needed == "init" else "service_healthy"
            assert how["condition"] == expected
            optional = set(SERVICES[needed].get("profiles", [])) - set(service.get("profiles", []))
            assert how.get("required", True) is not bool(optional), f"{name} cannot start without profile {optional}"
    assert all("init" in SERVICES[name]["depends_on"] for name in OURS if name != "init")


def test_logs_are_where_the_interface_reads_them() -> None:
    writers = [name for name in OURS if "AIRFLOW_HOME" in compose.environment(SERVICES[name])]
    for name in writers:
        folder = compose.environment(SERVICES[name])["AIRFLOW__LOGGING__BASE_LOG_FOLDER"]
        assert any(m["target"] == folder and m["source"] == "logs" for m in SERVICES[name]["volumes"])


# ---------------------------------------------------------------------------------------------------- environment


def _airflow_options() -> set[str]:
    providers = [import_module(f"airflow.providers.{name}.get_provider_info") for name in ("celery", "fab")]
    documents = [
        yaml.safe_load((files("airflow") / "config_templates/config.yml").read_text(encoding="utf-8")),
        *(provider.get_provider_info()["config"] for provider in providers),
    ]
    return {
        f"AIRFLOW__{section.upper().replace('.', '_')}__{option.upper()}"
        for document in documents
        for section, content in document.items()
        for option in content["options"]
    }


def test_every_airflow_option_exists() -> None:
    options = _airflow_options()
    assert "AIRFLOW__CORE__EXECUTOR" in options
    used = {n for service in SERVICES.values() for n in compose.environment(service) if n.startswith("AIRFLOW__")}
    assert len(used) > 20
    assert used - options == set()


def test_every_setting_of_ours_is_read_somewhere() -> None:
    sources = [*PROJECT.glob("attain/**/*.py"), *PROJECT.glob("dags/*.py"), *PROJECT.glob("docker/*")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.is_file())
    for service in SERVICES.values():
        for name in compose.environment(service):
            if name.startswith("ATTAIN_"):
                assert re.search(rf"\b{name}\b", text), name


# ---------------------------------------------------------------------------------------------------- the switch


def _entrypoint(*words: str, **told: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROJECT / "docker/entrypoint.sh"), *words], env={"PATH": "/usr/bin:/bin", **told}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("profiles", "executor"),
    [
        ("", "Local"),
        ("demo", "Local"),
        ("celery", "Celery"),
        ("demo,celery", "Celery"),
        ("*", "Celery"),
        ("celery2", "Local"),
    ],
)
def test_the_profiles_choose_the_executor(profiles: str, executor: str) -> None:
    done = _entrypoint("sh", "-c", "echo $AIRFLOW__CORE__EXECUTOR", COMPOSE_PROFILES=profiles)
    assert done.stdout.strip() == f"{executor}Executor"


def test_half_a_switch_is_refused_in_words() -> None:
    worker = _entrypoint("worker", COMPOSE_PROFILES="demo")
    assert (worker.returncode, "COMPOSE_PROFILES" in worker.stderr) == (1, True)
    demo = _entrypoint("demo", COMPOSE_PROFILES="demo", ATTAIN_COMPANY="acme")
    assert (demo.returncode, "ATTAIN_COMPANY" in demo.stderr) == (1, True)
    nothing = _entrypoint()
    assert (nothing.returncode, "say what to run" in nothing.stderr) == (1, True)


def test_every_command_of_the_file_is_known_to_the_entry_point() -> None:
    text = (PROJECT / "docker/entrypoint.sh").read_text(encoding="utf-8")
    labels = {
        label.strip() for line in re.findall(r"^    ([a-z| -]+)\)$", text, re.MULTILINE) for label in line.split("|")
    }
    assert {SERVICES[name]["command"][0] for name in OURS} == labels


@pytest.mark.parametrize("script", sorted(PROJECT.glob("docker/*.sh")), ids=lambda path: path.name)
def test_scripts_can_be_read_by_a_plain_shell_and_run(script: Path) -> None:
    assert subprocess.run(["sh", "-n", str(script)], capture_output=True, check=False).returncode == 0
    assert script.stat().st_mode & 0o111


# ---------------------------------------------------------------------------------------------------- the image


def _instructions() -> Iterator[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", (PROJECT / "Dockerfile").read_text(encoding="utf-8"))
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, rest = line.strip().partition(" ")
            yield name, re.sub(r"\s+", " ", rest)


def _final() -> list[tuple[str, str]]:
    instructions = list(_instructions())
    last = max(index for index, (name, _) in enumerate(instructions) if name == "FROM")
    return instructions[last:]


def test_the_dockerfile_is_clean_by_hadolint() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "hadolint"), "Dockerfile"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout + done.stderr == ""


def test_the_image_is_pinned_non_root_and_carries_no_build_tools() -> None:
    told = dict(rest.split("=", 1) for name, rest in _instructions() if name == "ARG")
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", told["PYTHON_IMAGE"])
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    assert f"UV_VERSION := {told['UV_VERSION']}\n" in makefile
    final = _final()
    assert ("USER", SERVICES["init"]["user"]) in final
    assert not [rest for name, rest in final if name == "RUN" and re.search(r"\b(apt-get|pip|uv|gcc|curl)\b", rest)]
    assert ("ENTRYPOINT", '["/opt/attain/docker/entrypoint.sh"]') in final


def test_the_volumes_of_our_services_belong_to_their_user_from_the_start() -> None:
    made = " ".join(rest for name, rest in _final() if name == "RUN")
    for target in {m["target"] for n in OURS for m in SERVICES[n]["volumes"] if m["type"] == "volume"}:
        assert re.search(rf"install -d -o attain -g attain -m 07\d\d {target}\b", made), target


def test_what_the_image_copies_is_there_and_not_ignored_and_every_package_is_copied() -> None:
    copied = [
        word.rstrip("/")
        for name, rest in _instructions()
        if name == "COPY" and "--from" not in rest
        for word in rest.split()[:-1]
    ]
    assert all((PROJECT / path).exists() and not _ignored(path) for path in copied)
    pyproject = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.search(r"^packages = (\[.+\])", pyproject, re.MULTILINE)
    assert packages
    assert {*json.loads(packages[1]), "dbt_project", "docker"} <= set(copied)


def _ignored(path: str) -> bool:
    """Whether .dockerignore leaves a path out: the last line that fits decides; ours are plain names."""
    ignored = False
    for line in (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        if line and not line.startswith("#") and (pattern in ("*", path) or path.startswith(f"{pattern}/")):
            ignored = not line.startswith("!")
    return ignored


@pytest.mark.parametrize(
    "path", [".git", ".attain", ".venv", ".env", "tests", "shared", "companies", "sources.env", "dbt_project/target"]
)
def test_what_must_not_be_in_the_image_is_not_sent_to_the_builder(path: str) -> None:
    assert _ignored(path)
