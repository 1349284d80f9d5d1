"""Properties of the dual constraint that hold for any motion."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers_evidence import FLOOR, SETTINGS, label, lost, mirrored, motion, region
from unimer.evidence import weigh
from unimer.faces.regions import mirror, region_names
from unimer.facs.table import au_table
from unimer.records import AULabel, Evidence, Motion, Side

OTHER: dict[Side, Side] = {"left": "right", "right": "left", "both": "both"}
NUMBERS = list(au_table())
size = st.floats(-3, 3, allow_nan=False)


@st.composite
def motions(draw: st.DrawFn) -> Motion:
    """Any motion of a few regions, some of them unreliable, incoherent or not growing."""
    names = draw(st.lists(st.sampled_from(region_names()), unique=True, max_size=12))
    return motion(
        *(
            lost(name)
            if draw(st.booleans()) and draw(st.booleans())
            else region(
                name,
                draw(size),
                draw(size),
                concentration=draw(st.sampled_from([0.1, 0.9])),
                grows=draw(st.sampled_from([True, False, None])),
            )
            for name in names
        )
    )


labels = st.lists(st.builds(label, st.sampled_from(NUMBERS), st.sampled_from(["left", "right", "both"])), max_size=6)


def _verdicts(evidence: Evidence, flip: bool) -> list[tuple[object, ...]]:
    return [
        (v.au, OTHER[v.side] if flip else v.side, v.verdict, v.projection, v.angle_error, sorted(regions))
        for v in evidence.aus
        for regions in [map(mirror, v.regions) if flip else v.regions]
    ]


def _regions(evidence: Evidence, flip: bool) -> dict[str, tuple[object, ...]]:
    return {
        mirror(r.region) if flip else r.region: (r.status, r.magnitude, r.strength, r.aus) for r in evidence.regions
    }


@given(subject=motions(), said=labels)
@settings(max_examples=150, deadline=None)
def test_a_mirrored_face_with_mirrored_labels_gives_mirrored_evidence(subject: Motion, said: list[AULabel]) -> None:
    evidence = weigh(said, subject, SETTINGS)
    turned = weigh([x.model_copy(update={"side": OTHER[x.side]}) for x in said], mirrored(subject), SETTINGS)

    assert _verdicts(turned, flip=True) == _verdicts(evidence, flip=False)
    assert _regions(turned, flip=True) == _regions(evidence, flip=False)
    assert sorted(mirror(name) for name in turned.unexplained) == sorted(evidence.unexplained)
    assert turned.grounded == evidence.grounded


@given(subject=motions(), said=labels)
@settings(max_examples=150, deadline=None)
def test_the_evidence_is_consistent_in_itself(subject: Motion, said: list[AULabel]) -> None:
    evidence = weigh(said, subject, SETTINGS)
    entries = {r.region: r for r in evidence.regions}
    supported = {v.au for v in evidence.aus if v.verdict == "supported"}

    for verdict in evidence.aus:
        assert bool(verdict.regions) == (verdict.verdict in ("supported", "contradicted"))
        assert all(entries[name].status == "moved" for name in verdict.regions)
        if verdict.verdict == "supported":
            assert verdict.projection is not None
            assert verdict.projection > 0
            assert all(verdict.au in entries[name].aus for name in verdict.regions)
    for name, entry in entries.items():
        assert set(entry.aus) <= supported
        assert (name in evidence.unexplained) == (entry.status == "moved" and not entry.aus)
        assert entry.status != "unmeasurable" or entry.magnitude is entry.octant is entry.strength is None


def test_noise_alone_supports_hardly_anything() -> None:
    """1000 clips in which nothing moves; a component's standard deviation is the noise floor."""
    generator = random.Random(7)
    everything = [label(number) for number, unit in au_table().items() if unit.rule is not None]
    passed, grounded = dict.fromkeys((x.au for x in everything), 0), 0
    for _ in range(1000):
        noise = [region(name, generator.gauss(0, FLOOR), generator.gauss(0, FLOOR)) for name in region_names()]
        evidence = weigh(everything, motion(*noise), SETTINGS)
        for verdict in evidence.aus:
            passed[verdict.au] += verdict.verdict == "supported"
        grounded += evidence.grounded
    assert max(passed.values()) <= 10, passed
    assert sum(passed.values()) <= 50
    assert grounded < 50
