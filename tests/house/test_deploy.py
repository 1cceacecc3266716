"""What deploy/ names exists: settings, metrics with their labels and values, commands, files.

The standard library reads no YAML, so `test_yaml_…` holds only what breaks it most often; deploy/README.md has the
programs that read each file in earnest.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase
from starlette.routing import Mount, Route

from mobile_gateway import cli, metrics
from mobile_gateway import settings as settings_of
from mobile_gateway.cli import serving
from mobile_gateway.settings import Settings
from mobile_gateway.web.app import application

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
YAML = [path for path in FILES if path.suffix == ".yaml"]
WATCHED = [DEPLOY / "prometheus" / "rules.yaml", DEPLOY / "grafana" / "dashboard.json"]
KUBERNETES = DEPLOY / "kubernetes"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))

SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
OF_PROMETHEUS = {"job", "instance", "le"}
"""Labels that Prometheus itself gives."""

SERIES = re.compile(r"(?<![\w$])(gateway_\w+)(?:\{([^}]*)\})?")
PAIR = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*\\?"([^"\\]*)')
GROUPED = re.compile(r"\bby \(([^)]*)\)")
KEY = re.compile(r"""^(?P<indent> *)(?P<dash>- )?(?P<key>[\w./$-]+|"[^"]*"|<<):(?: |$)""")


def _name(path: Path) -> str:
    return str(path.relative_to(DEPLOY))


def _exported() -> dict[str, set[str]]:
    """Every series that `metrics` exports and its labels, as Prometheus stores them.

    A label that Prometheus has a use for itself arrives as `exported_…`.
    """
    found: dict[str, set[str]] = {}
    for one in vars(metrics).values():
        if isinstance(one, MetricWrapperBase):
            (family,) = one.describe()
            labels = {
                f"exported_{label}" if label in OF_PROMETHEUS else label for label in one._labelnames
            } | OF_PROMETHEUS
            found |= {family.name + suffix: labels for suffix in SUFFIXES[family.type]}
    return found


def _settings_in(text: str) -> set[str]:
    return set(re.findall(r"(?<!\w)MOBILE_GATEWAY_[A-Z0-9_]+", text))


def test_every_setting_that_deploy_names_is_one() -> None:
    known = {settings_of.variable_of(field.name) for field in fields(settings_of.Settings)}
    unknown = {_name(path): _settings_in(path.read_text("utf-8")) - known for path in FILES}
    assert {name: names for name, names in unknown.items() if names} == {}


@pytest.mark.parametrize("path", [p for p in FILES if ".example" in p.name or p.suffix == ".env"], ids=_name)
def test_examples_hold_no_secret(path: Path) -> None:
    secret = re.compile(
        r"^[ \t]*\w*(PASSWORD|SECRET|KEYS?|KEY_ID|DATABASE_URL|REDIS_URL)[=:][ \t]*(.*)$", re.MULTILINE
    )
    values = {value for _, value in secret.findall(path.read_text("utf-8"))}
    assert values <= {"", '""', "redis://redis:6379/0"}


@pytest.mark.parametrize("path", WATCHED, ids=_name)
def test_every_series_that_is_watched_exists_with_its_labels(path: Path) -> None:
    exported = _exported()
    text = path.read_text("utf-8")
    watched = SERIES.findall(text)
    assert watched
    assert {series for series, _ in watched} <= set(exported)
    for series, selector in watched:
        assert {label for label, _ in PAIR.findall(selector)} <= exported[series], series
    grouped = {label.strip() for labels in GROUPED.findall(text) for label in labels.split(",")}
    assert grouped <= set().union(*exported.values())


