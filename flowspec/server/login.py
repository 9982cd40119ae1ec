"""`/metadata/endpoints` and the token endpoints that `az login` and azure-identity ask; every token is a dummy."""

from __future__ import annotations

import base64
import json
import time
from uuid import NAMESPACE_URL, uuid5

from flowspec.server.wire import HttpAnswer, HttpCall, JsonObject, compact

TENANT = str(uuid5(NAMESPACE_URL, "flowspec twin tenant"))
CLIENT = str(uuid5(NAMESPACE_URL, "flowspec twin client"))
HOUR = 3600


def answer(call: HttpCall) -> HttpAnswer | None:
    """The answer to a request of a login; None for any other path."""
    path = "/" + "/".join(call.folded)
    if path == "/metadata/endpoints":
        return compact(endpoints(call))
    if path.endswith("/.well-known/openid-configuration"):
        return compact(authority(call.origin, call.segments[0]))
    if path.endswith("/discovery/instance"):
        return compact({"tenant_discovery_endpoint": f"{call.origin}/{TENANT}/v2.0/.well-known/openid-configuration"})
    if path.endswith(("/oauth2/token", "/oauth2/v2.0/token")):
        return compact(token(call.origin))
    return None


def endpoints(call: HttpCall) -> object:
    """The cloud's own description; as a list for the newer api-versions, as Azure does."""
    origin = call.origin
    login: JsonObject = {
        "loginEndpoint": f"{origin}/adfs",
        "audiences": [origin, f"{origin}/"],
        "tenant": "adfs",
        "identityProvider": "ADFS",
    }
    document: JsonObject = {
        "name": "flowspec",
        "portal": origin,
        "authentication": login,
        "graph": origin,
        "graphAudience": origin,
        "graphEndpoint": origin,
        "galleryEndpoint": origin,
        "gallery": origin,
        "portalEndpoint": origin,
        "resourceManager": f"{origin}/",
        "suffixes": {"storage": "twin.invalid", "keyVaultDns": "vault.twin.invalid"},
    }
    return [document] if call.version >= "2020" and call.version < "2022" else document


def authority(origin: str, tenant: str) -> JsonObject:
    """The OpenID metadata of a tenant: where tokens are to be had."""
    base = f"{origin}/{tenant}"
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth2/authorize",
        "token_endpoint": f"{base}/oauth2/token",
        "jwks_uri": f"{base}/discovery/keys",
        "response_types_supported": ["code", "id_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }


def token(origin: str) -> JsonObject:
    """A token that no one else takes: unsigned, and it says what it is."""
    return {
        "token_type": "Bearer",
        "expires_in": HOUR,
        "ext_expires_in": HOUR,
        "expires_on": str(int(time.time()) + HOUR),
        "resource": origin,
        "access_token": jwt(origin),
    }


def jwt(origin: str) -> str:
    """An unsigned token that lasts an hour and says that it is a dummy."""
    now = int(time.time())
    claims: JsonObject = {
        "iss": f"{origin}/flowspec-twin",
        "aud": origin,
        "iat": now,
        "nbf": now,
        "exp": now + HOUR,
        "oid": CLIENT,
        "sub": CLIENT,
        "appid": CLIENT,
        "tid": TENANT,
        "name": "dummy token of a flowspec twin: worth nothing anywhere else",
    }
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}.{_part({'dummy': True})}"


def _part(document: JsonObject) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
