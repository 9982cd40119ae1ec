"""The command line: parses, wires, prints, and chooses the exit code. The only place that does."""

import os

os.environ["TYPER_USE_RICH"] = "0"
"""Before Typer is imported: rich costs 100 ms and writes ANSI into pipes wherever CI asks for colour."""
