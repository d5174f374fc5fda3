"""Hold the models to their conventions (.ci/dbt-bouncer.yml), after a strict parse; exit code 0 where nothing is amiss."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIG = HERE / "dbt-bouncer.yml"


def main() -> int:
    """Parse strictly, then check the manifest; what is wrong is printed, check by check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artifacts", type=Path, help="check the manifest in this folder instead of parsing anew")
    artifacts = parser.parse_args().artifacts
    with tempfile.TemporaryDirectory(prefix="attain-models-") as folder:
        if artifacts is None:
            parse = [sys.executable, str(HERE / "strict_parse.py"), "--target", folder]
            if subprocess.run(parse, check=False).returncode != 0:
                return 1
        return _bouncer(artifacts or Path(folder), Path(folder))


def _bouncer(artifacts: Path, folder: Path) -> int:
    """The configuration names the folder of the artifacts, and nothing else can: a copy of it does."""
    config = folder / "dbt-bouncer.yml"
    config.write_text(CONFIG.read_text().replace("dbt_artifacts_dir: target", f"dbt_artifacts_dir: {artifacts}"))
    bouncer = str(Path(sys.executable).parent / "dbt-bouncer")
    return subprocess.run([bouncer, "run", "--config-file", str(config), "--show-all-failures"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
