"""Twins of the shop, started once where a test does not change them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flowspec.server.options import Address, TwinOptions
from flowspec.server.run import RunningTwin, load
from tests.server.asking import SHOP

Start = Callable[..., RunningTwin]


@pytest.fixture(scope="module")
def shop() -> Iterator[RunningTwin]:
    """Answers 202 first, as Azure mostly does; tells clients to come back at once."""
    with RunningTwin(load([SHOP]), TwinOptions(retry_after=0)) as twin:
        yield twin


@pytest.fixture(scope="module")
def secure_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTwin]:
    """The same over https, answering 200 at once."""
    address = Address(tls=True, ca=tmp_path_factory.mktemp("twin") / "ca.pem")
    with RunningTwin(load([SHOP]), TwinOptions(sync=True, retry_after=0), address) as twin:
        yield twin


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(retry_after=0, …)`: a twin of the shop (or of `source`) for one test."""
    with ExitStack() as stack:

        def run(source: str | Path = SHOP, **options: object) -> RunningTwin:
            return stack.enter_context(RunningTwin(load([str(source)]), TwinOptions(**options)))  # type: ignore[arg-type]

        yield run
