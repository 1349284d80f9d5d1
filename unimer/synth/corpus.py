"""Writes a corpus of synthetic clips whose motion is known exactly (docs/synth.md)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from unimer.errors import InputError, SettingsError
from unimer.faces.crop import inter_ocular
from unimer.files import output_errors
from unimer.settings import FaceSettings
from unimer.synth.displace import Field, displacements, make_field, movers
from unimer.synth.faces import face_images
from unimer.synth.layouts import get_layout
from unimer.synth.layouts.base import JPEG_QUALITY, Layout
from unimer.synth.plan import ClipPlan, curve, plan_clips
from unimer.synth.render import STILL, Noise, Renderer, State, disturbance, encode_jpeg
from unimer.synth.subjects import Subject, make_subjects

CARD = {
    "title": "Synthetic clips: portraits moved by known displacement fields",
    "licence": "That of the portraits; those of installed packages are for tests and demonstrations only",
    "access": "Made by `unimer synth`",
}
"""What the data card of a build says about such a corpus."""


@dataclass(frozen=True)
class SynthSummary:
    """What was written.

    ``root``: give this to the corpus reader. ``reused``: subjects whose face is a variant of another subject's because
    there were fewer faces than subjects. ``disagreeing``: clips whose label differs from the motion.
    """

    root: Path
    truth: Path
    clips: int
    frames: int
    subjects: int
    faces: list[str]
    reused: list[str]
    disagreeing: int


def make_corpus(
    layout: str,
    out: Path,
    clips: int,
    subjects: int,
    seed: int,
    faces: Path | None = None,
    magnitude: tuple[float, float] = (0.3, 3.0),
    *,
    noise: float = 1.5,
    drift: bool = True,
    lighting: bool = True,
    mislabelled: float = 0.1,
    frames: tuple[int, int] | None = None,
    size: tuple[int, int] = (640, 480),
    aus: list[str] | None = None,
    settings: FaceSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SynthSummary:
    """Writes ``out/corpus`` in a corpus' own layout and ``out/truth`` beside it. Equal arguments give equal bytes.

    ``out/corpus`` holds the frame tree and the coding spreadsheet as a reader would see them of the real corpus, and a
    ``unimer-card.yaml`` that says what it is. ``out/truth`` holds ``truth.jsonl`` (one line a clip) and
    ``flow/<subject>_<clip>.npy``: float16 (h, w, 2) px, x right, y down, the skin's motion from onset to apex in onset
    coordinates of the whole frame, without the head's motion (``head`` in truth.jsonl, a 2x3 similarity on top of it).

    Args:
        layout: name of a corpus reader (``unimer.synth.layouts.LAYOUTS``).
        out: folder to make; must be empty where it exists.
        clips, subjects: how many; clips go round the subjects.
        seed: of everything random.
        faces: folder of portraits; None = faces in installed packages.
        magnitude: range of the displacement of a part of relative size 1, px of the frame (about % of the
            inter-ocular distance at the default size); sizes are log-uniform.
        noise: standard deviation of the sensor noise, grey levels.
        drift: slow head motion, 0.3-1 px and up to 0.3 degrees from onset to apex.
        lighting: gain 1-3 %, change of the shading, darker furrows.
        mislabelled: share of the clips whose label disagrees with the motion.
        frames: range of the number of frames from onset to apex; None = 75 to 200 ms at the corpus's rate, and at
            least 3 to 6.
        size: (width, height) of the frames.
        aus: Action Unit combinations to draw from, such as ["12", "L14"]; None = the mixture of synth_clips.yaml.
        settings: of the face landmarker.
        progress: called with (clips done, clips).

    Raises:
        SettingsError: unknown layout or an impossible number.
        InputError: ``out`` is not empty, or the faces cannot be used.
        DependencyError: no faces or no landmark model installed.
        OutputError: the files cannot be written.
    """
    on_disk = get_layout(layout)
    rise = frames or (max(3, round(0.075 * on_disk.fps)), max(6, round(0.2 * on_disk.fps)))
    _check(clips, subjects, magnitude, noise, mislabelled, rise, size)
    _check_empty(out)
    plans = plan_clips(clips, subjects, seed, magnitude, mislabelled, rise, on_disk, aus)
    people = make_subjects(face_images(faces, settings), min(subjects, clips), size, seed, settings)
    root, truth = out / "corpus", out / "truth"
    with output_errors(out), _nothing_half_written(out):
        (truth / "flow").mkdir(parents=True)
        lines = []
        for done, plan in enumerate(plans, 1):
            rng = np.random.default_rng([seed, 2, plan.index])
            lines.append(_write_clip(root, truth, on_disk, plan, people[plan.subject], rng, noise, drift, lighting))
            if progress is not None:
                progress(done, clips)
        _write_tables(root, truth, on_disk, plans, lines)
    return _summary(root, truth, on_disk, plans, people)


def make_traps(layout: str, out: Path) -> None:
    """Writes a small corpus with every known quirk of the real one; its pictures are tiny and show nothing.

    Raises:
        SettingsError: unknown layout.
        InputError: ``out`` is not empty.
        OutputError: the files cannot be written.
    """
    on_disk = get_layout(layout)
    _check_empty(out)
    with output_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        on_disk.traps(out)


def _write_tables(root: Path, truth: Path, layout: Layout, plans: list[ClipPlan], lines: list[dict[str, Any]]) -> None:
    """What tells of all clips: the coding spreadsheet, the card and ``truth.jsonl``."""
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
    (truth / "truth.jsonl").write_text(text, encoding="utf-8")
    layout.write(root, plans)
    (root / "unimer-card.yaml").write_text(yaml.safe_dump(CARD, sort_keys=False, width=100), encoding="utf-8")


def _summary(root: Path, truth: Path, layout: Layout, plans: list[ClipPlan], people: list[Subject]) -> SynthSummary:
    return SynthSummary(
        root=root,
        truth=truth,
        clips=len(plans),
        frames=sum(plan.last - plan.first + 1 for plan in plans),
        subjects=len(people),
        faces=sorted({person.face for person in people}),
        reused=[f"{layout.subject(i)}: {p.variant} of {p.face}" for i, p in enumerate(people) if p.variant],
        disagreeing=sum(plan.disagreement is not None for plan in plans),
    )


def _check_empty(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(
            "the folder exists and is not empty", path=out, remedy="name another folder or empty this one"
        )


@contextmanager
def _nothing_half_written(out: Path) -> Iterator[None]:
    """Takes away what was written if the corpus could not be finished."""
    try:
        yield
    except BaseException:
        for part in (out / "corpus", out / "truth"):
            shutil.rmtree(part, ignore_errors=True)
        raise


def _check(
    clips: int,
    subjects: int,
    magnitude: tuple[float, float],
    noise: float,
    mislabelled: float,
    frames: tuple[int, int],
    size: tuple[int, int],
) -> None:
    if clips < 1 or subjects < 1:
        raise SettingsError(f"at least one clip and one subject are needed, not {clips} and {subjects}")
    if subjects > 99:
        raise SettingsError(f"the layout has room for 99 subjects, not {subjects}")
    if not 0 < magnitude[0] <= magnitude[1] <= 25:
        raise SettingsError(f"magnitude must be two numbers with 0 < least <= most <= 25 px, not {magnitude}")
    if not 0 <= noise <= 50:
        raise SettingsError(f"noise must lie in 0..50 grey levels, not {noise}")
    if not 0 <= mislabelled <= 1:
        raise SettingsError(f"mislabelled must be a share in 0..1, not {mislabelled}")
    if not 2 <= frames[0] <= frames[1] <= 1000:
        raise SettingsError(f"frames must satisfy 2 <= least <= most <= 1000, not {frames}")
    if min(size) < 200 or max(size) > 2000:
        raise SettingsError(f"the frame size must lie in 200..2000 px, not {size[0]}x{size[1]}")


def _write_clip(
    root: Path,
    truth: Path,
    layout: Layout,
    plan: ClipPlan,
    subject: Subject,
    rng: np.random.Generator,
    noise: float,
    drift: bool,
    lighting: bool,
) -> dict[str, Any]:
    """Writes the frames and the flow of one clip; returns its line of truth.jsonl."""
    scene = subject.scene
    field = make_field(scene.local, movers(plan.moved) if plan.moved else [], plan.magnitude, scene.shape)
    if not lighting:
        field = Field(field.upper, field.opening, field.below, np.zeros_like(field.shade))
    head, gain, gradient = disturbance(rng, scene, drift, lighting)
    wander = rng.uniform(-0.15, 0.15, 2) * drift
    renderer = Renderer(scene, field)
    sensor = Noise(rng, noise, scene.frame.shape[:2])
    (root / layout.frame(plan, plan.first)).parent.mkdir(parents=True, exist_ok=True)
    for number in range(plan.first, plan.last + 1):
        way = (number - plan.onset) / (plan.apex - plan.onset)
        matrix = STILL + (head - STILL) * way
        matrix[:, 2] += wander * np.sin(np.pi * way)
        state = State(curve(plan, number), matrix, 1 + (gain - 1) * way, (gradient[0] * way, gradient[1] * way))
        _write_picture(root / layout.frame(plan, number), sensor.add(renderer.draw(state)), layout.grey)
    flow = np.zeros((*scene.frame.shape[:2], 2), np.float16)
    x0, y0, x1, y1 = scene.box
    flow[y0:y1, x0:x1] = field.flow
    name = f"flow/{layout.subject(plan.subject)}_{layout.key(plan)}.npy"
    np.save(truth / name, flow)
    return _truth(layout, plan, subject, head, gain, flow, name)


def _write_picture(path: Path, picture: NDArray[np.uint8], grey: bool) -> None:
    image = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8) if grey else picture
    jpeg = path.suffix == ".jpg"
    data = encode_jpeg(image, JPEG_QUALITY) if jpeg else cv2.imencode(path.suffix, image)[1]
    path.write_bytes(data.tobytes())


def _truth(
    layout: Layout,
    plan: ClipPlan,
    subject: Subject,
    head: NDArray[np.float64],
    gain: float,
    flow: NDArray[np.float16],
    name: str,
) -> dict[str, Any]:
    moving = movers(plan.moved) if plan.moved else []
    iod = inter_ocular(subject.scene.points)
    return {
        "clip_id": f"{layout.corpus}/{layout.subject(plan.subject)}/{layout.key(plan)}",
        "subject": layout.subject(plan.subject),
        "clip": plan.name,
        "folder": Path(layout.frame(plan, plan.first)).parent.as_posix(),
        "face": subject.face,
        "variant": subject.variant,
        "inter_ocular_px": round(iod, 4),
        "first": plan.first,
        "onset": plan.onset,
        "apex": plan.apex,
        "offset": plan.offset,
        "last": plan.last,
        "aus_moved": [{"au": au, "side": side, "name": displacements()[au].name} for au, side in moving],
        "aus_labelled": [{"au": au, "side": side} for au, side in movers(plan.labelled)],
        "label": plan.labelled,
        "emotion": plan.emotion,
        "disagreement": plan.disagreement,
        "magnitude_px": round(plan.magnitude, 4),
        "magnitude_percent": round(100 * plan.magnitude / iod, 4),
        "peak_px": round(float(np.linalg.norm(flow.astype(np.float32), axis=-1).max()), 4),
        "head": [[round(float(v), 8) for v in row] for row in head],
        "gain": round(gain, 6),
        "flow": name,
    }
