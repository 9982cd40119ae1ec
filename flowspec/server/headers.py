"""The headers that every answer of Azure has (azure.md B1.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from flowspec.server.limits import TwinLimits
from flowspec.server.wire import Headers, HttpCall

SERVERS = (("Server", "Microsoft-HTTPAPI/2.0"), ("Server", "Microsoft-HTTPAPI/2.0"))


def standard(call: HttpCall, limits: TwinLimits) -> Headers:
    """Told once for each answer; what the answer says itself stands."""
    correlation = str(uuid4())
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    kind, left = limits.remaining(call)
    return (
        ("Cache-Control", "no-cache"),
        ("Pragma", "no-cache"),
        ("Expires", "-1"),
        ("x-ms-request-id", str(uuid4())),
        ("x-ms-correlation-request-id", correlation),
        ("x-ms-arm-service-request-id", str(uuid4())),
        (f"x-ms-ratelimit-remaining-subscription-{kind}", str(left)),
        ("x-ms-routing-request-id", f"TWIN:{stamp}:{correlation}"),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ("X-Content-Type-Options", "nosniff"),
        *SERVERS,
    )
