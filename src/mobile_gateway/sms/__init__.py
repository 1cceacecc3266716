"""Text messages: the provider's protocol and the local one; the real one, with its HTTP client, stands in `aliyun`.

The outcome of sending is a value. A worker settles the outbox row by it; nothing here retries.
"""

from __future__ import annotations

from mobile_gateway.sms.local import LocalSms, read
from mobile_gateway.sms.provider import Outcome, Reason, Rejected, Sent, SmsProvider, Unreachable

__all__ = [
    "LocalSms",
    "Outcome",
    "Reason",
    "Rejected",
    "Sent",
    "SmsProvider",
    "Unreachable",
    "read",
]
