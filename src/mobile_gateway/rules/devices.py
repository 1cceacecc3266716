"""Devices: who carries pushes to them, how many a person has, and when one is stale (PRODUCT.md §10, PUSH.md)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import Platform, PushProviderName

MOST: Final = 20
"""Devices of one person that pushes reach: those seen last. Registering one more retires the one seen longest ago."""

STALE_AFTER: Final = timedelta(days=270)
"""FCM lets a token of Android expire after so many idle days; we look at every platform alike."""

SEEN_EVERY: Final = timedelta(days=1)
"""How often "last seen" is written at most while the sign-in that registered a device is refreshed."""


def uncarried(provider: PushProviderName, platform: Platform) -> Refusal | None:
    """Why a provider cannot carry to a platform: HUAWEI sends Android's messages alone, and knows no APNs."""
    if provider is PushProviderName.HUAWEI and platform is not Platform.ANDROID:
        return Refusal(RefusalCode.BAD_USER_INPUT, ("provider",), {"why": "HUAWEI_NOT_ANDROID"})
    return None
