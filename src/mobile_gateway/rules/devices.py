"""Devices that pushes reach: how many a person has, and when one is stale (PRODUCT.md §10, PUSH.md)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MOST: Final = 20
"""Devices of one person that pushes reach: those seen last. Registering one more retires the one seen longest ago."""

STALE_AFTER: Final = timedelta(days=270)
"""FCM lets a token of Android expire after so many idle days; we look at every platform alike."""

SEEN_EVERY: Final = timedelta(days=1)
"""How often "last seen" is written at most while the sign-in that registered a device is refreshed."""
