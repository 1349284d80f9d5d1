"""What augmentation must keep: mirrored twice is the same, turned vectors are those of turned skin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deft.augment import DX, DY, augment, brighten, can_flip, flip, rotate, swap_sides
from deft.data import FEATURES, load_examples
from deft.settings import AugmentSettings, DataSettings, ExpertSettings
from deft.views import Floats, View, load_view, motion_maps
from tests.helpers_deft import same
from unimer.faces.regions import mirror, region_names
from unimer.records import AULabel, Claim, Side
from unimer.text.claims import read_claims

SIZE = 64
OTHER: dict[str | None, Side | None] = {"left": "right", "right": "left", "both": "both", None: None}


@pytest.fixture(scope="module")
def view(finished: Path) -> View:
    examples = load_examples(finished, DataSettings(tasks=["au_side"]), "sample")
    return load_view(examples[0], ExpertSettings(image=SIZE))


def blank(**changes: Floats) -> View:
    zeros = np.zeros((3, SIZE, SIZE), np.float32)
    made = View(zeros, zeros, zeros, np.zeros((30, len(FEATURES)), np.float32), np.ones(30, bool), None, ())
    return replace(made, **changes)  # type: ignore[arg-type]


def test_mirrored_twice_is_the_clip_itself(finished: Path) -> None:
    for example in load_examples(finished, DataSettings(), "sample"):
        view = load_view(example, ExpertSettings(image=32))
        assert same(flip(flip(view)), view)
        assert not same(flip(view), view)


def test_a_mirror_swaps_sides_everywhere(view: View) -> None:
    view = replace(view, aus=(AULabel(au=12, side="left"), AULabel(au=4)))
    seen = flip(view)
    assert seen.aus is not None
    assert [label.side for label in seen.aus] == ["right", "both"]
    assert np.array_equal(seen.onset[:, :, 0], view.onset[:, :, -1])
    assert np.array_equal(seen.maps[0], -view.maps[0][:, ::-1])
    assert np.array_equal(seen.maps[1:], view.maps[1:, :, ::-1])
    names = region_names()
    for i, name in enumerate(names):
        j = names.index(mirror(name))
        assert seen.reliable[i] == view.reliable[j]
        assert seen.regions[i, DX] == -view.regions[j, DX]
        assert np.array_equal(np.delete(seen.regions[i], DX), np.delete(view.regions[j], DX))


@pytest.mark.parametrize(
    ("text", "mirrored"),
    [
        ("Left, right or both?", "Right, left or both?"),
        ("the LEFT inner brow moves to the image's right", "the RIGHT inner brow moves to the image's left"),
        ("image-left and leftwards", "image-right and rightwards"),
        ("Left-sided; unilateral (left).", "Right-sided; unilateral (right)."),
        ("a bright cleft uprights the copyright", "a bright cleft uprights the copyright"),
        ("outward, upward, both mouth corners", "outward, upward, both mouth corners"),
    ],
)
def test_sides_in_words(text: str, mirrored: str) -> None:
    assert swap_sides(text) == mirrored
    assert swap_sides(mirrored) == text


def test_mirrored_words_claim_mirrored_motion(finished: Path) -> None:
    """What the program reads out of a mirrored text is what it reads out of the text, mirrored."""
    sided = 0
    for example in load_examples(finished, DataSettings(), "sample"):
        for turn in example.turns[-1:]:
            claims, seen = read_claims(turn.text), read_claims(swap_sides(turn.text))
            assert _meaning(seen) == _meaning([_mirrored(claim) for claim in claims])
            sided += sum(claim.side in ("left", "right") for claim in claims)
    assert sided > 3


def _mirrored(claim: Claim) -> Claim:
    direction = claim.direction and swap_sides(claim.direction)
    region = claim.region and mirror(claim.region)
    return claim.model_copy(update={"side": OTHER[claim.side], "direction": direction, "region": region})


def _meaning(claims: Sequence[Claim]) -> list[str]:
    return sorted(str(claim.model_dump(exclude={"start", "end"})) for claim in claims)


def test_a_unit_with_a_side_in_its_name_is_not_mirrored(view: View) -> None:
    assert can_flip(view)
    looking = replace(view, aus=(AULabel(au=61),))
    assert not can_flip(looking)
    never = AugmentSettings(flip=1, rotation=0, brightness=0)
    assert same(augment(looking, never, np.random.default_rng(0)), looking)
    assert not same(augment(view, never, np.random.default_rng(0)), view)


# --- turning ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [90.0, 30.0, -12.0])
def test_turned_fields_are_the_displacements_of_turned_points(degrees: float) -> None:
    """A field u(x) = A x + b moves skin at x; seen turned by R, skin at R x moves by R u(x)."""
    random = np.random.default_rng(1)
    linear, constant = random.normal(0, 0.02, (2, 2)), random.normal(0, 1, 2)
    middle = (SIZE - 1) / 2
    y, x = np.mgrid[:SIZE, :SIZE] - middle
    points = np.stack([x, y], -1)  # y down
    field = points @ linear.T + constant
    view = blank(maps=np.stack([field[..., 0], field[..., 1], np.zeros_like(x)]).astype(np.float32))
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])  # counter-clockwise, y down
    expected = (points @ turn @ linear.T + constant) @ turn.T  # at p: R u(R^-1 p)
    inside = np.hypot(x, y) < middle - 2
    found = rotate(view, degrees).maps[:2].transpose(1, 2, 0)
    assert np.abs(found - expected)[inside].max() < 0.01


def test_pictures_turn_counter_clockwise() -> None:
    picture = np.zeros((3, SIZE, SIZE), np.float32)
    picture[:, SIZE // 2, -5:] = 1  # at the image's right
    turned = rotate(blank(onset=picture), 90).onset
    assert turned[0, :6].sum() > 3  # now at the top
    assert turned[0, 10:].sum() < 0.1


def test_vectors_of_regions_turn_with_the_maps() -> None:
    regions = np.zeros((30, len(FEATURES)), np.float32)
    regions[:, DX] = 1.0
    maps = np.zeros((3, SIZE, SIZE), np.float32)
    maps[0] = 1.0
    turned = rotate(blank(regions=regions, maps=maps), 30)
    assert np.allclose(turned.regions[:, [DX, DY]], [np.cos(np.pi / 6), 0.5], atol=1e-6)
    assert np.allclose(turned.maps[0], turned.regions[0, DX], atol=1e-5)
    assert np.allclose(turned.maps[1], -turned.regions[0, DY], atol=1e-5)  # records y up, maps y down


def test_strain_does_not_depend_on_the_turn() -> None:
    y, x = np.mgrid[:256, :256].astype(np.float32) - 127.5
    bump = np.exp(-(x**2 + (y - 20) ** 2) / 1800)
    flow = np.stack([2 * bump, bump], -1).astype(np.float32)
    maps = motion_maps(flow, 128)
    turned = rotate(blank(maps=maps, onset=np.zeros((3, 128, 128), np.float32)), 20).maps
    pixels = turned[:2].transpose(1, 2, 0) * (0.4 * 128 / 100)
    inside = np.hypot(*np.mgrid[-64:64, -64:64]) < 55
    assert np.abs(motion_maps(pixels, 128)[2] - turned[2])[inside].max() < 0.1 * turned[2].max()


def test_a_small_turn_and_back_is_nearly_the_clip(view: View) -> None:
    back = rotate(rotate(view, 5), -5)
    inside = np.hypot(*np.mgrid[-32:32, -32:32]) < 24
    motion = np.abs(view.maps[:2])[:, inside].mean()
    assert np.abs(back.maps - view.maps)[:2, inside].mean() < 0.25 * motion
    assert np.allclose(back.regions, view.regions, atol=1e-5)


# --- light and chance ------------------------------------------------------------------------------------------------


def test_brightness_leaves_motion_alone(view: View) -> None:
    lit = brighten(view, 1.1, 0.02)
    assert np.array_equal(lit.maps, view.maps)
    assert np.allclose(lit.texture, 1.1 * view.texture)
    assert lit.onset.max() <= 1
    assert np.allclose(lit.onset, np.clip(1.1 * view.onset + 0.02, 0, 1), atol=1e-6)


def test_the_same_generator_gives_the_same_view(view: View) -> None:
    one, other, third = (augment(view, AugmentSettings(), np.random.default_rng(s)) for s in (1, 1, 2))
    assert same(one, other)
    assert not same(one, third)
