"""The push providers that the settings choose, and their pace."""

from __future__ import annotations

from mobile_gateway.push.huawei import AppCredential, HuaweiProvider
from mobile_gateway.push.pacer import Pacer
from mobile_gateway.push.provider import PushProvider
from mobile_gateway.push.recorder import Recorder
from mobile_gateway.push.routes import Routes
from mobile_gateway.push.wire import Route, RouteWrong
from mobile_gateway.rules.words import PushProviderName
from mobile_gateway.settings import PushChoice, Settings, SettingWrong, variable_of


def open_push(settings: Settings) -> PushProvider:
    """The push providers that the settings choose, as one; made inside the worker's event loop.

    The recorder stands for all of them. With fcm, Huawei's devices are sent to when its app is named.
    """
    if settings.push_provider is PushChoice.RECORDER:
        return Recorder(settings.recorded_pushes)
    route = Route(
        connections=settings.push_connections,
        authority=settings.push_authority,
        proxy=settings.push_proxy,
    )
    providers: dict[PushProviderName, PushProvider] = {PushProviderName.FCM: _fcm(settings, route)}
    if settings.huawei_app_id:
        providers[PushProviderName.HUAWEI] = _huawei(settings, route)
    return Routes(providers)


def open_pacer(settings: Settings) -> Pacer:
    """The pace of the chosen providers; the recorder has none."""
    if settings.push_provider is PushChoice.RECORDER:
        return Pacer()
    projects = {PushProviderName.FCM: settings.fcm_project}
    if settings.huawei_app_id:
        projects[PushProviderName.HUAWEI] = settings.huawei_app_id
    return Pacer(
        settings.redis_url, projects, a_minute=settings.push_per_minute, workers=settings.push_workers
    )


def _fcm(settings: Settings, route: Route) -> PushProvider:
    from mobile_gateway.push import fcm, firebase  # noqa: PLC0415 - heavy, and only who sends through FCM needs it

    try:
        credential = (
            firebase.FixedToken("stand-in")
            if settings.fcm_stand_in
            else firebase.credential_of(settings.fcm_credentials)
        )
        return fcm.FcmProvider(settings.fcm_project, credential, settings.fcm_endpoint or None, route)
    except RouteWrong as why:
        raise _way_wrong(why) from None
    except (ValueError, OSError) as why:
        raise SettingWrong(f"{variable_of('fcm_credentials')} cannot be used: {why}") from None


def _huawei(settings: Settings, route: Route) -> PushProvider:
    try:
        credential = AppCredential(
            settings.huawei_app_id, settings.huawei_app_secret, settings.huawei_token_url, route
        )
    except ValueError as why:
        raise SettingWrong(f"{variable_of('huawei_token_url')} cannot be used: {why}") from None
    try:
        return HuaweiProvider(settings.huawei_app_id, credential, settings.huawei_endpoint, route)
    except RouteWrong as why:
        raise _way_wrong(why) from None
    except ValueError as why:
        raise SettingWrong(f"{variable_of('huawei_endpoint')} cannot be used: {why}") from None


def _way_wrong(why: RouteWrong) -> SettingWrong:
    names = f"{variable_of('push_authority')} or {variable_of('push_proxy')}"
    return SettingWrong(f"{names} cannot be used: {why}")
