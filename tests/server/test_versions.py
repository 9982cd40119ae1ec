"""Which api-versions the twin takes: those that exist, those that may exist by now, and none of the future."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flowspec.server.run import RunningTwin
from flowspec.server.versions import NETWORK, exists
from tests.server.asking import NSG, ask

TODAY = datetime.now(UTC).date()


@pytest.mark.parametrize(
    "version, there",
    [
        (NETWORK[0], True),
        (NETWORK[-1], True),
        ("2016-12-02", False),
        ("2012-01-01", False),
        (TODAY.isoformat(), True),
        ((TODAY + timedelta(days=2)).isoformat(), False),
    ],
)
def test_a_version(version: str, there: bool, shop: RunningTwin) -> None:
    assert exists(version, NETWORK) is there
    reply = ask(shop, "GET", f"{NSG}?api-version={version}")
    assert reply.status == (200 if there else 400)
    assert there or b'"code":"NoRegisteredProviderFound"' in reply.body