@pytest.mark.parametrize("path", WATCHED, ids=_name)
def test_every_value_of_a_label_that_is_watched_is_written_somewhere(path: Path) -> None:
    writers = (
        "jobs.py",
        "web/graphql.py",
        "rules/pushes.py",
        "workers/backlog.py",
        "workers/certificates.py",
        "workers/pushes.py",
        "workers/settling.py",
        "workers/sweep.py",
        "workers/watching.py",
    )
    source = "".join((ROOT / "src" / "mobile_gateway" / name).read_text("utf-8") for name in writers)
    for series, selector in SERIES.findall(path.read_text("utf-8")):
        for label, values in PAIR.findall(selector):
            if label not in OF_PROMETHEUS:
                for value in values.split("|"):
                    assert re.search(rf'"{value}[":]', source), (series, value)


def test_rules_and_scrapes_call_their_jobs_the_same() -> None:
    prometheus = DEPLOY / "prometheus"
    asked = {
        value
        for path in WATCHED
        for label, value in PAIR.findall(path.read_text("utf-8"))
        if label == "job" and value
    }
    for path in prometheus.glob("scrape-*.yaml"):
        assert set(re.findall(r"job_name: (\S+)", path.read_text("utf-8"))) == asked


def test_the_ingress_reaches_every_route_that_is_for_people() -> None:
    text = (DEPLOY / "kubernetes" / "ingress.yaml").read_text("utf-8")
    paths = re.findall(r"- path: (\S+)\n +pathType: (\w+)", text)
    app = application(Settings(database_url="postgresql://a@127.0.0.1/a"))
    ours = {route.path for route in app.routes if isinstance(route, Route | Mount)}
    inside = {"/metrics", "/health/live", "/health/ready"}
    for route in ours - inside:
        assert any(
            route == path or (kind == "Prefix" and route.startswith(f"{path}/")) for path, kind in paths
        ), route
    assert not any(path in inside for path, _ in paths)


def test_every_alert_is_tested() -> None:
    prometheus = DEPLOY / "prometheus"
    alerts = set(re.findall(r"- alert: (\w+)", (prometheus / "rules.yaml").read_text("utf-8")))
    tested = set(
        re.findall(r"^ +alertname: (\w+)", (prometheus / "rules.test.yaml").read_text("utf-8"), re.MULTILINE)
    )
    assert tested == alerts


def test_every_alert_says_what_to_do_and_where_it_is_written() -> None:
    """A section's address is its heading's: lower case, words joined by dashes."""
    sections = {
        section.partition("\n")[0].lower().replace(" ", "-"): section
        for section in re.split(
            r"^#{2,3} ", (ROOT / "docs" / "operations.md").read_text("utf-8"), flags=re.MULTILINE
        )
    }
    rules = (DEPLOY / "prometheus" / "rules.yaml").read_text("utf-8")
    for alert in re.split(r"^ +- alert: ", rules, flags=re.MULTILINE)[1:]:
        name = alert.partition("\n")[0]
        said = set(re.findall(r"^ +(severity|summary|description): .", alert, re.MULTILINE))
        assert said == {"severity", "summary", "description"}, name
        (anchor,) = re.findall(r"^ +runbook: docs/operations\.md#(\S+)$", alert, re.MULTILINE)
        assert f"`{name}`" in sections[anchor], name


def test_every_metric_is_watched() -> None:
    text = "".join(path.read_text("utf-8") for path in WATCHED)
    watched = {series for series, _ in SERIES.findall(text)}
    for one in vars(metrics).values():
        if isinstance(one, MetricWrapperBase):
            (family,) = one.describe()
            assert {family.name + suffix for suffix in SUFFIXES[family.type]} & watched, family.name


UNLOGGED = {"/certificates", "/exports", "/uploads"}
"""Addresses below these are keys, or hold a serial."""


