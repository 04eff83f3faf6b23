"""Speed and memory beside the peers: `benchmarks/run.py [--rounds N] [TREE …]`.

Every contestant runs once a round, so that what else the machine does hits all alike;
of each the best round counts. Peers do other work than we do (they parse every file,
and their rules are others): the ratios say what a user waits for, nothing more.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from measure import Cost, best, cost
from peers import PYTHON, Peer, ours, peers
from tree import code_files, copied, synthetic, to_change

CACHE = ".wsaudit_cache"
ACCEPTED = (0, 1, 2, 3)
SCREEN = """
from wsaudit.config import Config
from wsaudit.dialects import load_dialects
from wsaudit.discover import discover
from wsaudit.screen import screen
words = load_dialects()
found = discover(["."], Config("."))
packages = frozenset(words.packages())
screen(found.code, words.screen_words(), packages, root=found.root)
"""


def main() -> None:
    """Measure the start, then each tree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--copies", type=int, default=8, help="of the synthetic tree")
    parser.add_argument("trees", nargs="*", type=Path)
    given = parser.parse_args()
    _start(given.rounds)
    with tempfile.TemporaryDirectory(prefix="wsaudit-bench-") as name:
        if not given.trees:
            for copies in (given.copies, 2 * given.copies):
                folder = Path(name, f"synthetic-{copies}")
                synthetic(folder, copies)
                _tree(folder, given.rounds)
        for tree in given.trees:
            folder = Path(name, tree.resolve().name)
            copied(tree.resolve(), folder)
            _tree(folder, given.rounds)
            shutil.rmtree(folder)


def _start(rounds: int) -> None:
    """How long it takes to say the version, beside Python itself."""
    commands = {
        "python -c pass": (PYTHON, "-c", "pass"),
        "wsaudit --version": (PYTHON, "-m", "wsaudit", "--version"),
    }
    runs: dict[str, list[Cost]] = defaultdict(list)
    for _ in range(4 * rounds):
        for name, command in commands.items():
            runs[name].append(cost(command, "."))
    bare, version = (best(runs[name]) for name in commands)
    print("# Start\n")
    _print_row("what", "wall", "CPU", "peak")
    for name, taken in runs.items():
        _print_cost(name, best(taken))
    _print_target("--version against bare Python", version.wall / bare.wall, 2.0)


def _tree(folder: Path, rounds: int) -> None:
    """Everything about one tree: our runs, the peers', and the ratios."""
    files = list(code_files(folder))
    size = sum(path.stat().st_size for path in files)
    suffixes = {path.suffix for path in files}
    print(f"\n# {folder.name}: {len(files):,} files, {size / 1e6:.1f} MB\n")
    contestants = _contestants(folder)
    able = [peer for peer in peers() if not peer.only or peer.only in suffixes]
    runs: dict[str, list[Cost]] = defaultdict(list)
    for _ in range(rounds):
        for name, run in contestants.items():
            runs[name].append(run())
        for peer in able:
            if not peer.missing:
                runs[peer.name].append(_of_peer(peer, folder))
    _print_row("what", "wall", "CPU", "peak")
    costs = {name: best(taken) for name, taken in runs.items()}
    for name, taken in costs.items():
        _print_cost(name, taken)
    for peer in able:
        if peer.missing:
            print(f"{peer.name:36}  {peer.missing}")
    _print_ratios(folder.name, costs, able)


def _contestants(folder: Path) -> dict[str, Callable[[], Cost]]:
    """Our own runs, in an order in which each finds the cache it needs."""
    where = str(folder)

    def cold() -> Cost:
        shutil.rmtree(folder / CACHE, ignore_errors=True)
        return cost(ours(), where, accept=ACCEPTED)

    def without_cache() -> Cost:
        return cost(ours("--no-cache"), where, accept=ACCEPTED)

    def warm() -> Cost:
        cost(ours(), where, accept=ACCEPTED)
        return cost(ours(), where, accept=ACCEPTED)

    def changed() -> Cost:
        path = to_change(folder)
        if path is None:
            return warm()
        with path.open("ab") as file:
            file.write(b"\n")
        return cost(ours(), where, accept=ACCEPTED)

    return {
        "wsaudit, discovery and screen": lambda: cost((PYTHON, "-c", SCREEN), where),
        "wsaudit, cold": cold,
        "wsaudit, cold, --no-cache": without_cache,
        "wsaudit, warm": warm,
        "wsaudit, one file changed": changed,
    }


def _of_peer(peer: Peer, folder: Path) -> Cost:
    return cost(
        peer.command,
        str(folder),
        accept=peer.accept,
        environment=dict(peer.environment),
    )


def _print_ratios(tree: str, costs: dict[str, Cost], able: list[Peer]) -> None:
    cold, warm = costs["wsaudit, cold, --no-cache"], costs["wsaudit, warm"]
    print()
    floor = next((costs[name] for name in costs if name.startswith("rg ")), None)
    if floor:
        seen = costs["wsaudit, discovery and screen"]
        _print_target("discovery and screen against rg -l", seen.wall / floor.wall, 4.0)
    for peer in able:
        beside = costs.get(peer.name)
        if beside and not peer.most_warm:
            most = next(
                (peer.most_cold[key] for key in peer.most_cold if key in tree), 0
            )
            _print_target(f"cold against {peer.name}", cold.wall / beside.wall, most)
        if beside and peer.most_warm:
            _print_target(
                f"warm against {peer.name}", warm.wall / beside.wall, peer.most_warm
            )
    changed = costs["wsaudit, one file changed"]
    _print_target("one file changed against warm", changed.wall / warm.wall, 3.0)
    _print_target("peak of a cold run in 200 MB", cold.peak / 200e6, 1.0)


def _print_target(what: str, ratio: float, most: float) -> None:
    """A ratio and whether it is what we want; 0 for one that is to be seen only."""
    verdict = "reached" if ratio <= most else "MISSED"
    target = f"   target {_times(most):>8}   {verdict}" if most else ""
    print(f"{what:52} {_times(ratio):>8}{target}")


def _times(ratio: float) -> str:
    """A ratio; one below a half says how many times faster we are."""
    return f"{ratio:.2f}x" if ratio > 0.5 else f"1/{1 / ratio:.0f}"


def _print_cost(name: str, taken: Cost) -> None:
    wall, cpu = f"{taken.wall:.3f} s", f"{taken.cpu:.3f} s"
    _print_row(name, wall, cpu, f"{taken.peak / 1e6:.0f} MB")


def _print_row(name: str, wall: str, cpu: str, peak: str) -> None:
    print(f"{name:36} {wall:>10} {cpu:>10} {peak:>8}")


if __name__ == "__main__":
    main()
