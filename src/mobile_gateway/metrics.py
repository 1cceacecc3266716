"""Prometheus instruments, each defined once. Labels are bounded; nothing personal is ever a label."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

requests = Counter("gateway_operations", "GraphQL operations answered.", ["operation", "outcome"])
request_seconds = Histogram(
    "gateway_operation_seconds",
    "Time from a parsed request to its answer.",
    ["operation"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
faults = Counter("gateway_faults", "Errors masked behind an id.", ["kind"])
beats = Counter("gateway_beats", "Beats by their answer.", ["answer"])
verdicts = Counter("gateway_verdicts", "Verdicts given by the worker.", ["verdict"])
nudges = Counter("gateway_nudges", "Jobs nudged after a commit.", ["nudge", "outcome"])
deliveries = Counter("gateway_deliveries", "Pushes settled, by outcome.", ["outcome"])
push_ambiguous = Counter(
    "gateway_push_ambiguous",
    "Pushes that may have arrived: AGAIN is sent once more, UNKNOWN never.",
    ["what"],
)
push_halts = Counter("gateway_push_halts", "Batches that brought a lane to a stand.", ["provider", "reason"])
push_breaker = Gauge("gateway_push_breaker_open", "1 while a provider rests because it fails.", ["provider"])
push_breaker_opened = Counter(
    "gateway_push_breaker_opened", "Times that a provider's breaker opened.", ["provider"]
)
push_waits = Counter("gateway_push_waits", "Batches that waited for permits.", ["provider"])
push_seconds = Histogram(
    "gateway_push_batch_seconds",
    "Time from a batch's sending to its last answer.",
    ["provider"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
)
backlog = Gauge(
    "gateway_backlog_seconds", "How long a queue's oldest has been due that nobody took.", ["queue"]
)
swept = Counter("gateway_swept", "Rows that the sweeper found due.", ["what"])
downloads = Counter("gateway_download_scans", "Download QR scans, bots left out.", ["client"])
catalogue_age = Gauge("gateway_catalogue_loaded", "Unix time at which the catalogue's snapshot was loaded.")
ready = Gauge("gateway_ready", "1 while the database answers and the catalogue is loaded.")
forgotten = Counter("gateway_forgotten", "Rows deleted when their time was over.", ["what"])
quotas = Counter("gateway_quotas", "Lookups counted against a quota.", ["quota", "outcome"])
calendar_misses = Counter("gateway_calendar_misses", "Days asked for of a year that the calendar lacks.")
rendered = Counter("gateway_rendered", "Documents and previews drawn.", ["what", "outcome"])
documents_waiting = Gauge(
    "gateway_documents_waiting", "Certificates without a document; at most 1,000 are counted."
)
certificate_checks = Counter(
    "gateway_certificate_checks", "Public checks of certificates, by what was said.", ["outcome"]
)
reissues = Counter("gateway_reissues", "Certificates that were due to be made anew.", ["outcome"])
seals_broken = Counter("gateway_seals_broken", "Sealed values that did not open.", ["what"])
reissues_overdue = Gauge("gateway_reissues_overdue", "Certificates whose promised reissue is late.")
opening_looked_at = Gauge(
    "gateway_opening_looked_at", "People looked at for an opening of certificates.", ["topic"]
)
opening_told = Gauge("gateway_opening_told", "People told of an opening of certificates.", ["topic"])
campaign_deliveries = Counter("gateway_campaign_deliveries", "Deliveries written by campaigns' fan-out.")
campaigns_paused = Counter("gateway_campaigns_paused", "Campaigns that paused themselves by a fault of ours.")
live = Counter("gateway_live", "Changes told to those who listen, through Redis.", ["outcome"])
live_away = Gauge("gateway_live_away", "1 while Redis tells this process nothing of changes.")
streams = Gauge("gateway_streams", "Sockets and event streams that are open.", ["kind"])
streamed = Counter("gateway_streamed", "Answers sent to subscriptions.", ["operation", "outcome"])
sockets_closed = Counter("gateway_sockets_closed", "Sockets that this side closed, by code.", ["code"])
