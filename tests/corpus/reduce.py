"""`python -m tests.corpus.reduce CORPUS_DIR`: writes every file of `tests/data` anew from the corpus."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tests.corpus import diagnostic, effective, flowlog, internet, inventory, ipflow, terraform, topology, writing

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> None:
    """Reduce the corpus given on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.reduce", description=__doc__)
    parser.add_argument("corpus", type=Path, help="directory that holds the ground-truth files and recordings")
    parser.add_argument("--root", type=Path, default=ROOT, help="repository to write into (default: this one)")
    options = parser.parse_args(arguments)
    corpus, data = options.corpus, options.root / "tests" / "data"
    writing.write(data / "ipflow.json", ipflow.reduce_ipflow(corpus))
    writing.write(data / "diagnostic.json", diagnostic.reduce_diagnostic(corpus))
    writing.write(data / "effective.json", effective.reduce_effective(corpus))
    writing.write(data / "topology.json", topology.reduce_topology(corpus))
    writing.write(data / "flowlog.json", flowlog.reduce_flowlog(corpus))
    writing.write(data / "inventory_counts.json", inventory.reduce_counts(corpus))
    for path in sorted((corpus / "inventory").glob("*.json")):
        writing.write(data / "inventory" / path.name, inventory.reduce_inventory(corpus, path.name))
    writing.write(data / "inventory" / "nsgs.json", inventory.reduce_nsgs(corpus))
    writing.write(data / "terraform.json", terraform.reduce_terraform(corpus))
    writing.write(data / "internet_versions.json", internet.reduce_versions(corpus))
    writing.write(options.root / "flowspec" / "data" / "internet.json", internet.newest(corpus))


if __name__ == "__main__":
    main()
