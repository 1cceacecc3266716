"""Frozen settings; the only reader of the environment.

Every setting, its meaning and its default stand in docs/operations.md; a test compares the two.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

PREFIX = "MOBILE_GATEWAY_"


class SettingWrong(Exception):
    """A setting cannot be used; the text is one line that names it and what would be right."""


class Environment(StrEnum):
    """Where a process runs. PRODUCTION refuses a moved clock and every development convenience."""

    PRODUCTION = "production"
    LOCAL = "local"


def _parts(text: str) -> SplitResult | None:
    """The parts of an address with a host and a port in range, or None."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    return parts if parts.hostname and port != 0 else None


def _url(*schemes: str, plain: bool = True) -> Callable[[str], str]:
    """An address; a `plain` one has no user, query or fragment."""

    def parse(text: str) -> str:
        parts = _parts(text)
        extra = parts is not None and plain and ("@" in parts.netloc or parts.query or parts.fragment)
        if parts is None or parts.scheme not in schemes or extra:
            starts = " or ".join(f"{scheme}://" for scheme in schemes)
            more = " and no more than a path" if plain else ""
            raise ValueError(f"an address that starts with {starts}, with a host{more}")
        return text

    return parse


def _redis_url(text: str) -> str:
    parts = _parts(text)
    unix = text.startswith("unix:///")
    database = parts.path.strip("/") if parts else ""
    if not unix and (
        parts is None or parts.scheme not in {"redis", "rediss"} or not (database.isdigit() or not database)
    ):
        raise ValueError("redis://host:port/number, rediss://… or unix:///path")
    return text


