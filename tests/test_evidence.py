"""The dual constraint on hand-made motion."""

import math

import pytest

from tests.helpers_evidence import FLOOR, SETTINGS, label, lost, motion, moves, region
from unimer.evidence import OPPOSITE, judge, weigh
from unimer.faces.regions import region_names
from unimer.facs.rules import regions_of
from unimer.facs.table import VECTORS, au_table
from unimer.records import AULabel, AUVerdict, Motion, RegionEvidence, Side, Verdict
from unimer.settings import EvidenceSettings


def verdict(subject: Motion, au: int, side: Side = "both", settings: EvidenceSettings = SETTINGS) -> AUVerdict:
    return weigh([label(au, side)], subject, settings).aus[0]


def entry(subject: Motion, name: str, *labels: AULabel) -> RegionEvidence:
    return next(r for r in weigh(list(labels), subject, SETTINGS).regions if r.region == name)


def expected_motion(au: int, size: float, side: Side = "both") -> Motion:
    """What the table says the AU does, done by its deciding regions alone."""
    rule = au_table()[au].rule
    assert rule is not None
    moving = []
    for base, direction in rule.parts.items():
        for name in regions_of(base, side):
            outward, up = VECTORS[direction]
            moving.append(region(name, size * (-outward if name.endswith("_right") else outward), size * up))
    return motion(*moving)


RULED = [unit.number for unit in au_table().values() if unit.rule is not None]
SIDED = [number for number in RULED if au_table()[number].sided]


@pytest.mark.parametrize("au", RULED)
def test_motion_as_the_table_says_is_supported_and_the_reverse_contradicted(au: int) -> None:
    supported = verdict(expected_motion(au, 1.0), au)
    contradicted = verdict(expected_motion(au, -1.0), au)

    assert (supported.verdict, contradicted.verdict) == ("supported", "contradicted")
    assert supported.projection == -contradicted.projection == pytest.approx(1.0, abs=1e-4)
    assert supported.snr == pytest.approx(10, abs=1e-3)
    assert supported.angle_error == pytest.approx(0, abs=1e-4)
    assert supported.regions == contradicted.regions != []


@pytest.mark.parametrize("au", SIDED)
def test_a_one_sided_label_is_checked_on_its_side_only(au: int) -> None:
    left_only = expected_motion(au, 1.0, "left")

    assert verdict(left_only, au, "left").verdict == "supported"
    assert verdict(left_only, au, "right").verdict == "unverified"
    assert verdict(left_only, au).verdict == "supported"
    assert all(not name.endswith("_right") for name in verdict(left_only, au).regions)


@pytest.mark.parametrize("au", RULED)
@pytest.mark.parametrize("side", ["left", "right", "both"])
def test_nothing_moves_nothing_is_supported(au: int, side: Side) -> None:
    found = verdict(motion(), au, side)
    assert found.verdict == "unverified"
    assert found.projection == 0
    assert found.observed == "no clear motion"


def test_outward_is_image_right_for_the_subjects_left() -> None:
    found = verdict(moves(mouth_corner_left=(1, 0)), 14, "left")
    assert (found.verdict, found.observed) == ("supported", "left mouth corner outward 1.0 %")
    assert verdict(moves(mouth_corner_left=(-1, 0)), 14, "left").verdict == "contradicted"
    assert verdict(moves(mouth_corner_right=(-1, 0)), 14, "right").verdict == "supported"


def test_sides_that_contradict_each_other_leave_a_two_sided_label_unverified() -> None:
    found = verdict(moves(inner_brow_left=(0, 1), inner_brow_right=(0, -1)), 1)
    assert found.verdict == "unverified"
    assert found.reason == "the two sides move in opposite directions"
    assert found.regions == []


def test_the_words_are_for_people() -> None:
    brows = moves(inner_brow_left=(0, -1.2), inner_brow_right=(0, -1.5))
    found = verdict(brows, 1)
    assert found.name == "inner brow raiser"
    assert found.expected == "inner brows up"
    assert found.observed == "left inner brow down 1.2 %, right inner brow down 1.5 %"
    assert found.reason == "the flow shows 1.5 % of the inter-ocular distance in the opposite direction"
    assert verdict(brows, 1, "left").expected == "left inner brow up"
    assert verdict(moves(chin=(0, 1)), 17).observed == "chin up 1.0 %"
    assert verdict(moves(chin=(1, 0)), 17).observed == "chin to the image's right 1.0 %"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"concentration": 0.1}, "the motion there has no common direction"),
        ({"concentration": None}, "the motion there has no common direction"),
        ({"grows": False}, "the motion does not grow from onset to apex"),
    ],
)
def test_strong_motion_that_is_not_a_movement_is_unverified(changes: dict[str, float | bool], reason: str) -> None:
    for dy in (1.0, -1.0):
        found = verdict(motion(region("chin", 0, dy, **changes)), 17)
        assert (found.verdict, found.reason) == ("unverified", reason)
    assert entry(motion(region("chin", 0, 1, **changes)), "chin", label(17)).aus == []


