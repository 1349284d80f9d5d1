"""Messages as tokens: the experts' spans before the instruction, and which tokens are the assistant's own.

A span is ``<structure>``, a placeholder for each token of the expert, ``</structure>``; the model fills in vectors.
After the spans come the findings, in words (:mod:`deft.findings`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deft.data import Example, Turn
from deft.settings import EXPERTS
from unimer.errors import InputError, SettingsError

PLACEHOLDER = "<expert>"


def delimiters(expert: str) -> tuple[str, str]:
    """The tokens that open and close an expert's span."""
    return f"<{expert}>", f"</{expert}>"


SPECIAL = (*(token for expert in EXPERTS for token in delimiters(expert)), PLACEHOLDER)


@dataclass(frozen=True)
class Encoded:
    """Token ids, and which of them are supervised."""

    ids: list[int]
    supervised: list[bool]


class Chat:
    """A tokenizer with the experts' spans.

    Args:
        tokenizer: of transformers, with a chat template; the special tokens are added to it.
        spans: number of tokens of each expert, in order.

    Raises:
        SettingsError: the tokenizer has no chat template.
    """

    def __init__(self, tokenizer: Any, spans: Mapping[str, int]) -> None:
        if not tokenizer.chat_template:
            raise SettingsError(
                "the language model's tokenizer has no chat template", remedy="use an instruction-tuned model"
            )
        tokenizer.add_special_tokens({"additional_special_tokens": list(SPECIAL)})
        self.tokenizer = tokenizer
        self.spans = dict(spans)
        self.placeholder: int = tokenizer.convert_tokens_to_ids(PLACEHOLDER)
        self.delimiters: list[int] = [
            tokenizer.convert_tokens_to_ids(token) for expert in spans for token in delimiters(expert)
        ]
        self.pad: int = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id

    @property
    def prefix(self) -> str:
        """What stands before the instruction."""
        parts = (delimiters(expert)[0] + PLACEHOLDER * n + delimiters(expert)[1] for expert, n in self.spans.items())
        return "".join(parts) + "\n"

    @property
    def ends(self) -> list[int]:
        """Ids that end an answer."""
        _, close = self._split([Turn("user", "?"), Turn("assistant", "!")], "!")
        found = [*self._ids(close)[:1], self.tokenizer.eos_token_id]
        return sorted({token for token in found if token is not None})

    def encode(self, turns: Sequence[Turn], findings: str = "", answers: bool = True) -> Encoded:
        """Tokens of a conversation.

        The spans and the findings stand before the first user turn's text. Supervised are the assistant's answers
        and the token that ends each, nothing else; prompt and answer are tokenised apart, as they are when the model
        writes.

        Args:
            answers: False: up to where the last answer begins; nothing is supervised then.

        Raises:
            ValueError: there is no user turn, or the template does not show an answer as it is.
        """
        turns = self._with_spans(turns, findings)
        last = max((i for i, turn in enumerate(turns) if turn.role == "assistant"), default=len(turns))
        ids, supervised, done = [], [], ""
        for i, turn in enumerate(turns):
            if turn.role != "assistant":
                continue
            if not turn.text.strip():
                raise ValueError("the assistant says nothing")
            prompt = self._render(turns[:i], True)
            if not answers and i == last:
                break
            answer, close = self._split(turns[: i + 1], turn.text)
            for text, own in ((prompt[len(done) :], 0), (answer, 1), (close, 2)):
                tokens = self._ids(text)
                ids += tokens
                supervised += [answers and (own == 1 or (own == 2 and n == 0)) for n in range(len(tokens))]
            done = prompt + answer + close
        if not answers:
            tail = self._ids(self._render(turns[:last], True)[len(done) :])
            ids, supervised = ids + tail, [False] * (len(ids) + len(tail))
        return Encoded(ids, supervised)

    def text(self, ids: Iterable[int]) -> str:
        """Ids as text, without special tokens."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))

    def _with_spans(self, turns: Sequence[Turn], findings: str) -> list[Turn]:
        first = next((i for i, turn in enumerate(turns) if turn.role == "user"), None)
        if first is None:
            raise ValueError("there is no user turn, before which the experts' tokens stand")
        known = f"{findings}\n" if findings else ""
        before = Turn("user", self.prefix + known + turns[first].text)
        return [*turns[:first], before, *turns[first + 1 :]]

    def _render(self, turns: Sequence[Turn], prompt: bool) -> str:
        messages = [{"role": turn.role, "content": turn.text} for turn in turns]
        rendered = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
        return str(rendered)

    def _split(self, turns: Sequence[Turn], answer: str) -> tuple[str, str]:
        """The last answer as the template shows it, and what closes it."""
        prompt, whole = self._render(turns[:-1], True), self._render(turns, False)
        rest = whole[len(prompt) :]
        if not whole.startswith(prompt) or answer.strip() not in rest:
            raise ValueError("the chat template of the language model does not show the answer as it is")
        end = rest.index(answer.strip()) + len(answer.strip())
        return rest[:end], rest[end:]

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])


def guard(examples: Sequence[Example], enabled: Sequence[str], chat: Chat | None, context: int) -> None:
    """Fails before the first step where a sample would teach nothing or a medium would go unseen.

    Args:
        examples: all that will be trained on.
        enabled: names of the experts that are on.
        chat: None where only the heads are trained.
        context: longest sample in tokens.

    Raises:
        InputError: names the file and the row.
    """
    for example in examples:
        wrong = _wrong_media(example, enabled) or (None if chat is None else _wrong_text(example, chat, context))
        if wrong is not None:
            message, remedy = wrong
            raise InputError(f"{example.id}: {message}", path=example.file, row=example.row, remedy=remedy)


def _wrong_media(example: Example, enabled: Sequence[str]) -> tuple[str, str] | None:
    media = example.media
    needed = {"structure": [media.onset], "motion": [media.flow]}
    needed["texture"] = [media.onset, media.apex] if media.sequence is None else [media.sequence]
    for path in (path for expert in enabled for path in needed[expert]):
        if not path.is_file():
            return f"{path} is missing", "the same `unimer build` makes it anew"
    if example.sample is not None:
        own = set(example.motion.media.values())
        other = [
            name for name in [*example.sample.images, example.sample.flow] if name is not None and name not in own
        ]
        if other:
            return f"{other[0]} is no medium of its clip and would not be seen", "both files must be of one build"
    return None


def _wrong_text(example: Example, chat: Chat, context: int) -> tuple[str, str] | None:
    try:
        encoded = chat.encode(example.turns, example.findings)
    except ValueError as error:
        return f"{error}", "a sample needs a user turn and an answer"
    if not any(encoded.supervised):
        return "no token of it is supervised", "a sample needs an answer of the assistant"
    if encoded.ids.count(chat.placeholder) != sum(chat.spans.values()):
        return f"its own text holds {PLACEHOLDER}, so the experts' tokens have no clear place", "remove it"
    if len(encoded.ids) > context:
        return f"{len(encoded.ids)} tokens are more than model.context ({context})", "raise it, or leave the task out"
    return None
