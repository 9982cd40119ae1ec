"""The `flowspec` command: answers `--version` at once and leaves everything else to the CLI."""

from __future__ import annotations

import contextlib
import errno
import os
import sys

VERSION_FLAGS = ("--version", "-version")
_STDERR = 2
_NO_MEMORY = b"""Error: There is not enough memory for this.
  Raise the limit of this process or container, or judge fewer intents at once: --target, --shard.
"""


def main() -> int:
    """Runs the command line of this process and returns its exit code."""
    code = 0
    try:
        if len(sys.argv) == 2 and sys.argv[1] in VERSION_FLAGS:
            _tell_version()
        else:
            code = _main()
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code if error.errno == errno.EPIPE else 1
    return code


def _tell_version() -> None:
    from flowspec.version import __version__

    print(f"flowspec {__version__}")


def _main() -> int:
    try:
        return _run(sys.argv[1:])
    except KeyboardInterrupt:
        return 130
    except (MemoryError, OSError, ImportError) as error:
        if not is_want_of_memory(error):
            raise
        with contextlib.suppress(OSError):
            os.write(_STDERR, _NO_MEMORY)
        return 1


def is_want_of_memory(error: BaseException) -> bool:
    """By whatever name: Python's own, the system's, or that of a library that could not be loaded."""
    if isinstance(error, ImportError):
        return "failed to map segment" in str(error) or "allocate memory" in str(error)
    return isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM


def _run(arguments: list[str]) -> int:
    from flowspec.cli.system import Ended, end_by_signals

    end_by_signals()
    try:
        from flowspec.cli.app import run

        return run(arguments)
    except Ended as ended:
        return ended.code


if __name__ == "__main__":
    sys.exit(main())
