"""What is asked of a server and what comes back, as records that can be kept on disk."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from unimer.records import Record

Outcome = Literal["answered", "refused"]


class Ask(Record):
    """One request.

    Attributes:
        endpoint: base URL of the server, without user, password and query.
        payload: the whole body of the chat completion, which is sent as it stands.
    """

    endpoint: str
    payload: dict[str, Any]

    @property
    def key(self) -> str:
        """Identifies the request: sha256 over endpoint and body (which names the model)."""
        body = json.dumps([self.endpoint, self.payload], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(body.encode()).hexdigest()


class Answer(Record):
    """The answer to a request, as logged.

    Attributes:
        outcome: ``refused``: the server will never answer this request (a 4xx that is about the request itself).
        text: content of the message, empty where there is none.
        refusal: the server's own refusal field, or the error message of a refused request.
        finish_reason: as the server says; ``stop`` where it is whole.
        tokens_in, tokens_out: usage as the server says, else estimated.
    """

    outcome: Outcome = "answered"
    text: str = ""
    refusal: str | None = None
    finish_reason: str | None = None
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