def test_unknown_growth_does_not_count_against_an_au() -> None:
    assert verdict(motion(region("chin", 0, 1, grows=None)), 17).verdict == "supported"


@pytest.mark.parametrize(("degrees", "wanted"), [(59, "supported"), (61, "unverified"), (90, "unverified")])
def test_the_tolerance_is_an_angle(degrees: float, wanted: Verdict) -> None:
    vector = (2 * math.sin(math.radians(degrees)), 2 * math.cos(math.radians(degrees)))
    for x in (1, -1):
        found = verdict(moves(chin=(x * vector[0], vector[1])), 17)
        assert found.verdict == wanted
        if degrees < 90:
            assert found.angle_error == pytest.approx(degrees, abs=1e-3)
    opposite = verdict(moves(chin=(vector[0], -vector[1])), 17)
    assert opposite.verdict == ("contradicted" if wanted == "supported" else "unverified")


def test_the_floor_multiple_is_the_limit() -> None:
    just = SETTINGS.floor_multiple * FLOOR
    assert verdict(moves(chin=(0, just + 1e-6)), 17).verdict == "supported"
    below = verdict(moves(chin=(0, just - 1e-6)), 17)
    assert below.verdict == "unverified"
    assert below.angle_error is None
    assert (
        verdict(moves(chin=(0, just + 1e-6)), 17, settings=EvidenceSettings(floor_multiple=4)).verdict == "unverified"
    )


def test_a_noise_floor_of_zero_is_no_division_by_zero() -> None:
    still = verdict(motion(floor=0.0), 17)
    moving = verdict(motion(region("chin", 0, 0.5), floor=0.0), 17)
    assert (still.verdict, still.snr) == ("unverified", None)
    assert (moving.verdict, moving.snr) == ("supported", None)


def test_unreliable_regions_are_unmeasurable_and_carry_no_number() -> None:
    subject = motion(lost("chin"))
    found = verdict(subject, 17)
    assert found.verdict == "unmeasurable"
    assert found.projection is found.snr is found.observed is None
    assert found.reason == "no reliable flow at the chin (residual 9.1)"
    assert entry(subject, "chin", label(17)) == RegionEvidence(region="chin", status="unmeasurable")


def test_one_reliable_side_is_enough_for_a_two_sided_label() -> None:
    subject = motion(lost("inner_brow_right"), region("inner_brow_left", 0, 1))
    assert verdict(subject, 1).verdict == "supported"
    assert verdict(subject, 1, "right").verdict == "unmeasurable"


def test_a_relative_rule_needs_what_it_is_measured_against() -> None:
    lids = motion(region("upper_lid_left", 0, 1), lost("lower_lid_left"))
    assert verdict(lids, 5, "left").verdict == "unmeasurable"


def test_an_antagonist_that_is_labelled_hides_an_au_and_does_not_refute_it() -> None:
    rising = moves(inner_brow_left=(-0.2, 1), inner_brow_right=(0.2, 1))
    alone = weigh([label(4)], rising, SETTINGS)
    both = weigh([label(4), label(1)], rising, SETTINGS)
    other_side = weigh([label(4), label(1, "left")], rising, SETTINGS)

    assert alone.aus[0].verdict == "contradicted"
    assert [v.verdict for v in both.aus] == ["unverified", "supported"]
    assert both.aus[0].reason.startswith("hidden by AU 1 (inner brow raiser)")
    assert both.aus[0].regions == []
    assert both.grounded
    # On the right nothing that is labelled raises the brow.
    assert [v.verdict for v in other_side.aus] == ["contradicted", "supported"]
    assert judge([label(4), label(1)], rising, SETTINGS) == ["contradicted", "supported"]


def test_lids_that_move_together_do_not_open() -> None:
    lifted = moves(upper_lid_left=(0, 1), lower_lid_left=(0, 1), upper_lid_right=(0, 1), lower_lid_right=(0, 1))
    assert verdict(lifted, 5).verdict == "unverified"
    assert verdict(moves(upper_lid_left=(0, 1)), 5).verdict == "supported"


def test_parting_lips_may_be_carried_by_either_lip() -> None:
    found = verdict(moves(upper_lip_left=(0, 1), upper_lip_right=(0, 1)), 25)
    assert found.verdict == "supported"
    assert set(found.regions) == {"upper_lip_left", "upper_lip_right"}
    assert verdict(moves(upper_lip_left=(0, -1), upper_lip_right=(0, -1)), 25).verdict == "contradicted"


def test_corners_left_behind_by_a_rising_lip_are_not_corners_that_move_down() -> None:
    rising = moves(lower_lip_left=(0, 1), lower_lip_right=(0, 1))
    found = verdict(rising, 15)
    assert found.projection == 1
    assert found.verdict == "unverified"
    assert found.reason == "no single region moves clearly"


