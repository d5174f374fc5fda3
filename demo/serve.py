"""Starting the server: one process, one port, one JSON line when it is ready."""

import json
import socket
import sys
from pathlib import Path

import uvicorn

from demo.api import application
from demo.running import Running


def listening(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes any free one.

    Raises:
        OSError: the port is taken.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    bound.listen(128)
    return bound


def server(company: Running) -> uvicorn.Server:
    """A server that leaves the Date header to the company."""
    config = uvicorn.Config(
        application(company), log_level="error", access_log=False, date_header=False, server_header=False,
        timeout_keep_alive=30, lifespan="off",
    )  # fmt: skip
    return uvicorn.Server(config)


def serve(folder: Path, host: str, port: int) -> None:
    """Serve the company in `folder` until interrupted; first print where."""
    company = Running(folder)
    bound = listening(host, port)
    told = {
        "url": f"http://{host}:{bound.getsockname()[1]}", "client_id": company.credentials["client_id"],
        "credentials": str(folder / "credentials.json"),
        "files": str(folder / "files"), "company": str(folder / "company"), "clock": company.date_header,
    }  # fmt: skip
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    server(company).run(sockets=[bound])
