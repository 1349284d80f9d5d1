"""The five calls to a server's file and batch endpoints, with its errors told apart as everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import openai

from unimer.errors import InputError, Stopped
from unimer.llm.client import Permanent, Server, Temporary

T = TypeVar("T")
BACKOFF = 1.0
LONGEST_BACKOFF = 30.0
UPLOAD_SECONDS = 600.0
PAGE = 100
NAME = "unimer"
"""Key of the metadata under which a batch carries its name."""


class Calls:
    """The calls to one server. Each raises Temporary or Permanent; ``patiently`` repeats and makes them messages."""

    def __init__(self, server: Server) -> None:
        self.server = server

    async def upload(self, path: Path) -> str:
        """Uploads a file of requests; its id."""
        with path.open("rb") as file:
            made = await self._call(
                self.server.client.files.create(file=(path.name, file), purpose="batch", timeout=UPLOAD_SECONDS)
            )
        return made.id

    async def create(self, file_id: str, name: str, url: Any) -> openai.types.Batch:
        """Creates a batch of the uploaded requests."""
        return await self._call(
            self.server.client.batches.create(
                completion_window="24h", endpoint=url, input_file_id=file_id, metadata={NAME: name}
            )
        )

    async def batch(self, batch_id: str) -> openai.types.Batch:
        """A batch as it is now."""
        return await self._call(self.server.client.batches.retrieve(batch_id))

    async def find(self, name: str) -> openai.types.Batch | None:
        """The newest batch of this name."""

        async def search() -> openai.types.Batch | None:
            async for batch in self.server.client.batches.list(limit=PAGE):
                if (batch.metadata or {}).get(NAME) == name:
                    return batch
            return None

        return await self._call(search())

    async def content(self, file_id: str) -> bytes:
        """What is in a file of the server."""

        async def read() -> bytes:
            return (await self.server.client.files.content(file_id, timeout=UPLOAD_SECONDS)).content

        return await self._call(read())

    async def _call(self, call: Awaitable[T]) -> T:
        try:
            return await call
        except openai.APIStatusError as error:
            raise self.server.status_error(error) from None
        except (openai.APITimeoutError, httpx2.TimeoutException):
            raise Temporary("timeout", "no answer in time") from None
        except (openai.APIConnectionError, httpx2.TransportError):
            raise Temporary("connect", f"no connection to {self.server.endpoint}") from None
        except openai.APIResponseValidationError:
            raise Temporary("body", "what came back is no answer to this call") from None

    @staticmethod
    def error_of(server: Server, status: int, body: object) -> Temporary | Permanent:
        """What a status in a batch's output means."""
        request = httpx2.Request("POST", server.endpoint)
        inner = body.get("error", body) if isinstance(body, dict) else body
        said = openai.APIStatusError(f"status {status}", response=httpx2.Response(status, request=request), body=inner)
        return server.status_error(said)

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Repeats a call while it may work later.

        Raises:
            Stopped: it did not work; the same command goes on.
            InputError: it never will.
        """
        for attempt in range(self.server.settings.retries + 1):
            try:
                return await call()
            except Temporary as error:
                last = error
            except Permanent as error:
                if error.message.startswith(("status 404", "status 405", "status 501")):
                    remedy = f"has {self.server.endpoint} batches? Without them `unimer build` asks one by one"
                    raise InputError(f"no such thing on the server: {error.message}", remedy=remedy) from None
                if error.scope == "request":
                    raise InputError(f"the server refuses the batch: {error.message}") from None
                raise Stopped(error.message, error.remedy or "then run the same command again") from None
            if attempt < self.server.settings.retries:
                await asyncio.sleep(max(min(BACKOFF * 2.0**attempt, LONGEST_BACKOFF), min(last.after or 0.0, 120.0)))
        raise Stopped(last.message, "see that the server runs, then run the same command again: it goes on from here")
