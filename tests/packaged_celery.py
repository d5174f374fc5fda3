"""By hand, since it takes minutes: the deployment with profile celery, and a worker killed in the middle of a task.

    python -m tests.packaged_celery [FOLDER]

Needs `redis-server`. Ends with code 0 when the DAG finished all the same, all services were healthy, and the task that
was killed took a second attempt.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import compose
from tests.compose import PROJECT
from tests.packaged import Deployment

DAG, TASK = "attain_demo", "core.transform"
SERVICES = ("scheduler", "dag-processor", "triggerer", "cleaner", "demo", "worker")


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def main(folder: Path) -> int:
    made = subprocess.run(["sh", "docker/new-env.sh"], cwd=PROJECT, capture_output=True, text=True, check=True)
    env = compose.env_file(made.stdout) | {"COMPOSE_PROFILES": "demo,celery", "ATTAIN_DEMO_SCALE": "300"}
    deployment = Deployment(folder, env)
    try:
        return _carried_out(deployment)
    finally:
        deployment.close()


def _carried_out(deployment: Deployment) -> int:
    deployment.start_postgres("warehouse")
    deployment.start_postgres("metadata")
    without_queue = deployment.run("init")
    say(f"init without its queue: code {without_queue.returncode}: {without_queue.stderr.strip()[-200:]}")
    assert without_queue.returncode == 1
    assert "COMPOSE_PROFILES" in without_queue.stderr
    deployment.start_redis()
    done = deployment.run("init")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    say("init done")
    deployment.start("api-server")
    deployment.await_health("api-server", seconds=900)
    for name in SERVICES:
        deployment.start(name)
    deployment.await_health(*SERVICES, seconds=900)
    say(f"healthy: {', '.join(deployment.running)}")
    run = deployment.trigger(DAG, seconds=600)
    _await_task(deployment, run)
    deployment.kill_at_once("worker")
    assert not deployment.healthy("worker")
    say(f"worker killed in the middle of {TASK}; its health check says so; a new one starts")
    deployment.start("worker")
    state = deployment.await_run(DAG, run, seconds=1800)
    deployment.await_health(*deployment.running, seconds=300)
    attempts = {task["task_id"]: task["try_number"] for task in deployment.tasks(DAG, run)}
    say(f"{state}; attempts {attempts}")
    pages = sorted(path.name for path in (deployment.home / "reports" / "demo").iterdir())
    say(f"pages {pages}")
    return 0 if state == "success" and attempts[TASK] == 2 and "report.html" in pages else 1


def _await_task(deployment: Deployment, run: str, seconds: float = 1200) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = {task["task_id"]: task["state"] for task in deployment.tasks(DAG, run)}
        if found.get(TASK) == "running":
            time.sleep(3)
            return
        assert "failed" not in found.values(), found
        time.sleep(1)
    raise AssertionError(f"{TASK} has not started\n{deployment.tail('worker')}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main(Path(sys.argv[1])))
    made = Path(tempfile.mkdtemp(prefix="attain-packaged-"))
    code = main(made)
    shutil.rmtree(made)
    sys.exit(code)
