"""Small disks of a ground's own, in memory, and filling them to the last byte. Mounting needs root, and Linux."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from attain import server_files

if TYPE_CHECKING:
    from tests.killed.ground import Ground

_SIZES = {"home": "300m", "server": "2g"}
_BALLAST = "ballast"
_ROOM = 32 * 2**20


def possible() -> bool:
    """Whether disks can be mounted here."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("mount") is not None


def mount(ground: "Ground") -> bool:
    """Put the home and the server's folder on disks of their own, before anything is in them; False when refused."""
    for name in _SIZES:
        folder = ground.settings.home if name == "home" else server_files.account(ground.settings.home).folder
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={_SIZES[name]},mode=0755", "attain-killed", str(folder)],
            capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            unmount(ground)
            return False
        ground.mounts[name] = folder
        if name == "server":
            folder.chmod(0o700)
            server_files.account(ground.settings.home).own(folder)
    return True


def unmount(ground: "Ground") -> None:
    """Take the disks away with all that is on them."""
    for folder in reversed(ground.mounts.values()):
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
    ground.mounts.clear()


def fill(ground: "Ground", name: str) -> None:
    """Leave not one byte."""
    with (ground.mounts[name] / _BALLAST).open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 2**16)


def empty(ground: "Ground") -> None:
    """Give the space back."""
    for folder in ground.mounts.values():
        (folder / _BALLAST).unlink(missing_ok=True)


def tighten(ground: "Ground") -> None:
    """Leave so much room that filling it takes no time."""
    for name, folder in ground.mounts.items():
        used = shutil.disk_usage(folder).used
        room = (256 if name == "server" else 32) * 2**20
        subprocess.run(["mount", "-o", f"remount,size={used + room}", str(folder)], check=True)


def places(ground: "Ground") -> dict[str, Path]:
    """The mounted folders."""
    return dict(ground.mounts)
