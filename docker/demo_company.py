"""Serves the demo company that init has drawn, over TLS with its own certificate, at the address of ATTAIN_DEMO_URL."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from attain import settings
from demo.running import Running
from demo.serve import listening, server

_ANYWHERE = "0.0.0.0"  # noqa: S104 - inside the deployment's network, which publishes it nowhere


def main() -> None:
    """Serve until it is asked to end."""
    folder = settings.load().home / "demo"
    if not _prepared(folder):
        sys.exit(f"demo: {folder} holds no demo company. Nothing was started. Run init with profile demo first.")
    port = urlsplit(settings.required("ATTAIN_DEMO_URL", "the demo company")).port or 443
    serving = server(Running(folder))
    serving.config.ssl_keyfile, serving.config.ssl_certfile = folder / "tls.key", folder / "tls.crt"
    serving.run(sockets=[listening(_ANYWHERE, port)])


def _prepared(folder: Path) -> bool:
    return all((folder / name).is_file() for name in ("state.json", "tls.key", "tls.crt"))


if __name__ == "__main__":
    main()
