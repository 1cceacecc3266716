"""Text messages: the provider's protocol, the local one, a real one.

The outcome of sending is a value. A worker settles the outbox row by it; nothing here retries.
"""

from __future__ import annotations

from mobile_gateway.sms.aliyun import AliyunAccount, AliyunSms
from mobile_gateway.sms.local import LocalSms, read
from mobile_gateway.sms.provider import Outcome, Reason, Rejected, Sent, SmsProvider, Unreachable

__all__ = [
    "AliyunAccount",
    "AliyunSms",
    "LocalSms",
    "Outcome",
    "Reason",
    "Rejected",
    "Sent",
    "SmsProvider",
    "Unreachable",
    "read",
]
