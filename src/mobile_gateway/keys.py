"""The keyring that the settings name. Apart from `boot`, so that the process that watches a gateway loads no more."""

from __future__ import annotations

from mobile_gateway.seals import Keyring, KeyringWrong
from mobile_gateway.settings import Settings, SettingWrong, variable_of


def keyring_of(settings: Settings) -> Keyring:
    """The keyring named by the settings; `SettingWrong` when it cannot be used."""
    try:
        return Keyring.parse(settings.keys)
    except KeyringWrong as why:
        raise SettingWrong(f"{variable_of('keys')} cannot be used: {why}") from None
