"""Text messages by Alibaba Cloud's Short Message Service: `SendSms` of dysmsapi, version 2017-05-25.

The parameters travel in the query, as the API's own description and the official SDKs have it. So the number
and the code stand in an address, inside TLS; this module therefore drives httpx's transport itself, which
follows no redirect, keeps no cookie, reads no proxy from the environment and logs no address.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx

from mobile_gateway.rules import phones
from mobile_gateway.sms import signature
from mobile_gateway.sms.provider import Outcome, Reason, Rejected, Sent, Unreachable

_ACTION = "SendSms"
_VERSION = "2017-05-25"
_SERVER_ERROR = 500
_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

# Source: the error codes of SendSms and the common ones of the API gateway.
_REASONS = {
    "isv.MOBILE_NUMBER_ILLEGAL": Reason.BAD_PHONE,
    "isv.MOBILE_COUNT_OVER_LIMIT": Reason.BAD_PHONE,
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": Reason.BAD_PHONE,
    "isv.BUSINESS_LIMIT_CONTROL": Reason.THROTTLED,
    "isv.DAY_LIMIT_CONTROL": Reason.THROTTLED,
    "isv.MONTH_LIMIT_CONTROL": Reason.THROTTLED,
    "isv.BLACK_KEY_CONTROL_LIMIT": Reason.PARAMS,
    "isv.PARAM_LENGTH_LIMIT": Reason.PARAMS,
    "isv.PARAM_NOT_SUPPORT_URL": Reason.PARAMS,
    "isv.INVALID_JSON_PARAM": Reason.PARAMS,
    "isv.INVALID_PARAMETERS": Reason.PARAMS,
    "isv.TEMPLATE_MISSING_PARAMETERS": Reason.PARAMS,
    "isv.TEMPLATE_PARAMS_ILLEGAL": Reason.PARAMS,
    "isv.SMS_TEMPLATE_ILLEGAL": Reason.TEMPLATE,
    "isv.SMS_SIGNATURE_ILLEGAL": Reason.TEMPLATE,
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": Reason.TEMPLATE,
    "isv.SMS_SIGN_ILLEGAL": Reason.TEMPLATE,
    "isv.AMOUNT_NOT_ENOUGH": Reason.BALANCE,
    "isv.OUT_OF_SERVICE": Reason.BALANCE,
    "isv.PRODUCT_UN_SUBSCRIPT": Reason.CREDENTIALS,
    "isv.PRODUCT_UNSUBSCRIBE": Reason.CREDENTIALS,
    "isv.ACCOUNT_NOT_EXISTS": Reason.CREDENTIALS,
    "isv.ACCOUNT_ABNORMAL": Reason.CREDENTIALS,
    "isv.DENY_IP_RANGE": Reason.CREDENTIALS,
    "isp.RAM_PERMISSION_DENY": Reason.CREDENTIALS,
    "SignatureDoesNotMatch": Reason.CREDENTIALS,
    "SignatureNonceUsed": Reason.CREDENTIALS,
    "IncompleteSignature": Reason.CREDENTIALS,
}
# Codes that come with a suffix, such as Throttling.User and InvalidAccessKeyId.NotFound.
_REASONS_BY_STEM = {
    "Throttling": Reason.THROTTLED,
    "InvalidAccessKeyId": Reason.CREDENTIALS,
    "InvalidTimeStamp": Reason.CREDENTIALS,
    "Forbidden": Reason.CREDENTIALS,
    "NoPermission": Reason.CREDENTIALS,
    "MissingParameter": Reason.PARAMS,
    "InvalidParameter": Reason.PARAMS,
}
_SAYS_NOTHING = ("isp.", "ServiceUnavailable", "InternalError")


@dataclass(frozen=True, slots=True)
class AliyunAccount:
    """Who sends: the access key, the signature that texts are headed with, and the approved templates.

    `templates` gives the provider's template code for a kind and a locale.
    """

    access_key_id: str
    access_key_secret: str
    sign_name: str
    templates: Mapping[tuple[str, str], str]

    def __repr__(self) -> str:
        return f"AliyunAccount({self.access_key_id!r})"


class AliyunSms:
    """Sends through one endpoint, over one pool of connections.

    `clock` gives the real time, aware. `timeout_seconds` is for the whole call. For one event loop.
    """

    def __init__(
        self,
        account: AliyunAccount,
        *,
        clock: Callable[[], datetime],
        endpoint: str = "https://dysmsapi.aliyuncs.com",
        timeout_seconds: float = 5.0,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._account = account
        self._clock = clock
        self._address = httpx.URL(endpoint)
        self._timeout_seconds = timeout_seconds
        self._transport = httpx.AsyncHTTPTransport(verify=verify, retries=0)

    async def send(self, phone: str, text_kind: str, params: Mapping[str, str], locale: str) -> Outcome:
        """Send by template; a kind without one in this locale, or a foreign number, is Rejected unsent."""
        template = self._account.templates.get((text_kind, locale))
        if template is None:
            return Rejected(Reason.TEMPLATE, "no template for this kind and locale")
        try:
            number = phones.national(phone)
        except ValueError:
            return Rejected(Reason.BAD_PHONE, "not a mainland mobile number")
        query = {
            "PhoneNumbers": number,
            "SignName": self._account.sign_name,
            "TemplateCode": template,
            "TemplateParam": json.dumps(dict(params), separators=(",", ":")),
        }
        return await self._call(query)

    async def close(self) -> None:
        """Close the pool. May be called twice."""
        await self._transport.aclose()

    async def _call(self, query: Mapping[str, str]) -> Outcome:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._transport.handle_async_request(self._request(query))
                try:
                    body = await response.aread()
                finally:
                    await response.aclose()
        except _BEFORE_SENDING as fault:
            return Unreachable(type(fault).__name__, maybe_sent=False)
        except (httpx.HTTPError, TimeoutError, OSError) as fault:
            return Unreachable(type(fault).__name__, maybe_sent=True)
        return _outcome(response.status_code, body)

    def _request(self, query: Mapping[str, str]) -> httpx.Request:
        headers = signature.signed_headers(
            host=self._address.netloc.decode("ascii"),
            action=_ACTION,
            version=_VERSION,
            query=query,
            body=b"",
            nonce=uuid4().hex,
            now=self._clock(),
            access_key_id=self._account.access_key_id,
            access_key_secret=self._account.access_key_secret,
        )
        return httpx.Request(
            "POST",
            self._address.copy_with(raw_path=b"/?" + signature.canonical_query(query).encode("ascii")),
            headers={**headers, "Accept": "application/json", "Content-Length": "0"},
            content=b"",
            extensions={"timeout": httpx.Timeout(self._timeout_seconds).as_dict()},
        )


def _outcome(status: int, body: bytes) -> Outcome:
    answer = _json_object(body)
    code = answer.get("Code")
    if not isinstance(code, str):
        return Unreachable(f"status {status} without a code", maybe_sent=True)
    if code == "OK":
        return Sent(str(answer.get("BizId", "")))
    if status >= _SERVER_ERROR or code.startswith(_SAYS_NOTHING):
        reason = _REASONS.get(code)
        return Rejected(reason, code) if reason else Unreachable(code[:64], maybe_sent=True)
    reason = _REASONS.get(code) or _REASONS_BY_STEM.get(code.partition(".")[0], Reason.UNKNOWN)
    return Rejected(reason, code[:64])


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
