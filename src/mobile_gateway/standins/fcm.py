"""A stand-in for FCM in a test's own event loop, over plain HTTP/1.1; `fcm_served` is the one with TLS and HTTP/2."""

from __future__ import annotations

from mobile_gateway.standins.fcm_project import FcmProject
from mobile_gateway.standins.loopback import Loopback


class FcmStandIn(FcmProject, Loopback):
    """A project of FCM on the loopback; how it judges, counts and scripts answers is `FcmProject`'s."""
