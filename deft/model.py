"""DEFT: experts, their heads, and a language model that reads the experts' tokens before the instruction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from deft import saved
from deft.batch import IGNORED, Batch, Item, TextBatch, collate
from deft.chat import Chat, guard
from deft.data import Example, Vocabulary, class_weights, positive_weights
from deft.experts import AUHead, MotionExpert, StructureExpert, TextureExpert, Tokens
from deft.language import au_phrases, load_language, phrase_embeddings, phrase_words, with_lora
from deft.losses import alignment_loss, au_loss, decorrelation_loss, emotion_loss, language_loss
from deft.settings import DeftSettings

KINDS: dict[str, type[Any]] = {"structure": StructureExpert, "texture": TextureExpert, "motion": MotionExpert}


@dataclass(frozen=True)
class Outputs:
    """What a batch gave.

    ``loss``: the weighted sum. ``parts``: each loss by its name in ``LossSettings``, unweighted; only those that are
    on. ``emotion``: (B, C) and ``aus``: (B, A) logits. ``pooled``: (B, d) of each expert. ``supervised``: number of
    supervised tokens, 0 without a language model.
    """

    loss: Tensor
    parts: dict[str, Tensor]
    emotion: Tensor
    aus: Tensor
    pooled: dict[str, Tensor]
    supervised: int


class DeftModel(nn.Module):
    """The whole model.

    Args:
        settings: a recipe.
        words: what the heads tell.
        language: model and tokenizer; default: those that ``settings.model.llm`` names.

    Raises:
        SettingsError, DependencyError: the language model or the backbone cannot be loaded.
    """

    def __init__(self, settings: DeftSettings, words: Vocabulary, language: tuple[Any, Any] | None = None) -> None:
        super().__init__()
        experts, d = settings.model.experts, settings.model.experts.width
        self.settings, self.words = settings, words
        self.experts = nn.ModuleDict({name: KINDS[name](experts) for name in experts.enabled})
        self.emotion_head = nn.Sequential(
            nn.LayerNorm(d * len(self.experts)),
            nn.Dropout(experts.dropout),
            nn.Linear(d * len(self.experts), d),
            nn.GELU(),
            nn.Dropout(experts.dropout),
            nn.Linear(d, len(words.classes)),
        )
        self.au_head = AUHead(len(words.aus), d)
        self.class_weights: Tensor
        self.positive_weights: Tensor
        self.phrases: Tensor
        self.register_buffer("class_weights", torch.ones(len(words.classes)), persistent=False)
        self.register_buffer("positive_weights", torch.ones(len(words.aus)), persistent=False)
        self.chat: Chat | None = None
        phrases = au_phrases(words.aus)
        if settings.model.llm == "none":
            table = phrase_words(phrases)
        else:
            model, tokenizer = load_language(settings.model.llm) if language is None else language
            table = phrase_embeddings(phrases, tokenizer, model.get_input_embeddings())
            self._add_language(model, tokenizer)
        self.register_buffer("phrases", table, persistent=False)
        self.phrase = nn.Linear(table.shape[1], d, bias=False)

    def _add_language(self, model: Any, tokenizer: Any) -> None:
        d, weight = self.settings.model.experts.width, model.get_input_embeddings().weight
        hidden, size = weight.shape[1], float(weight.detach().float().square().mean().sqrt())
        self.chat = Chat(tokenizer, {name: KINDS[name].tokens for name in self.experts})
        self.projectors = nn.ModuleDict({name: projector(d, hidden, size) for name in self.experts})
        self.delimiters = nn.Parameter(torch.randn(len(self.chat.delimiters), hidden) * size)
        model.requires_grad_(False)
        self.llm = with_lora(model, self.settings.model.lora)

    # --- around the network ------------------------------------------------------------------------------------------

    def balance(self, examples: Sequence[Example]) -> None:
        """Takes the weights of classes and Action Units from the training examples (where ``losses.balanced``)."""
        if self.settings.losses.balanced:
            self.class_weights.copy_(torch.from_numpy(class_weights(examples, self.words)))
            self.positive_weights.copy_(torch.from_numpy(positive_weights(examples, self.words)))

    def guard(self, examples: Sequence[Example]) -> None:
        """Raises InputError, naming file and row, where an example could teach nothing (:func:`deft.chat.guard`)."""
        guard(examples, list(self.experts), self.chat, self.settings.model.context)

    def collate(self, items: Sequence[Item], answers: bool = True) -> Batch:
        """Examples and their views as a batch for this model."""
        return collate(items, self.words, self.chat, answers)

    def parameter_counts(self) -> dict[str, tuple[int, int]]:
        """Parameters and how many of them are trained, by part of the model."""
        parts = {**dict(self.experts.items()), "heads": self._heads()}
        if self.chat is not None:
            parts |= {"projectors": nn.ModuleList([self.projectors, _Holder(self.delimiters)]), "language": self.llm}
        return {name: _count(part) for name, part in parts.items()}

    def _heads(self) -> nn.Module:
        return nn.ModuleList([self.emotion_head, self.au_head, self.phrase])

    def groups(self) -> dict[str, list[tuple[str, nn.Parameter]]]:
        """Trained parameters by name: ``own`` (experts, projectors, heads) and ``lora``, for two learning rates."""
        trained = [(name, p) for name, p in self.named_parameters() if p.requires_grad]
        return {
            "own": [(name, p) for name, p in trained if not name.startswith("llm.")],
            "lora": [(name, p) for name, p in trained if name.startswith("llm.")],
        }

    def checkpoint_gradients(self) -> None:
        """Recomputes the language model's activations in the backward pass."""
        if self.chat is not None:
            self.llm.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})

    def save(self, folder: Path) -> None:
        """Writes ``config.json``, ``weights.safetensors`` (what is trained) and the tokenizer; the base is named."""
        saved.save_model(self, folder)

    @staticmethod
    def load(folder: Path) -> DeftModel:
        """Reads what :meth:`save` wrote; evaluation mode. Never unpickles.

        Raises:
            InputError: a file is missing, damaged or of another model.
        """
        settings, words = saved.read_config(folder)
        model = DeftModel(settings, words)
        saved.read_weights(model, folder)
        return model.eval()

    # --- the network -------------------------------------------------------------------------------------------------

    def look(self, batch: Batch) -> dict[str, Tokens]:
        """What each expert makes of its own input."""
        inputs = {
            "structure": (batch.onset,),
            "texture": (batch.texture,),
            "motion": (batch.maps, batch.regions, batch.reliable),
        }
        return {name: expert(*inputs[name]) for name, expert in self.experts.items()}

    def forward(self, batch: Batch) -> Outputs:
        """Heads, and the language model where the batch has text; all losses that are on."""
        seen = self.look(batch)
        pooled = {name: each.pooled for name, each in seen.items()}
        emotion = self.emotion_head(torch.cat(list(pooled.values()), dim=1))
        aus = self.au_head(self._au_tokens(seen))
        weights, parts, supervised = self.settings.losses, dict[str, Tensor](), 0
        if weights.emotion:
            parts["emotion"] = emotion_loss(emotion, batch.emotion, self.class_weights, weights.focal)
        if weights.au and self.words.aus:
            parts["au"] = au_loss(aus, batch.aus, batch.known, self.positive_weights)
        if weights.alignment and self.words.aus and "motion" in seen:
            phrases = self.phrase(self.phrases)
            parts["alignment"] = alignment_loss(seen["motion"].tokens, phrases, batch.aus, batch.known)
        if weights.decorrelation and len(seen) > 1:
            parts["decorrelation"] = decorrelation_loss(list(pooled.values()))
        if weights.language and self.chat is not None and batch.text is not None:
            parts["language"], supervised = self._language_loss(batch.text, seen)
        loss = sum((getattr(weights, name) * part for name, part in parts.items()), emotion.new_zeros(()))
        return Outputs(loss, parts, emotion, aus, pooled, supervised)

    def _au_tokens(self, seen: dict[str, Tokens]) -> Tensor:
        """The motion expert's tokens tell Action Units; where it is off, what the others see must do."""
        names = ["motion"] if "motion" in seen else list(seen)
        return torch.cat([seen[name].tokens for name in names], dim=1)

    def _embed(self, text: TextBatch, seen: dict[str, Tokens]) -> Tensor:
        """(B, L, hidden) embeddings with the experts' vectors in their places."""
        assert self.chat is not None
        table: nn.Module = self.llm.get_input_embeddings()
        special = torch.tensor([self.chat.placeholder, *self.chat.delimiters], device=text.ids.device)
        ours = (text.ids[..., None] == special).any(-1)
        embedded: Tensor = table(text.ids.masked_fill(ours, 0))  # the language model's table has no rows for them
        spans = torch.cat([self.projectors[name](each.tokens) for name, each in seen.items()], dim=1)
        places = (text.ids == self.chat.placeholder)[..., None].expand_as(embedded)
        embedded = embedded.masked_scatter(places, spans.to(embedded.dtype))
        for token, vector in zip(self.chat.delimiters, self.delimiters, strict=True):
            embedded = torch.where((text.ids == token)[..., None], vector.to(embedded.dtype), embedded)
        return embedded

    def _language_loss(self, text: TextBatch, seen: dict[str, Tokens]) -> tuple[Tensor, int]:
        """Logits are computed only where some answer of the batch has a token: all answers end together."""
        target = text.labels[:, 1:]
        where = (target != IGNORED).any(0).nonzero()[:, 0]
        position = (text.mask.cumsum(1) - 1).clamp(min=0)
        out = self.llm(
            inputs_embeds=self._embed(text, seen),
            attention_mask=text.mask,
            position_ids=position,
            logits_to_keep=where,
            use_cache=False,
        )
        return language_loss(out.logits, target[:, where]), int((target != IGNORED).sum())

    @torch.no_grad()
    def generate(
        self,
        items: Sequence[Item],
        max_tokens: int = 200,
        stop: Sequence[str] = (),
        temperature: float = 0.0,
    ) -> list[str]:
        """What the language model answers to each example's last question.

        Args:
            max_tokens: longest answer.
            stop: strings that end an answer; they are not part of it.
            temperature: 0 is greedy; above, torch's global generator draws.

        Raises:
            ValueError: the model has no language model.
        """
        if self.chat is None:
            raise ValueError("a model without a language model writes nothing")
        was, device = self.training, self.delimiters.device
        self.eval()
        batch = self.collate(items, answers=False).to(device)
        assert batch.text is not None
        chosen: dict[str, Any] = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        if temperature == 0:
            chosen = {"do_sample": False, "temperature": None, "top_k": None, "top_p": None}
        if stop:
            chosen |= {"stop_strings": list(stop), "tokenizer": self.chat.tokenizer}
        ids = self.llm.generate(
            inputs_embeds=self._embed(batch.text, self.look(batch)),
            attention_mask=batch.text.mask,
            max_new_tokens=max_tokens,
            eos_token_id=self.chat.ends,
            pad_token_id=self.chat.pad,
            **chosen,
        )
        self.train(was)
        return [_cut(self.chat.text(row), stop).strip() for row in ids.tolist()]


class _Holder(nn.Module):
    def __init__(self, parameter: nn.Parameter) -> None:
        super().__init__()
        self.parameter = parameter


def projector(inside: int, hidden: int, size: float) -> nn.Module:
    """An expert's tokens to vectors of the language model, at first as long as its own embeddings (rms ``size``)."""
    last = nn.LayerNorm(hidden)
    nn.init.constant_(last.weight, size)
    return nn.Sequential(nn.LayerNorm(inside), nn.Linear(inside, hidden), nn.GELU(), nn.Linear(hidden, hidden), last)


def _count(part: nn.Module) -> tuple[int, int]:
    every = list(part.parameters())
    return sum(p.numel() for p in every), sum(p.numel() for p in every if p.requires_grad)


def _cut(text: str, stop: Sequence[str]) -> str:
    """The text before the first stop string."""
    return text[: min((text.index(each) for each in stop if each in text), default=len(text))]
