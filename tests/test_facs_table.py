"""The AU table is complete and consistent with the regions."""

import math
from pathlib import Path

import pytest

from unimer.faces.regions import base_of, region_names
from unimer.facs.table import VECTORS, au_name, au_table

IN_CORPORA = [1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 38, 39]
IN_CORPORA += [43, 45, 56, 61, 62]
# The 25 names of the ME-VQA challenges.
ME_VQA = """inner brow raiser, outer brow raiser, brow lowerer, upper lid raiser, cheek raiser, lid tightener,
eye closure, eyes left, nose wrinkler, upper lip raiser, lip corner puller, dimpler, lip corner depressor,
lower lip depressor, chin raiser, lip stretcher, lip tightener, lip pressor, lips part, jaw drop, jaw clencher,
neck tightener, nostril compress, nostril dilater, tilt right"""


def test_every_au_of_the_corpora_has_a_row() -> None:
    assert set(IN_CORPORA) <= set(au_table())
    assert list(au_table()) == sorted(au_table())


def test_every_name_of_me_vqa_is_known_and_no_name_is_used_twice() -> None:
    names = [name for unit in au_table().values() for name in (unit.name, *unit.aliases)]
    assert len(names) == len(set(names))
    assert {" ".join(name.split()) for name in ME_VQA.split(",")} <= set(names)


def test_a_number_outside_the_table_still_has_a_name() -> None:
    assert au_name(12) == "lip corner puller"
    assert au_name(99) == "AU 99"


@pytest.mark.parametrize("unit", au_table().values(), ids=lambda unit: f"AU{unit.number}")
def test_rows_are_consistent(unit) -> None:  # type: ignore[no-untyped-def]
    bases = {base_of(region) for region in region_names()}
    lateral = {base_of(region) for region in region_names() if base_of(region) != region}
    directions = dict(unit.accompanying)
    if unit.rule is None:
        assert unit.reliability == "unobservable"
        assert unit.why
        assert unit.auc is None
    else:
        assert unit.expected
        assert unit.expected_one
        assert unit.source
        assert unit.why is None
        directions |= unit.rule.parts
        assert (unit.rule.measure == "relative") == bool(unit.rule.against)
        assert set(unit.rule.against) <= bases - set(unit.rule.parts)
        assert not set(unit.rule.parts) & set(unit.accompanying)
        grade = "untested" if (unit.clips or 0) < 5 else "good" if unit.auc >= 0.9 and unit.clips >= 10 else "fair"
        assert unit.reliability == grade
    assert set(directions) <= bases
    assert set(directions.values()) <= set(VECTORS)
    assert all(direction in ("up", "down") for base, direction in directions.items() if base not in lateral)


def test_directions_are_unit_vectors_and_opposites_cancel() -> None:
    for x, y in VECTORS.values():
        assert math.hypot(x, y) == pytest.approx(1)
    assert sum(x for x, _ in VECTORS.values()) == pytest.approx(0)
    assert sum(y for _, y in VECTORS.values()) == pytest.approx(0)


def test_the_documentation_shows_the_table_as_it_is() -> None:
    path = Path(__file__).parents[1] / "docs" / "evidence.md"
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in path.read_text(encoding="utf-8").splitlines()]
    shown = {int(row[0]): row for row in rows if row and row[0].isdigit()}
    assert set(shown) == set(au_table())
    for number, unit in au_table().items():
        if unit.rule is None:
            assert shown[number] == [str(number), unit.name, unit.why]
        else:
            expected = [str(number), unit.name, unit.expected, unit.rule.measure, str(unit.clips or 0)]
            assert [*shown[number][:5], shown[number][7]] == [*expected, unit.reliability]
            assert shown[number][5].split(" ")[0] == ("–" if unit.auc is None else f"{unit.auc:.2f}")