def _database_url(text: str) -> str:
    parts = _parts(text)
    if (
        parts is None
        or parts.scheme not in {"postgresql", "postgres"}
        or not parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise ValueError("postgresql://user:password@host:port/database")
    return text


def _host(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError("an IP address, such as 127.0.0.1 or 0.0.0.0") from None


def _between(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return parse


def _one_of(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    def parse(text: str) -> StrEnum:
        if text not in set(kind):
            raise ValueError(" or ".join(kind))
        return kind(text)

    return parse


class SmsChoice(StrEnum):
    """Who carries text messages."""

    LOCAL = "local"
    ALIYUN = "aliyun"


class PushChoice(StrEnum):
    """Who carries pushes."""

    RECORDER = "recorder"
    FCM = "fcm"


class DocumentChoice(StrEnum):
    """Where documents lie."""

    FILES = "files"
    S3 = "s3"


class BucketAddress(StrEnum):
    """How a bucket is named in a request: in the path, or before the host."""

    PATH = "path"
    HOST = "host"


class LogFormat(StrEnum):
    """How a log line looks."""

    JSON = "json"
    CONSOLE = "console"


def _setting(parse: Callable[[str], Any], default: Any, *, name: str | None = None) -> Any:
    return field(default=default, metadata={"parse": parse, "name": name})


# ruff: noqa: RUF009 - each `_setting` call is a dataclass field of its own, made once
@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a process was told. Units are in the names; addresses are whole."""

    database_url: str = _setting(_database_url, "", name="DATABASE_URL")
    migrate_database_url: str = _setting(_database_url, "", name="MIGRATE_DATABASE_URL")
    redis_url: str = _setting(_redis_url, "", name="REDIS_URL")
    fcm_endpoint: str = _setting(_url("http", "https"), "", name="FCM_ENDPOINT")
    environment: Environment = _setting(_one_of(Environment), Environment.PRODUCTION)
    host: str = _setting(_host, "127.0.0.1")
    port: int = _setting(_between(1, 65535), 8000)
    public_url: str = _setting(_url("http", "https"), "http://127.0.0.1:8000")
    keys: str = _setting(str, "")
    data: Path = _setting(Path, Path(".local"))
    log_format: LogFormat = _setting(_one_of(LogFormat), LogFormat.JSON)
    database_connections: int = _setting(_between(2, 200), 10)
    trusted_proxies: int = _setting(_between(0, 5), 0)
    anonymous_per_minute: int = _setting(_between(0, 1_000_000), 0)
    most_streams: int = _setting(_between(1, 100_000), 2_500)
    sms_provider: SmsChoice = _setting(_one_of(SmsChoice), SmsChoice.LOCAL)
    aliyun_endpoint: str = _setting(_url("http", "https"), "https://dysmsapi.aliyuncs.com")
    aliyun_access_key_id: str = _setting(str, "")
    aliyun_access_key_secret: str = _setting(str, "")
    aliyun_sign_name: str = _setting(str, "")
    aliyun_template_sign_in: str = _setting(str, "")
    aliyun_template_phone_changed: str = _setting(str, "")
    aliyun_template_rebind_rejected: str = _setting(str, "")
    push_provider: PushChoice = _setting(_one_of(PushChoice), PushChoice.RECORDER)
    fcm_project: str = _setting(str, "")
    fcm_credentials: Path | None = _setting(Path, None)
    huawei_app_id: str = _setting(str, "")
    huawei_app_secret: str = _setting(str, "")
    huawei_endpoint: str = _setting(_url("http", "https"), "https://push-api.cloud.huawei.com")
    huawei_token_url: str = _setting(
        _url("http", "https"), "https://oauth-login.cloud.huawei.com/oauth2/v3/token"
    )
    push_connections: int = _setting(_between(1, 64), 8)
    push_proxy: str = _setting(_url("http", "https", plain=False), "")
    push_authority: Path | None = _setting(Path, None)
    push_per_minute: int = _setting(_between(60, 100_000_000), 600_000)
    push_workers: int = _setting(_between(1, 10_000), 10)
    document_store: DocumentChoice = _setting(_one_of(DocumentChoice), DocumentChoice.FILES)
    s3_endpoint: str = _setting(_url("http", "https"), "")
    s3_bucket: str = _setting(str, "")
    s3_region: str = _setting(str, "us-east-1")
    s3_address: BucketAddress = _setting(_one_of(BucketAddress), BucketAddress.PATH)
    s3_access_key_id: str = _setting(str, "")
    s3_access_key_secret: str = _setting(str, "")
    app_store_url: str = _setting(_url("https"), "https://apps.apple.com/cn/app/id1603379414")
    android_url: str = _setting(_url("https"), "https://www.smartedu.cn/download/android")
    desktop_url: str = _setting(_url("https"), "https://www.smartedu.cn/download/desktop")
    worker_jobs: int = _setting(_between(1, 1000), 100)
    worker_metrics_port: int = _setting(_between(0, 65535), 0)

    @property
    def recorded_pushes(self) -> Path:
        """Where the recorder keeps what devices would have received."""
        return self.data / "pushes.jsonl"

    @property
    def recorded_texts(self) -> Path:
        """Where the local carrier keeps text messages."""
        return self.data / "texts.jsonl"

    @property
    def documents(self) -> Path:
        """Where documents lie when they are files."""
        return self.data / "documents"

    @property
    def fcm_stand_in(self) -> str:
        """Where a stand-in for FCM takes this local run's pushes; empty when they go elsewhere."""
        stands_in = self.is_local and self.push_provider is PushChoice.FCM and self.fcm_credentials is None
        return self.fcm_endpoint if stands_in else ""

    @property
    def is_local(self) -> bool:
        """Whether development conveniences (SMS page, GraphiQL, introspection, moved clock) are on."""
        return self.environment is Environment.LOCAL


def variable_of(setting: str) -> str:
    """The environment variable that a field of `Settings` is read from."""
    (found,) = (f for f in fields(Settings) if f.name == setting)
    return str(found.metadata["name"] or PREFIX + setting.upper())


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment; `SettingWrong` names the first one that cannot be used."""
    environ = os.environ if environ is None else environ
    known = {variable_of(f.name): f for f in fields(Settings)}
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            raise SettingWrong(f"{name} is not a setting; docs/operations.md lists them all")
    given: dict[str, Any] = {}
    for variable, this in known.items():
        text = environ.get(variable, "")
        if not text:
            continue
        try:
            given[this.name] = this.metadata["parse"](text)
        except ValueError as why:
            raise SettingWrong(f"{variable} cannot be used: it must be {why}") from None
    settings = Settings(**given)
    _together(settings)
    return settings


def _together(settings: Settings) -> None:
    """What must hold between settings. The database and Redis are asked for where they are opened."""
    needed = [] if settings.is_local else ["database_url", "redis_url", "keys"]
    if settings.sms_provider is SmsChoice.ALIYUN:
        needed += [
            "aliyun_access_key_id",
            "aliyun_access_key_secret",
            "aliyun_sign_name",
            "aliyun_template_sign_in",
            "aliyun_template_phone_changed",
            "aliyun_template_rebind_rejected",
        ]
    if settings.push_provider is PushChoice.FCM:
        needed += ["fcm_project"]
    if settings.huawei_app_id:
        needed += ["huawei_app_secret"]
    if settings.document_store is DocumentChoice.S3:
        needed += ["s3_endpoint", "s3_bucket", "s3_access_key_id", "s3_access_key_secret"]
    for name in needed:
        if not getattr(settings, name):
            raise SettingWrong(f"{variable_of(name)} is missing and these settings need it")
    if settings.is_local:
        return
    if settings.sms_provider is SmsChoice.LOCAL:
        raise SettingWrong(f"{variable_of('sms_provider')} is local, which production refuses: set aliyun")
    if settings.push_provider is PushChoice.RECORDER:
        raise SettingWrong(f"{variable_of('push_provider')} is recorder, which production refuses: set fcm")
