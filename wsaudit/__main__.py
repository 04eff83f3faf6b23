"""The entry point: as quick as Python itself until there is something to do."""

from __future__ import annotations

import sys

import wsaudit


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        try:
            print(f"wsaudit {wsaudit.__version__}", flush=True)  # noqa: T201 - before click
        except (OSError, AttributeError):
            pass  # The commands say why standard output takes nothing.
        else:
            return
    try:
        from wsaudit.cli import main as run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while the modules are loaded
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