def test_addresses_that_are_keys_are_in_no_log_of_nginx() -> None:
    text = (DEPLOY / "nginx" / "mobile-gateway.conf").read_text("utf-8")
    locations = dict(re.findall(r"^    location ([^\n]+) \{\n(.*?)^    \}$", text, re.MULTILINE | re.DOTALL))
    silent = {name for name, body in locations.items() if "        error_log /dev/null;\n" in body}
    assert silent == {"^~ /uploads/", "~ ^/(certificates|exports)/"}
    assert "~^(/uploads|/certificates|/exports)/ $1/;" in text
    assert text.count("error_log /var/log/nginx/mobile-gateway-errors.log crit;") == text.count("\nserver {")
    unlogged = (
        (DEPLOY / "kubernetes" / "ingress.yaml").read_text("utf-8").partition("name: gateway-unlogged")[2]
    )
    assert set(re.findall(r"- path: (\S+)\n", unlogged)) == UNLOGGED


def test_a_key_is_in_an_address_of_no_other_route() -> None:
    app = application(Settings(database_url="postgresql://a@127.0.0.1/a"))
    keyed = {route.path for route in app.routes if isinstance(route, Route) and "{" in route.path}
    assert keyed
    assert all(f"/{path.split('/')[1]}" in UNLOGGED for path in keyed)


def test_the_check_of_deploy_fails_without_its_programs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(DEPLOY / "check")],
        env={"PATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    missing = set(re.findall(r"^(\S+) is missing", done.stderr, re.MULTILINE))
    assert {"promtool", "kubectl", "systemd-analyze"} <= missing


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".json"], ids=_name)
def test_json_parses(path: Path) -> None:
    assert isinstance(json.loads(path.read_text("utf-8")), dict)


@pytest.mark.parametrize("path", YAML, ids=_name)
def test_yaml_is_indented_by_twos_and_names_a_key_once(path: Path) -> None:
    seen: list[tuple[int, set[str]]] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        assert "\t" not in line, number
        assert line == line.rstrip(), number
        assert (len(line) - len(line.lstrip())) % 2 == 0, number
        if line == "---":
            seen.clear()
        found = KEY.match(line)
        if found is None:
            continue
        depth = len(found["indent"]) + (2 if found["dash"] else 0)
        while seen and (seen[-1][0] > depth or (found["dash"] and seen[-1][0] == depth)):
            seen.pop()
        if not seen or seen[-1][0] < depth:
            seen.append((depth, set()))
        assert found["key"] not in seen[-1][1], number
        seen[-1][1].add(found["key"])


@pytest.mark.parametrize("unit", UNITS, ids=_name)
def test_a_unit_runs_a_command_that_exists_and_waits_for_its_end(unit: Path) -> None:
    text = unit.read_text("utf-8")
    (command,) = re.findall(r"^ExecStart=\S+/mobile-gateway (\w+)$", text, re.MULTILINE)
    assert command in cli.COMMANDS
    assert "NoNewPrivileges=yes" in text
    assert "ProtectSystem=strict" in text
    if "Type=oneshot" not in text:
        assert f"RestartPreventExitStatus={cli.WRONG_SETTING}\n" in text
        (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
        assert int(seconds) > serving.STOP_SECONDS


def test_no_pod_gets_service_links_which_would_look_like_settings() -> None:
    for path in KUBERNETES.glob("*.yaml"):
        text = path.read_text("utf-8")
        assert text.count("restartPolicy: Never") + text.count("kind: Deployment") == text.count(
            "enableServiceLinks: false"
        )


def test_the_kustomization_takes_every_file_but_the_secrets() -> None:
    taken = re.findall(
        r"^  - ([\w-]+\.yaml)$", (KUBERNETES / "kustomization.yaml").read_text("utf-8"), re.MULTILINE
    )
    there = {path.name for path in KUBERNETES.glob("*.yaml")}
    assert set(taken) == there - {"kustomization.yaml", "secrets.example.yaml"}


def test_nginx_cuts_slow_headers_as_the_gateway_does_on_every_port() -> None:
    text = (DEPLOY / "nginx" / "mobile-gateway.conf").read_text("utf-8")
    assert text.count(f"client_header_timeout {serving.HEADER_SECONDS}s;") == text.count("\nserver {")
