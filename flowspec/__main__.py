"""The `flowspec` command: answers `--version` at once and leaves everything else to the CLI."""

from __future__ import annotations

import sys

VERSION_FLAGS = ("--version", "-version")


def main() -> int:
    """Runs the command line of this process and returns its exit code."""
    if len(sys.argv) == 2 and sys.argv[1] in VERSION_FLAGS:
        from flowspec import __version__

        print(f"flowspec {__version__}")
        return 0
    try:
        from flowspec.cli.app import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
