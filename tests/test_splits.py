"""Splits are disjoint by subject, near the shares, and the same whatever the order of subjects."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from unimer.settings import SplitSettings
from unimer.splits import assign

SUBJECTS = st.lists(
    st.builds("{}/{}".format, st.sampled_from(["casme2", "samm"]), st.text("0123456789", min_size=1, max_size=3))
)
SHARES = st.tuples(*[st.floats(0, 1)] * 3).filter(lambda s: sum(s) > 0)


@given(SUBJECTS, st.integers(0, 9), st.randoms())
def test_order_and_repetition_do_not_matter(subjects: list[str], seed: int, random: object) -> None:
    shuffled = subjects * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert assign(subjects, SplitSettings(), seed) == assign(shuffled, SplitSettings(), seed)


@given(SUBJECTS, SHARES)
def test_every_subject_has_one_split_with_a_share(subjects: list[str], shares: tuple[float, float, float]) -> None:
    settings = SplitSettings(train=shares[0], validation=shares[1], test=shares[2])
    result = assign(subjects, settings, 0)
    assert set(result) == set(subjects)
    assert all(getattr(settings, split) > 0 for split in result.values())


def test_shares_and_no_empty_split() -> None:
    many = assign([f"casme2/{i:02}" for i in range(100)], SplitSettings(), 1)
    assert Counter(many.values()) == {"train": 80, "validation": 10, "test": 10}
    few = assign([f"casme2/{i:02}" for i in range(4)], SplitSettings(), 1)
    assert Counter(few.values()) == {"train": 2, "validation": 1, "test": 1}
    assert Counter(assign(["x/1"], SplitSettings(), 1).values()) == {"train": 1}


def test_the_seed_matters() -> None:
    subjects = [f"casme2/{i:02}" for i in range(30)]
    assert assign(subjects, SplitSettings(), 0) != assign(subjects, SplitSettings(), 1)
