"""Where the servers and databases of the tests are."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit


@dataclass(frozen=True)
class Servers:
    """Where the session's servers are: an owner who may create databases, a serving role, Redis."""

    owner_url: str
    serving_role: str
    serving_url: str
    redis_url: str

    def owner(self, name: str) -> str:
        return urlunsplit(urlsplit(self.owner_url)._replace(path=f"/{name}"))

    def serving(self, name: str) -> str:
        return urlunsplit(urlsplit(self.serving_url)._replace(path=f"/{name}"))


@dataclass(frozen=True)
class Urls:
    """A test's own database, as its owner and as the serving role see it."""

    owner: str
    serving: str
