import pytest

from mobile_gateway import seals


@pytest.fixture
def keyring() -> seals.Keyring:
    return seals.Keyring({"k1": bytes(range(32))}, current="k1")


@pytest.fixture
def rotated() -> seals.Keyring:
    """The same ring after a change of keys."""
    return seals.Keyring({"k1": bytes(range(32)), "k2": bytes(range(32, 64))}, current="k2", index="k1")


@pytest.fixture
def strange() -> seals.Keyring:
    """Another house's ring, whose key has the same id."""
    return seals.Keyring({"k1": bytes(range(100, 132))}, current="k1")
