"""Alibaba Cloud's request signature, version 3 (ACS3-HMAC-SHA256).

Source: Alibaba Cloud SDK, "V3 request structure and signature"; its worked example is a test of ours. The
canonical request, each value on its own line: method, path, sorted and percent-encoded query, the signed
headers as `name:value` each with its line end (so an empty line follows), their names joined by `;`, the
body's SHA-256.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

_ALGORITHM = "ACS3-HMAC-SHA256"


def canonical_query(params: Mapping[str, str]) -> str:
    """The query as it is signed and sent: sorted by name, encoded by RFC 3986 in UTF-8."""
    return "&".join(
        f"{quote(name, safe='-_.~')}={quote(params[name], safe='-_.~')}" for name in sorted(params)
    )


def signed_headers(
    *,
    host: str,
    action: str,
    version: str,
    query: Mapping[str, str],
    body: bytes,
    nonce: str,
    now: datetime,
    access_key_id: str,
    access_key_secret: str,
) -> dict[str, str]:
    """The headers of a POST to `/`, `Authorization` among them. `now` is right within 15 minutes."""
    digest = hashlib.sha256(body).hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": digest,
        "x-acs-date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n/\n{canonical_query(query)}\n{lines}\n{names}\n{digest}"
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(access_key_secret.encode(), to_sign.encode(), "sha256").hex()
    authorization = f"{_ALGORITHM} Credential={access_key_id},SignedHeaders={names},Signature={signature}"
    return {**headers, "Authorization": authorization}
