"""The worker's process: arq's functions over the queue, the sweeper and the drawing of certificates beside it.

The sweeper needs no Redis, so verdicts, pushes and text messages go out while Redis is away; arq starts anew
when it is back. SIGTERM: what is running finishes, nothing new is picked up, within 25 s.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from datetime import UTC
from functools import wraps
from itertools import product
from typing import Any

import structlog
from arq.typing import WorkerCoroutine
from arq.worker import Function, Worker, func
from prometheus_client import start_http_server
from redis.exceptions import RedisError

from mobile_gateway import jobs
from mobile_gateway.boot import Resources, open_resources
from mobile_gateway.clock import real
from mobile_gateway.logs import logger
from mobile_gateway.models.database import DatabaseAway
from mobile_gateway.push.provider import PushProvider
from mobile_gateway.rules.words import CodePurpose
from mobile_gateway.settings import Settings, SettingWrong, SmsChoice, variable_of
from mobile_gateway.sms import LocalSms, SmsProvider
from mobile_gateway.sms.aliyun import AliyunAccount, AliyunSms
from mobile_gateway.workers import (
    campaigns,
    certificates,
    pushes,
    retention,
    spelling,
    sweep,
    texting,
    watching,
)
from mobile_gateway.workers.carriers import open_pacer, open_push
from mobile_gateway.workers.certificates import Drawing

JOB_TIMEOUT_SECONDS = 30
FINISH_SECONDS = 25
POLL_SECONDS = 0.02
REDIS_AGAIN_SECONDS = 1.0
LOCALES = ("zh-CN", "en")
PHONE_CHANGED = "PHONE_CHANGED"
REBIND_REJECTED = "REBIND_REJECTED"


def open_sms(settings: Settings) -> SmsProvider:
    """The carrier of text messages that the settings choose."""
    if settings.sms_provider is SmsChoice.LOCAL:
        return LocalSms(settings.recorded_texts, clock=real)
    account = AliyunAccount(
        settings.aliyun_access_key_id,
        settings.aliyun_access_key_secret,
        settings.aliyun_sign_name,
        {
            **dict.fromkeys(product(CodePurpose, LOCALES), settings.aliyun_template_sign_in),
            **dict.fromkeys(product([PHONE_CHANGED], LOCALES), settings.aliyun_template_phone_changed),
            **dict.fromkeys(product([REBIND_REJECTED], LOCALES), settings.aliyun_template_rebind_rejected),
        },
    )
    return AliyunSms(account, clock=real, endpoint=settings.aliyun_endpoint)


def functions(resources: Resources, push: PushProvider, sms: SmsProvider, drawing: Drawing) -> list[Function]:
    """Functions of arq, one for each method of `jobs.Jobs`; a house test compares the two."""

    async def verify_watch(_: dict[str, Any], person_id: int, topic_id: int, media_version_id: int) -> None:
        await watching.verify_watch(resources, person_id, topic_id, media_version_id)

    async def deliver(_: dict[str, Any]) -> None:
        if await pushes.deliver(resources.database, push, pacer=resources.pacer, marks=resources.marks):
            await resources.jobs.deliver()

    async def send_sms(_: dict[str, Any]) -> None:
        if await texting.send_due(resources.database, resources.keyring, sms, real()):
            await resources.jobs.send_sms()

    async def spell_schools(_: dict[str, Any]) -> None:
        if await spelling.spell_due(resources.database):
            await resources.jobs.spell_schools()

    every: tuple[Any, ...] = (
        verify_watch,
        deliver,
        send_sms,
        spell_schools,
        *_of_certificates(resources, drawing),
        *_of_campaigns(resources, push),
    )
    longer = {deliver: pushes.MOST_SECONDS}
    return [func(_told(one), name=one.__name__, max_tries=1, timeout=longer.get(one)) for one in every]


def _told(job: WorkerCoroutine) -> WorkerCoroutine:
    """A job whose fault is a line of ours; the sweeper comes to what the job was about.

    arq would write down what an exception says, and drivers quote arguments.
    """

    @wraps(job)
    async def told(ctx: dict[Any, Any], *ids: int) -> None:
        try:
            await job(ctx, *ids)
        except DatabaseAway:
            logger.warning("database_away")
        except Exception:  # noqa: BLE001 - one bad job is one bad job
            logger.exception("job_failed", name=told.__name__)

    return told


def _of_certificates(resources: Resources, drawing: Drawing) -> tuple[Any, ...]:
    async def render_certificates(_: dict[str, Any]) -> None:
        # Not drawn here: many nudges at once would claim more than one process draws in their time.
        await drawing.wake()

    async def reissue_certificates(_: dict[str, Any]) -> None:
        await certificates.reissue(resources)

    return render_certificates, reissue_certificates


def _of_campaigns(resources: Resources, push: PushProvider) -> tuple[Any, ...]:
    async def expand_campaigns(_: dict[str, Any]) -> None:
        await campaigns.go_on(resources, push.carries)

    return (expand_campaigns,)


async def _named(ctx: dict[Any, Any]) -> None:
    structlog.contextvars.bind_contextvars(job=ctx["job_id"])


async def _pick_jobs(worker_of: Callable[[], Worker]) -> None:
    """Run arq, and run it again whenever Redis went away under it."""
    while True:
        try:
            await worker_of().async_run()
        except (RedisError, OSError, TimeoutError) as why:
            logger.warning("redis_away", why=type(why).__name__)
        await asyncio.sleep(REDIS_AGAIN_SECONDS)


async def work(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise SettingWrong(f"{variable_of('data')} cannot be used: {why.strerror}") from None
    resources = await open_resources(settings)
    push, sms = open_push(settings), open_sms(settings)
    resources.pacer = open_pacer(settings)
    if settings.worker_metrics_port:
        try:
            start_http_server(settings.worker_metrics_port, addr="127.0.0.1")
        except OSError as why:
            raise SettingWrong(
                f"{variable_of('worker_metrics_port')} cannot be used: {why.strerror}"
            ) from None
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    started: list[Worker] = []
    drawing = Drawing(resources)

    def worker() -> Worker:
        started.append(
            Worker(
                functions(resources, push, sms, drawing),
                queue_name=jobs.QUEUE,
                redis_pool=resources.queue,
                handle_signals=False,
                max_jobs=settings.worker_jobs,
                poll_delay=POLL_SECONDS,
                job_timeout=JOB_TIMEOUT_SECONDS,
                keep_result=0,
                on_job_start=_named,
                job_serializer=jobs.serialise,
                job_deserializer=jobs.deserialise,
                timezone=UTC,
                log_results=False,
            )
        )
        return started[-1]

    tasks = [
        asyncio.create_task(resources.follow()),
        asyncio.create_task(_pick_jobs(worker)),
        asyncio.create_task(retention.keep_forgetting(resources.database)),
    ]
    sweeping = asyncio.create_task(sweep.sweep(resources, push, sms, stop))
    drawn = asyncio.create_task(drawing.keep(stop))
    logger.info("worker_started")
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopping, sweeping, drawn, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await drawing.wake()
    for one in started:
        one.allow_pick_jobs = False
    running = [sweeping, drawn, *(task for one in started for task in one.tasks.values())]
    await asyncio.wait(running, timeout=FINISH_SECONDS)
    for task in [stopping, sweeping, drawn, *tasks]:
        task.cancel()
    await asyncio.gather(stopping, sweeping, drawn, *tasks, return_exceptions=True)
    await push.close()
    await sms.close()
    await resources.close()
    for task in done - {stopping}:
        task.result()
    logger.info("worker_stopped")
