"""Whether a service is healthy: exit code 0 when it is, 1 with a line that says what is wrong. Cheap: it runs often.

health.py http URL [AUTHORITIES]        answers 200
health.py airflow COMPONENT URL         Airflow itself says so of this component
health.py worker                        Celery's worker on this host answers
health.py file PATH SECONDS             the file was touched less than so many seconds ago
"""

import http.client
import json
import socket
import ssl
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

_SECONDS = 8


def http_answer(url: str, authorities: str | None = None) -> tuple[int, bytes]:
    """Status and body of a GET.

    Args:
        authorities: a PEM file of the certificate authorities to trust, for https.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=authorities)
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, port, timeout=_SECONDS, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    connection.request("GET", parts.path or "/")
    answer = connection.getresponse()
    return answer.status, answer.read()


def http_problem(url: str, authorities: str | None = None) -> str | None:
    """None when the address answers 200."""
    status, _ = http_answer(url, authorities)
    return None if status == http.client.OK else f"{url} answers {status}"


def airflow_problem(component: str, url: str) -> str | None:
    """None when Airflow's own health report calls the component healthy."""
    status, body = http_answer(f"{url}/api/v2/monitor/health")
    if status != http.client.OK:
        return f"{url} answers {status}"
    said = json.loads(body)[component]["status"]
    return None if said == "healthy" else f"{component}: {said}"


def worker_problem() -> str | None:
    """None when the Celery worker of this host answers."""
    from celery import Celery
    from kombu.exceptions import OperationalError

    from attain import settings

    broker = settings.required("AIRFLOW__CELERY__BROKER_URL", "asking the worker")
    name = f"celery@{socket.gethostname()}"
    try:
        answers = Celery(broker=broker).control.inspect(destination=[name], timeout=_SECONDS).ping()
    except OperationalError as error:
        return f"the queue does not answer: {error}"
    return None if answers and name in answers else f"{name} does not answer"


def file_problem(path: str, seconds: str) -> str | None:
    """None when the file is young enough."""
    age = time.time() - Path(path).stat().st_mtime
    return None if age < float(seconds) else f"{path} is {age:.0f} seconds old"


CHECKS = {"http": http_problem, "airflow": airflow_problem, "worker": worker_problem, "file": file_problem}


def main(arguments: list[str]) -> int:
    """Run one check."""
    try:
        problem = CHECKS[arguments[0]](*arguments[1:])  # type: ignore[operator]
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        problem = f"{' '.join(arguments)}: {type(error).__name__}: {error}"
    if problem:
        sys.stderr.write(problem + "\n")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
