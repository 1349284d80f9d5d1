from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.helpers_faces import video
from unimer.aus.blendshapes import labels, rules
from unimer.faces.crop import canonical_transform, crop
from unimer.faces.landmarks import Face, shared_landmarker
from unimer.settings import FaceSettings

NEUTRAL, SMILE, BLINK = 5, 24, 27


def face(number: int) -> Face:
    return shared_landmarker(FaceSettings()).find(video()[number])


def made(**scores: float) -> Face:
    """A face with all blendshapes 0.2 but the given ones."""
    names = face(NEUTRAL).blendshapes
    assert set(scores) <= set(names)
    return Face(np.zeros((478, 2), np.float32), dict.fromkeys(names, 0.2) | scores, "found")


def test_every_rule_names_blendshapes_of_the_network() -> None:
    names = set(face(NEUTRAL).blendshapes)
    for rule in rules().aus:
        used = [*rule.both, *(name for name in (rule.left, rule.right) if name)]
        assert used
        assert set(used) <= names
        assert bool(rule.both) != bool(rule.left and rule.right)
        assert rule.left is None or rule.left.endswith("Left")
        assert rule.right is None or rule.right.endswith("Right")
    assert [rule.au for rule in rules().aus] == [1, 2, 4, 5, 7, 10, 12, 14, 15, 17, 18, 20, 24, 25, 26, 43]


def test_a_smile_is_au12_on_both_sides() -> None:
    found = {label.au: label for label in labels(face(NEUTRAL), face(SMILE))}
    assert found[12].side == "both"
    assert not found[12].doubtful
    assert found[12].score == pytest.approx(0.87, abs=0.05)
    assert found[25].score is not None  # the teeth show
    assert found[10].doubtful  # explained by the smile
    assert {1, 2, 4, 5, 15, 17, 18, 26, 43}.isdisjoint(found)
    for label in found.values():
        assert label.source == "blendshapes"
        assert label.intensity is None


def test_a_blink_is_au43() -> None:
    found = {label.au: label for label in labels(face(SMILE), face(BLINK))}
    assert (found[43].side, found[43].doubtful) == ("both", False)
    assert 7 not in found or found[7].doubtful
    assert 12 not in found


def test_neutral_frames_have_no_au() -> None:
    faces = [face(number) for number in range(11)]
    assert [labels(a, b) for a in faces for b in faces if labels(a, b)] == []


def test_only_rises_count() -> None:
    assert 12 not in {label.au for label in labels(face(SMILE), face(NEUTRAL))}


@pytest.mark.parametrize("name", ["single_face.jpg", "0-f15-hao-ph.jpg", "15-f13-anc-ph.jpg"])
def test_camera_noise_is_no_au(name: str) -> None:
    from tests.helpers_faces import photo

    frame = photo(name)
    noise = np.random.default_rng(0).normal(0, 2, frame.shape)
    noisy = np.clip(frame + noise, 0, 255).astype(np.uint8)
    landmarker = shared_landmarker(FaceSettings())
    assert labels(landmarker.find(frame), landmarker.find(noisy)) == []


def test_thresholds_doubt_and_sides() -> None:
    before = made()
    assert labels(before, made(mouthSmileLeft=0.229, mouthSmileRight=0.229)) == []
    (weak,) = labels(before, made(mouthSmileLeft=0.24, mouthSmileRight=0.24))
    assert (weak.au, weak.side, weak.doubtful, weak.score) == (12, "both", True, 0.04)
    (left,) = labels(before, made(mouthSmileLeft=0.5, mouthSmileRight=0.25))
    assert (left.side, left.doubtful, left.score) == ("left", False, 0.3)
    (right,) = labels(before, made(mouthSmileLeft=0.1, mouthSmileRight=0.5))
    assert right.side == "right"
    (both,) = labels(before, made(mouthSmileLeft=0.4, mouthSmileRight=0.5))
    assert both.side == "both"


def composite(number: int, half: str) -> tuple[np.ndarray, np.ndarray]:
    """A neutral crop, and the same with one half of the face (the subject's own) out of another frame."""
    landmarker = shared_landmarker(FaceSettings())
    crops = [
        crop(frame, canonical_transform(landmarker.find(frame).points, 512), 512)
        for frame in (video()[NEUTRAL], video()[number])
    ]
    weight = np.clip((255.5 - np.arange(512)) / 20 + 0.5, 0, 1)[None, :, None]  # 1 at the image's left
    weight = weight if half == "right" else 1 - weight
    return crops[0], (crops[1] * weight + crops[0] * (1 - weight)).astype(np.uint8)


@pytest.mark.parametrize(("half", "other"), [("left", "right"), ("right", "left")])
def test_mediapipes_left_is_the_subjects_own(half: str, other: str) -> None:
    """One eye closed, on the image's right for the subject's left."""
    before, after = composite(BLINK, half)
    landmarker = shared_landmarker(FaceSettings())
    first, second = landmarker.find(before), landmarker.find(after)
    rise = {
        side: second.blendshapes[f"eyeBlink{side}"] - first.blendshapes[f"eyeBlink{side}"]
        for side in ("Left", "Right")
    }
    assert rise[half.title()] > rise[other.title()] + 0.1
    flipped = landmarker.find(cv2.flip(after, 1))
    start = landmarker.find(cv2.flip(before, 1))
    assert (
        flipped.blendshapes[f"eyeBlink{other.title()}"] - start.blendshapes[f"eyeBlink{other.title()}"]
        > flipped.blendshapes[f"eyeBlink{half.title()}"] - start.blendshapes[f"eyeBlink{half.title()}"] + 0.1
    )
    found = {label.au: label for label in labels(first, second)}
    assert found[43].side == half
