"""A home of the benchmark's own, with its server; both are gone at the end unless they are to be kept."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attain import server, settings
from attain.demo_company import COMPANY
from attain.settings import Settings


@contextmanager
def workplace(keep: Path | None) -> Iterator[Settings]:
    """Settings of the demo company in a temporary home, or in the one to keep."""
    home = keep or Path(tempfile.mkdtemp(prefix="attain-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    try:
        yield Settings(home.resolve(), COMPANY)
    finally:
        if keep is None:
            server.remove(home)
            shutil.rmtree(home, ignore_errors=True)


def asked_folder(folder: Path | None) -> Path:
    """Where results are kept: as asked, else beside the installation's own data."""
    return (folder or settings.load().home / "bench").resolve()
