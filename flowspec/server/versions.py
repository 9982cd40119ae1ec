"""Which api-versions a provider has, and the refusal of one that does not exist, in Azure's words (azure.md B1.6).

The lists are those of the published API descriptions. A version that is younger than the list and not in the future is
taken: it may exist by now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from flowspec.server.wire import HttpCall, RefusedError

SHAPE = re.compile(r"\d{4}-\d\d-\d\d(-[A-Za-z0-9.-]{1,30})?", re.ASCII)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NETWORK = _listed("""
2014-12-01-preview 2015-05-01-preview 2015-06-15 2016-03-30 2016-06-01 2016-07-01 2016-08-01 2016-09-01 2016-10-01
2016-11-01 2016-12-01 2017-03-01 2017-04-01 2017-06-01 2017-08-01 2017-09-01 2017-10-01 2017-11-01 2018-01-01 2018-02-01
2018-03-01 2018-04-01 2018-05-01 2018-06-01 2018-07-01 2018-08-01 2018-10-01 2018-11-01 2018-12-01 2019-02-01 2019-04-01
2019-06-01 2019-07-01 2019-08-01 2019-09-01 2019-11-01 2019-12-01 2020-01-01 2020-03-01 2020-04-01 2020-05-01 2020-06-01
2020-07-01 2020-08-01 2020-11-01 2021-01-01 2021-02-01 2021-03-01 2021-05-01 2021-06-01 2021-08-01 2021-12-01 2022-01-01
2022-05-01 2022-07-01 2022-09-01 2022-11-01 2023-02-01 2023-04-01 2023-05-01 2023-06-01 2023-09-01 2023-11-01 2024-01-01
2024-03-01 2024-05-01 2024-07-01 2024-10-01 2025-01-01 2025-03-01 2025-05-01 2025-07-01 2025-09-01 2026-01-01 2026-03-01
""")

COMPUTE = _listed("""
2015-05-01-preview 2015-06-15 2016-03-30 2016-04-30-preview 2016-08-30 2017-03-30 2017-12-01 2018-04-01 2018-06-01
2018-10-01 2019-03-01 2019-07-01 2019-12-01 2020-06-01 2020-12-01 2021-03-01 2021-04-01 2021-07-01 2021-11-01 2022-03-01
2022-08-01 2022-11-01 2023-03-01 2023-07-01 2023-09-01 2024-03-01 2024-07-01 2024-11-01 2025-04-01 2025-11-01 2026-04-01
""")

RESOURCES = _listed("""
2014-04 2014-02-26 2013-03-01 2014-01-01 2014-04-01 2014-04-01-preview 2015-01-01 2015-11-01 2016-02-01 2016-06-01
2016-07-01 2016-09-01 2017-03-01 2017-05-01 2017-05-10 2017-06-01 2017-08-01 2017-12-01 2018-01-01 2018-02-01 2018-05-01
2018-06-01 2018-07-01 2018-08-01 2018-09-01 2018-11-01 2019-03-01 2019-05-01 2019-05-10 2019-06-01 2019-07-01 2019-08-01
2019-09-01 2019-10-01 2019-11-01 2020-01-01 2020-05-01 2020-06-01 2020-07-01 2020-08-01 2020-09-01 2020-10-01 2021-01-01
2021-04-01 2022-01-01 2022-03-01-preview 2022-05-01 2022-06-01 2022-09-01 2022-11-01-preview 2022-12-01
2023-03-01-preview 2023-07-01-preview 2023-07-01 2024-03-01 2024-06-01-preview 2024-07-01 2024-08-01 2024-11-01
2024-10-01-preview 2025-03-01 2025-04-01 2026-06-01
""")

GRAPH = _listed("""
2018-09-01-preview 2019-04-01 2020-04-01-preview 2021-03-01 2021-06-01-preview 2022-10-01 2024-04-01
""")

VERSIONS: Mapping[str, Sequence[str]] = {
    "microsoft.compute": COMPUTE,
    "microsoft.network": NETWORK,
    "microsoft.resources": RESOURCES,
    "microsoft.resourcegraph": GRAPH,
}


def exists(version: str, versions: Sequence[str]) -> bool:
    """Whether a version is one of a list, or may have come after it."""
    day = version[:10]
    return version in versions or max(one[:10] for one in versions) < day <= datetime.now(UTC).date().isoformat()


def check_shape(call: HttpCall) -> None:
    """Every request names a version."""
    if not call.version:
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise RefusedError(400, "MissingApiVersionParameter", message)
    if not SHAPE.fullmatch(call.version):
        raise _invalid(call)


def check_own(call: HttpCall) -> None:
    """A version of Azure Resource Manager itself: subscriptions, groups, providers and the list of all resources."""
    if not exists(call.version, RESOURCES):
        raise _invalid(call)


def check_type(call: HttpCall, namespace: str, kind: str, regions: Sequence[str]) -> None:
    """A version of a provider's type, both as the path spells them. A provider whose versions nobody knows has all."""
    versions = VERSIONS.get(namespace.casefold())
    if versions is None or exists(call.version, versions):
        return
    listed = ", ".join(versions)
    if len(call.segments) > 6:
        message = (
            f"No registered resource provider found for location '{regions[0]}' and API version '{call.version}' for "
            f"type '{kind}'. The supported api-versions are '{listed}'. "
            f"The supported locations are '{', '.join(regions)}'."
        )
        raise RefusedError(400, "NoRegisteredProviderFound", message)
    message = (
        f"The resource type '{kind}' could not be found in the namespace '{namespace}' for api version "
        f"'{call.version}'. The supported api-versions are '{','.join(versions)}'."
    )
    raise RefusedError(404, "InvalidResourceType", message)


def _invalid(call: HttpCall) -> RefusedError:
    listed = ",".join(reversed(RESOURCES))
    message = f"The api-version '{call.version[:200]}' is invalid. The supported versions are '{listed}'."
    return RefusedError(400, "InvalidApiVersionParameter", message)
