"""Everything that is written to disk, as small frozen records.

Conventions, everywhere in Uni-MER:

- *Left* and *right* are the subject's own. In a frontal picture the subject's left is at the image's right.
- Vectors are (dx, dy): x to the image's right, **y up**, in percent of the inter-ocular distance (distance between the
  two eye centres in the onset frame). One percent is about one pixel in the canonical 256 px crop.
- Degrees run counter-clockwise from the image's right: 0 right, 90 up, 180 left, 270 down.
- Frame numbers are the corpus's own, onset..offset inclusive.
- A missing value is ``None`` (not measured, not known), never 0.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

FORMAT_VERSION = 1

Side = Literal["left", "right", "both"]
Octant = Literal["right", "up-right", "up", "up-left", "left", "down-left", "down", "down-right"]
Strength = Literal["slight", "moderate", "strong"]
FrameOrigin = Literal[
    "annotated", "corrected", "snapped", "spotted", "midpoint", "first", "last", "estimated", "missing"
]
AUSource = Literal["annotation", "openface", "pyfeat-table", "pyfeat", "blendshapes", "deft"]
Verdict = Literal["supported", "contradicted", "unverified", "unmeasurable", "unobservable"]
About = Literal["itself", "label", "motion", "measurement", "judgement", "support"]
Labeller = Literal["annotation", "program"]
OCTANTS: tuple[Octant, ...] = get_args(Octant)
Task = Literal[
    "motion_description", "au_list", "au_present", "au_side", "emotion_coarse", "emotion_fine", "full", "no_motion"
]
Split = Literal["train", "validation", "test"]
Expression = Literal["micro", "macro"]


def octant_of(degrees: float) -> Octant:
    """The octant that a direction (degrees, counter-clockwise from the image's right) lies in."""
    return OCTANTS[round(degrees / 45) % 8]


class Record(BaseModel):
    """Base of all records: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(Record):
    """Why something was refused. ``code`` is stable (docs/reasons.md); ``message`` is for people."""

    code: str
    message: str


# --- Clip ------------------------------------------------------------------------------------------------------------


class FrameMark(Record):
    """A frame number and where it came from; ``frame`` is None only where ``origin`` is ``missing``."""

    frame: int | None = None
    origin: FrameOrigin = "missing"


class FrameSource(Record):
    """Where the pictures are: a folder of frames or one video file, relative to the corpus root (POSIX separators).

    ``first`` and ``last`` limit a video or a folder to this clip's own frames where several clips share it.
    """

    kind: Literal["folder", "video"]
    path: str
    first: int | None = None
    last: int | None = None


class AULabel(Record):
    """One Action Unit said to be present, by whom, and on which side (the subject's own)."""

    au: Annotated[int, Field(ge=1, le=99)]
    side: Side = "both"
    source: AUSource = "annotation"
    intensity: str | None = None
    doubtful: bool = False
    score: float | None = None


class Clip(Record):
    """One clip as the corpus describes it, after corrections.

    ``id`` is ``corpus/subject/clip`` (plus the onset where a corpus needs it). ``person`` is who the face belongs to
    where several corpora show the same people (``samm/006`` in SAMM and in its long videos): no split may part it.
    ``part`` is the corpus's own division (``train``, ``test_a``, ``hs``). ``emotion`` is the canonical name of
    ``emotion_raw``; ``emotion_coarse`` is negative, positive, surprise or others; ``objective_class`` 1..7 is the
    class by Action Units alone (Davison et al. 2017). ``flags`` says what a reader did or noticed, for example
    ``apex.corrected:official``.
    """

    id: str
    corpus: str
    subject: str
    clip: str
    person: str = Field(default_factory=lambda data: f"{data['corpus']}/{data['subject']}")
    part: str | None = None
    expression: Expression = "micro"
    frames: FrameSource
    fps: float | None = None
    onset: FrameMark = FrameMark()
    apex: FrameMark = FrameMark()
    offset: FrameMark = FrameMark()
    au_raw: str | None = None
    aus: list[AULabel] = []
    emotion_raw: str | None = None
    emotion: str | None = None
    emotion_coarse: str | None = None
    objective_class: Annotated[int, Field(ge=1, le=7)] | None = None
    flags: list[str] = []


# --- Motion ----------------------------------------------------------------------------------------------------------


class HeadMotion(Record):
    """The similarity fitted to the flow and subtracted: shift in % of inter-ocular distance, degrees, factor."""

    dx: float
    dy: float
    rotation: float
    scale: float


class RegionMotion(Record):
    """Motion of one facial region from onset to apex, head motion removed.

    ``dx, dy`` mean vector; ``magnitude`` mean length; ``p90`` 90th percentile of the lengths, all in % of inter-ocular
    distance. ``concentration`` = \\|sum v\\| / sum \\|v\\|. ``strain`` = mean sqrt(ux² + vy² + (uy + vx)²/2), in %.
    ``snr`` = length of the mean vector over the noise floor. ``residual`` (grey levels of the contrast-normalised
    images) and ``inconsistency`` (% of inter-ocular distance) decide ``reliable``. Where ``reliable`` is false all
    measurements are None; ``degrees`` and ``octant`` also where the motion is within the noise (``snr`` below 3).
    ``frame`` is set where the direction had to be read before the apex. ``grows`` says whether the motion grows from
    onset to apex, None where the frames do not allow to tell.
    """

    region: str
    reliable: bool
    why_unreliable: str | None = None
    dx: float | None = None
    dy: float | None = None
    magnitude: float | None = None
    p90: float | None = None
    degrees: float | None = None
    octant: Octant | None = None
    concentration: float | None = None
    strain: float | None = None
    snr: float | None = None
    grows: bool | None = None
    frame: int | None = None
    residual: float | None = None
    inconsistency: float | None = None


class Motion(Record):
    """What the camera shows from onset to apex.

    ``noise_floor``: standard deviation of a region's mean vector when nothing moves, in % of inter-ocular distance;
    ``noise_source`` says where it comes from. ``guided``: landmarks initialised the flow. ``face``: how the
    face was found. ``inter_ocular_px``: in the original frame. Media paths are relative to the build folder.
    """

    onset: int
    apex: int
    onset_origin: FrameOrigin
    apex_origin: FrameOrigin
    preset: str
    frames_averaged: int
    guided: bool
    face: str
    inter_ocular_px: float
    head: HeadMotion
    noise_floor: float
    noise_source: str
    regions: list[RegionMotion]
    media: dict[str, str] = {}


# --- Evidence --------------------------------------------------------------------------------------------------------


class RegionEvidence(Record):
    """What may be said about a region. ``aus``: supported AUs that explain its motion (``moved`` with none =
    unexplained, which no text may mention)."""

    region: str
    status: Literal["moved", "still", "unmeasurable"]
    octant: Octant | None = None
    degrees: float | None = None
    magnitude: float | None = None
    strength: Strength | None = None
    frame: int | None = None
    aus: list[int] = []


class AUVerdict(Record):
    """One labelled AU against the flow.

    ``expected`` and ``observed`` are short phrases for people ("inner brows up", "down 1.2 %"). ``projection`` is the
    signed motion along the expected direction (% of inter-ocular distance), ``snr`` the same over the noise floor.
    ``regions`` are the regions that carry the verdict.
    """

    au: int
    name: str
    side: Side
    source: AUSource
    verdict: Verdict
    measure: str
    expected: str
    observed: str | None = None
    projection: float | None = None
    snr: float | None = None
    angle_error: float | None = None
    regions: list[str] = []
    reason: str


class Evidence(Record):
    """The dual constraint's result for one clip. ``grounded``: at least one AU supported and none contradicted."""

    aus: list[AUVerdict]
    regions: list[RegionEvidence]
    unexplained: list[str]
    grounded: bool


# --- Text ------------------------------------------------------------------------------------------------------------


class Claim(Record):
    """One thing that a text asserts, found at ``text[start:end]``.

    ``kind`` motion: ``region`` and perhaps ``direction`` and ``strength``; au: ``au``; emotion: ``emotion``.
    ``side`` None = not said. ``direction`` is the text's own sense: up, down, inward, outward, their pairs such as
    up-outward, image-left/image-right, together, apart, straight-up, or toward-nose, away-cheek. ``negated``: the
    text denies it. ``hedged``: "may", "seems". ``about`` says what is asserted or denied: ``itself`` (the region
    moves, the Action Unit is shown, the class is given), that an Action Unit stands in the ``label``, that it
    shows ``motion``, or that the motion could be measured, judged or confirmed (``measurement``, ``judgement``,
    ``support``). ``labeller``: who the text says labelled the Action Unit, None where it does not say.
    """

    kind: Literal["motion", "au", "emotion", "identity"]
    start: int
    end: int
    region: str | None = None
    side: Side | None = None
    direction: str | None = None
    strength: Strength | None = None
    au: int | None = None
    emotion: str | None = None
    about: About = "itself"
    labeller: Labeller | None = None
    negated: bool = False
    hedged: bool = False


class Part(Record):
    """One part of a message; ``text`` is None for an image part (images are taken from ``Sample.images`` in order)."""

    type: Literal["text", "image"]
    text: str | None = None


class Message(Record):
    role: Literal["system", "user", "assistant"]
    content: list[Part]


class Labels(Record):
    """What the corpus says about the clip, as far as a text may use it."""

    emotion: str | None = None
    emotion_coarse: str | None = None
    aus: list[AULabel] = []


class Provenance(Record):
    """Who wrote the text, from what. ``stands_in``: the composer's text, because no draft of the model passed."""

    writer: str
    writer_version: str
    model: str | None = None
    prompt_sha256: str | None = None
    settings_sha256: str
    seed: int
    stands_in: bool = False


class Sample(Record):
    """One line of ``unimer.jsonl``."""

    format: int = FORMAT_VERSION
    id: str
    clip_id: str
    corpus: str
    subject: str
    person: str = Field(default_factory=lambda data: f"{data['corpus']}/{data['subject']}")
    task: Task
    messages: list[Message]
    images: list[str]
    flow: str | None = None
    labels: Labels
    evidence: Evidence
    claims: list[Claim]
    provenance: Provenance
    split: Split


class Draft(Record):
    """What a language model answered. ``attempt`` counts from 1; the later ones are repairs."""

    attempt: int
    model: str
    prompt_sha256: str
    answer: str
    finish_reason: str | None = None


class Rejection(Record):
    """One line of ``rejected.jsonl``: a clip or a sample that was refused, and why; never thrown away.

    ``draft`` is set where a language model wrote it; ``sample`` then only where its answer could be read.
    """

    format: int = FORMAT_VERSION
    id: str
    clip_id: str
    corpus: str
    subject: str
    stage: Literal["read", "face", "motion", "evidence", "text"]
    reasons: list[Reason]
    evidence: Evidence | None = None
    sample: Sample | None = None
    draft: Draft | None = None


class ClipRecord(Record):
    """One line of ``clips.jsonl``: the clip and all that was derived from it."""

    format: int = FORMAT_VERSION
    clip: Clip
    labels: Labels
    motion: Motion | None = None
    evidence: Evidence | None = None
    split: Split | None = None


class SourceInfo(Record):
    """One corpus that went into a build. ``annotations`` maps annotation files (relative to the root) to sha256.

    ``title``, ``licence``, ``access`` and ``citation`` are facts for the data card: of ``unimer-card.yaml`` in the
    corpus folder where there is one, else of the reader's fact file.
    """

    corpus: str
    title: str
    licence: str
    access: str
    citation: str | None = None
    clips: int
    subjects: int
    annotations: dict[str, str] = {}


class Manifest(Record):
    """``manifest.json``: what the build folder holds and how it was made. Written last.

    Of paths in the settings only the last part is kept, so that the same data give the same manifest on every machine.
    ``label_sources`` counts AU labels by where they come from; ``writing`` a language model's drafts and tokens (empty
    where none wrote).
    """

    format: int = FORMAT_VERSION
    unimer: str
    settings: dict[str, Any]
    settings_sha256: str
    versions: dict[str, str]
    sources: list[SourceInfo]
    counts: dict[str, int]
    tasks: dict[str, int]
    splits: dict[str, int]
    reasons: dict[str, int]
    label_sources: dict[str, int]
    writing: dict[str, int] = {}
    verdicts: dict[str, dict[str, int]]
    files: dict[str, str]


SCHEMAS: dict[str, type[Record]] = {
    "clip": Clip,
    "motion": Motion,
    "au-label": AULabel,
    "evidence": Evidence,
    "sample": Sample,
    "rejection": Rejection,
    "clip-record": ClipRecord,
    "manifest": Manifest,
}
