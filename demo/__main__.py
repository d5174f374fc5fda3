"""`python -m demo`: build the demo company, serve it, let time pass."""

import argparse
import json
import sys
from pathlib import Path

from demo import state as states
from demo.clock import as_time, span
from demo.folders import write_folders
from demo.state import State, StateError


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0 when it worked, 2 when it was asked for something that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("build", "draw the company's life and write it"),
        ("serve", "serve its Salesforce-compatible API"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--state", type=Path, required=True, help="folder of the company's state")
        command.add_argument("--scale", default=None, help="small (default), medium, large or a number of deals")
        command.add_argument("--seed", type=int, default=None, help="seed of everything drawn (default 42)")
        if name == "serve":
            command.add_argument("--port", type=int, default=0, help="0 takes a free one")
            command.add_argument("--host", default="127.0.0.1")
    later = commands.add_parser("advance", help="let time pass: 12h, 1d, 7d")
    later.add_argument("by")
    later.add_argument("--state", type=Path, required=True)
    told = parser.parse_args(arguments)
    try:
        return _run(told)
    except (StateError, ValueError, OSError) as error:
        sys.stderr.write(f"demo: {error}\n")
        return 2


def _run(told: argparse.Namespace) -> int:
    if told.command == "advance":
        moved = states.advance(states.open_state(told.state), span(told.by))
        write_folders(moved, moved.life())
        _say(moved)
        return 0
    built = _built(told)
    if told.command == "build":
        _say(built)
        return 0
    from demo.serve import serve

    serve(told.state, told.host, told.port)
    return 0


def _built(told: argparse.Namespace) -> State:
    """The company asked for; without scale and seed, the one that is there."""
    if told.scale is None and told.seed is None and (told.state / "state.json").exists():
        built = states.open_state(told.state)
    else:
        built = states.build(told.state, told.scale or "small", 42 if told.seed is None else told.seed)
    write_folders(built, built.life())
    return built


def _say(state: State) -> None:
    told = {
        "state": str(state.folder),
        "deals": state.deals,
        "seed": state.seed,
        "clock": as_time(state.clock).isoformat(),
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    sys.exit(main())
