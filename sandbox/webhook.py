"""Pushing updates to the bot's own HTTP server, in order within a chat, again and again until it answers 2xx."""

import asyncio
import re
from collections import deque
from dataclasses import asdict, dataclass
from typing import Final

import httpx

from sandbox.delivery import Pending
from sandbox.errors import bad_request
from sandbox.world import World

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 30.0
ANSWER_SECONDS: Final = 60.0
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]*")
_SECRET_LIMIT: Final = 256


@dataclass(frozen=True, slots=True)
class Target:
    """Where to push, the secret to show, and how many chats at a time."""

    url: str
    secret: str = ""
    max_connections: int = 40


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong last, at Unix time `at`."""

    at: float
    reason: str


class Webhook:
    """Takes the queue's updates while a target is set: one lane per chat, one update of a lane in flight."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lanes: dict[object, deque[Pending]] = {}
        self._runners: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None
        self._slots = asyncio.Semaphore(1)
        self.target: Target | None = None
        self.failure: Failure | None = None

    def resume(self) -> None:
        """Go on pushing to the target kept from before the restart."""
        if kept := self._world.profile.get("webhook"):
            self.set(Target(**kept))

    def set(self, target: Target) -> None:
        """Push everything that waits, and all that comes, to this target. Refuses a bad address or secret."""
        if not target.url.startswith(("http://", "https://")):
            raise bad_request("invalid webhook URL specified")
        if len(target.secret) > _SECRET_LIMIT:
            raise bad_request("secret token is too long")
        if not _SECRET.fullmatch(target.secret):
            raise bad_request("secret token contains unallowed characters")
        self._stop()
        self.target, self.failure = target, None
        self._world.set_profile("webhook", asdict(target))
        self._slots = asyncio.Semaphore(target.max_connections)
        self._client = httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False)
        self._world.updates.interrupt()
        self._world.updates.push = self
        for pending in self._world.updates.pending():
            self.offer(pending)

    def unset(self) -> None:
        """Stop pushing; what was not taken waits for long polling."""
        self._stop()
        self.target = self.failure = None
        self._world.set_profile("webhook", None)

    def _stop(self) -> None:
        self._world.updates.push = None
        for runner in self._runners:
            runner.cancel()
        self._lanes.clear()

    async def close(self) -> None:
        """Stop pushing for good; the target stays for the next start."""
        self._stop()
        await asyncio.gather(*self._runners, return_exceptions=True)
        if self._client:
            await self._client.aclose()

    def offer(self, pending: Pending) -> None:
        """Append the update to the lane of its chat."""
        key = _lane_of(pending)
        if key in self._lanes:
            self._lanes[key].append(pending)
            return
        self._lanes[key] = deque([pending])
        runner = asyncio.get_running_loop().create_task(self._run(key, self._lanes[key]))
        self._runners.add(runner)
        runner.add_done_callback(self._runners.discard)

    async def _run(self, key: object, lane: deque[Pending]) -> None:
        pause = FIRST_PAUSE
        while lane:
            if await self._push(lane[0]):
                self._world.updates.settle(lane.popleft())
                pause = FIRST_PAUSE
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        if self._lanes.get(key) is lane:
            del self._lanes[key]

    async def _push(self, pending: Pending) -> bool:
        target, client = self.target, self._client
        if target is None or client is None:
            return False
        headers = {SECRET_HEADER: target.secret} if target.secret else {}
        try:
            async with self._slots:
                answer = await client.post(target.url, json=pending.body, headers=headers)
        except httpx.HTTPError as error:
            self.failure = Failure(self._world.clock(), str(error) or type(error).__name__)
            return False
        if not answer.is_success:
            reason = f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
            self.failure = Failure(self._world.clock(), reason)
        return answer.is_success


def _lane_of(pending: Pending) -> int | None:
    """Return the chat an update is about; all that is about none shares a lane."""
    for payload in pending.body.values():
        match payload:
            case {"chat": {"id": int(chat_id)}} | {"message": {"chat": {"id": int(chat_id)}}}:
                return chat_id
            case _:
                continue
    return None