@pytest.mark.parametrize("au", [6, 20, 23, 56, 61, 99])
def test_aus_without_a_usable_rule_are_unobservable(au: int) -> None:
    found = verdict(moves(cheek_left=(0, 2), mouth_corner_left=(2, 0)), au)
    assert found.verdict == "unobservable"
    assert found.measure == "none"
    assert found.projection is None
    assert found.reason


def test_a_clip_is_grounded_by_support_without_contradiction() -> None:
    subject = moves(chin=(0, 1), inner_brow_left=(0, -1), inner_brow_right=(0, -1))
    assert weigh([label(17)], subject, SETTINGS).grounded
    assert weigh([label(17), label(6), label(12)], subject, SETTINGS).grounded
    assert not weigh([label(17), label(1)], subject, SETTINGS).grounded
    assert not weigh([label(12)], subject, SETTINGS).grounded
    assert not weigh([], subject, SETTINGS).grounded


def test_motion_that_no_supported_au_explains_is_listed() -> None:
    subject = moves(chin=(0, 1), outer_brow_left=(0, 1), lower_lip_left=(0, 0.5), lower_lip_right=(0, -0.5))
    evidence = weigh([label(17), label(2, "right")], subject, SETTINGS)
    regions = {r.region: r for r in evidence.regions}

    assert regions["chin"].aus == [17]
    assert regions["lower_lip_left"].aus == [17]  # the chin raiser lifts the lower lip as well
    assert regions["lower_lip_right"].aus == []  # but does not lower it
    assert regions["outer_brow_left"].aus == []  # AU 2 is labelled on the right only
    assert evidence.unexplained == ["outer_brow_left", "lower_lip_right"]


def test_an_unsupported_au_explains_nothing() -> None:
    evidence = weigh([label(1, "right")], moves(middle_brow_right=(0, 1)), SETTINGS)
    assert evidence.aus[0].verdict == "unverified"
    assert evidence.unexplained == ["middle_brow_right"]


def test_one_region_may_have_two_explanations() -> None:
    brows = moves(inner_brow_left=(0, 1), outer_brow_left=(0, 1), middle_brow_left=(0, 1))
    assert entry(brows, "middle_brow_left", label(1), label(2)).aus == [1, 2]


def test_the_regions_of_the_evidence() -> None:
    scattered = region("jaw_left", 0, 1, concentration=0.1)
    subject = motion(
        region("chin", 0, 2.6, frame=7),
        region("cheek_left", 1, 1),
        region("cheek_right", 0.5, 0),
        region("jaw_right", 0.2, 0),
        scattered,
    )
    evidence = weigh([], subject, SETTINGS)
    regions = {r.region: r for r in evidence.regions}

    assert list(regions) == region_names()
    assert (regions["chin"].strength, regions["chin"].octant, regions["chin"].frame) == ("strong", "up", 7)
    assert (regions["cheek_left"].strength, regions["cheek_left"].octant) == ("moderate", "up-right")
    assert (regions["cheek_right"].strength, regions["cheek_right"].degrees) == ("slight", 0)
    assert (regions["jaw_right"].status, regions["jaw_right"].magnitude) == ("still", 0.2)
    assert regions["jaw_right"].octant is regions["jaw_right"].strength is None
    assert (regions["jaw_left"].status, regions["jaw_left"].octant, regions["jaw_left"].degrees) == (
        "moved",
        None,
        None,
    )


def test_labels_keep_their_order_side_and_source() -> None:
    labels = [
        AULabel(au=17, source="blendshapes", score=0.4),
        AULabel(au=1, side="left"),
        AULabel(au=1, side="right", doubtful=True),
    ]
    verdicts = weigh(labels, moves(inner_brow_left=(0, 1)), SETTINGS).aus
    assert [(v.au, v.side, v.source) for v in verdicts] == [(x.au, x.side, x.source) for x in labels]
    assert [v.verdict for v in verdicts] == ["unverified", "supported", "unverified"]


def test_every_direction_has_an_opposite() -> None:
    assert set(OPPOSITE) == set(VECTORS)
    assert all(OPPOSITE[OPPOSITE[direction]] == direction for direction in OPPOSITE)


def test_a_doubtful_label_of_a_program_is_never_supported() -> None:
    lip = moves(upper_lip_left=(0, 2), upper_lip_right=(0, 2))
    verdicts = {
        source: weigh([AULabel(au=10, source=source, doubtful=True)], lip, SETTINGS).aus[0]
        for source in ("annotation", "blendshapes")
    }
    assert verdicts["annotation"].verdict == "supported"
    assert verdicts["blendshapes"].verdict == "unverified"
    assert verdicts["blendshapes"].reason == "the detector itself is not sure of this label"
