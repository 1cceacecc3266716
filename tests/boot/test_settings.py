"""Settings: a wrong one is told in one line that names it and what would be right."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mobile_gateway import settings as settings_of
from mobile_gateway.actions import rebinding, swapping
from mobile_gateway.rules.words import CodePurpose
from mobile_gateway.seals import Keyring
from mobile_gateway.settings import PREFIX, Environment, SettingWrong
from mobile_gateway.sms.aliyun import AliyunSms
from mobile_gateway.workers.settings import open_sms

LOCAL = {f"{PREFIX}ENVIRONMENT": "local"}
PRODUCTION = {
    "DATABASE_URL": "postgresql://gateway:x@127.0.0.1:1/mobile_gateway",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    f"{PREFIX}KEYS": Keyring.generate().to_text(),
    f"{PREFIX}SMS_PROVIDER": "aliyun",
    f"{PREFIX}ALIYUN_ACCESS_KEY_ID": "id",
    f"{PREFIX}ALIYUN_ACCESS_KEY_SECRET": "secret",
    f"{PREFIX}ALIYUN_SIGN_NAME": "name",
    f"{PREFIX}ALIYUN_TEMPLATE_SIGN_IN": "SMS_1",
    f"{PREFIX}ALIYUN_TEMPLATE_PHONE_CHANGED": "SMS_2",
    f"{PREFIX}ALIYUN_TEMPLATE_REBIND_REJECTED": "SMS_3",
    f"{PREFIX}PUSH_PROVIDER": "fcm",
    f"{PREFIX}FCM_PROJECT": "project",
}


def test_production_is_the_default_and_takes_a_whole_set() -> None:
    assert settings_of.read(PRODUCTION).environment is Environment.PRODUCTION


async def test_every_kind_of_text_has_its_template_in_both_languages() -> None:
    carrier = open_sms(settings_of.read(PRODUCTION))
    assert isinstance(carrier, AliyunSms)
    kinds: dict[str, str] = {
        **dict.fromkeys((str(purpose) for purpose in CodePurpose), "SMS_1"),
        swapping.TEXT_KIND: "SMS_2",
        rebinding.REJECTED_TEXT: "SMS_3",
    }
    expected = {(kind, locale): code for kind, code in kinds.items() for locale in ("zh-CN", "en")}
    assert carrier._account.templates == expected
    await carrier.close()


@pytest.mark.parametrize("missing", sorted(PRODUCTION))
def test_production_names_what_is_missing(missing: str) -> None:
    given = {name: value for name, value in PRODUCTION.items() if name != missing}
    with pytest.raises(SettingWrong, match=missing) as wrong:
        settings_of.read(given)
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("DATABASE_URL", "mysql://x/y", "postgresql://"),
        ("DATABASE_URL", "postgresql://host", "postgresql://"),
        ("DATABASE_URL", "postgresql://u:p@h:abc/x", "postgresql://"),
        ("DATABASE_URL", "postgresql://u:p@h:99999/x", "postgresql://"),
        ("DATABASE_URL", "postgresql://u:p@h/x?sslmode=zz", "postgresql://"),
        ("REDIS_URL", "http://x", "redis://"),
        ("REDIS_URL", "redis://h:99999", "redis://"),
        ("REDIS_URL", "redis://h/zero", "redis://"),
        (f"{PREFIX}PUBLIC_URL", "http://h?x=1", "no more than a path"),
        (f"{PREFIX}PUBLIC_URL", "http://u@h/", "no more than a path"),
        (f"{PREFIX}PUBLIC_URL", "http://[", "http://"),
        (f"{PREFIX}APP_STORE_URL", "https://:443/x", "https://"),
        (f"{PREFIX}HOST", "nonsense host", "127.0.0.1"),
        (f"{PREFIX}SMS_PROVIDER", "aliyun", "ALIYUN_ACCESS_KEY_ID is missing"),
        (f"{PREFIX}DOCUMENT_STORE", "s3", "S3_ENDPOINT is missing"),
        (f"{PREFIX}DOCUMENT_STORE", "disk", "files or s3"),
        (f"{PREFIX}S3_ADDRESS", "dns", "path or host"),
        (f"{PREFIX}S3_ENDPOINT", "s3.example.org", "https://"),
        (f"{PREFIX}PORT", "0", "1 to 65535"),
        (f"{PREFIX}PORT", "eighty", "1 to 65535"),
        (f"{PREFIX}PORT", "٨٠٨٠", "1 to 65535"),
        (f"{PREFIX}ENVIRONMENT", "staging", "production or local"),
        (f"{PREFIX}APP_STORE_URL", "http://x", "https://"),
        (f"{PREFIX}DATABASE_CONNECTIONS", "1", "2 to 200"),
        (f"{PREFIX}PROT", "8000", "docs/operations.md"),
    ],
)
def test_a_wrong_value_is_told_with_what_would_be_right(name: str, value: str, right: str) -> None:
    with pytest.raises(SettingWrong) as wrong:
        settings_of.read({**LOCAL, name: value})
    assert name in str(wrong.value) or "missing" in right
    assert right in str(wrong.value)
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize("command", ["serve", "work", "migrate"])
def test_a_process_stops_with_one_line_and_code_2(command: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "mobile_gateway", command],
        env={"PATH": "/usr/bin:/bin", f"{PREFIX}PORT": "eighty"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert f"{PREFIX}PORT" in line


def test_keys_that_cannot_be_read_stop_the_start(tmp_path: object) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "mobile_gateway", "serve"],
        env={"PATH": "/usr/bin:/bin", **PRODUCTION, f"{PREFIX}KEYS": "k1:short"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert f"{PREFIX}KEYS" in line
    assert "short" not in line
