from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from unimer.facs.grammar import format_aus, parse
from unimer.records import AULabel

# What every kind of AU cell in the public tables means, written by hand: the cell, its AUs in the common syntax (a
# question mark is "doubtful"; alternatives are), free text.
CELLS = [
    # CASME II
    ("4", "4", []),
    ("4+7", "4+7", []),
    ("L10", "L10", []),
    ("R12", "R12", []),
    ("4+L10", "4+L10", []),
    # SAMM
    ("12A", "12A", []),
    ("10A/B", "10(A/B)", []),
    ("A/L12", "L12", []),
    ("A12+A7", "12+7", []),
    ("7B+ ref(43)", "7B+43", []),
    ("ref(7B)+43C", "7B+43C", []),
    ("ref(L10)+A12B", "L10+12B", []),
    ("(R6 or R12)+R15", "R6?+R12?+R15", []),
    ("(R6 or R12) + R15", "R6?+R12?+R15", []),
    ("L12 or L14", "L12?+L14?", []),
    ("R14A or 17A or 24A", "R14A?+17A?+24A?", []),
    ("T18+39", "18+39", []),
    ("4+13+T18+39", "4+13+18+39", []),
    ("B18+25", "18+25", []),
    ("R14+17+soft focus", "R14+17", ["soft focus"]),
    ("L12 + 61", "L12+61", []),
    ("12+15 ", "12+15", []),
    ("T23", "23", []),
    # SAMM long videos
    ("4(B/C)+7B", "4(B/C)+7B", []),
    ("(L/A)12(B/A)", "L12(B/A)", []),
    ("(A/R)12", "R12", []),
    ("A(4B/C)+5B", "4(B/C)+5B", []),
    ("26+ADR30", "26+R30", []),
    ("12B+24(A/B)", "12B+24(A/B)", []),
    ("ref(12/14)", "12?+14?", []),
    ("9A ref (L12 or L10)", "9A+L12?+L10?", []),
    ("6C/D+ref(7)12E+25", "6(C/D)+7+12E+25", []),
    ("7A/B+L10A/B)+ref(11)+12C", "7(A/B)+L10(A/B)+11+12C", []),
    ("31?", "31?", []),
    ("12B ?", "12B?", []),
    ("24 or 31 or 80", "24?+31?+80?", []),
    ("80 (big swallow) ", "80", ["big swallow"]),
    ("Ref(14)", "14", []),
    ("Chewing", "", ["Chewing"]),
    ("reaction?", "", ["reaction?"]),
    ("4+glare", "4", ["glare"]),
    ("7D+all of the above", "7D", ["all of the above"]),
    ("double 45", "45", ["double"]),
    ("(loses 1+2) or (4(B/C))", "1?+2?+4(B/C)?", ["loses"]),
    ("twice - L1B+L2B+25", "L1B+L2B+25", ["twice"]),
    ("subject do 2x  R2(C and then B)", "R2", ["subject do 2x", "C and then B"]),
    # CAS(ME)^3 parts A and C
    ("T28+14", "28+14", []),
    ("B23", "23", []),
    ("24+T18+16", "24+18+16", []),
    ("r18", "R18", []),
    ("12+15+B28+B28", "12+15+28", []),
    ("R4,5", "R4+5", []),
    ("14,L24,", "14+L24", []),
    ("4，11", "4+11", []),
    ("13?", "13?", []),
    # DFME
    ("4+7+AD38", "4+7+38", []),
    ("1+2+5+M58", "1+2+5+58", []),
    # Not in the tables, but people write it
    ("AU4+AU12", "4+12", []),
    ("AU 12", "12", []),
    ("12or14", "12?+14?", []),
    ("(4+7)B", "4B+7B", []),
    ("(4+)B+5", "4B+5", []),
    ("L(4+7)", "L4+L7", []),
    ("L12+R12", "L12+R12", []),
    ("((((4", "4", []),
    # A side before or behind the number, as a letter or a word
    ("12R", "R12", []),
    ("12L", "L12", []),
    ("12 L", "L12", []),
    ("12l", "L12", []),
    ("l 12", "L12", []),
    ("12-L", "L12", []),
    ("AU12_L", "L12", []),
    ("12 (left)", "L12", []),
    ("12 left", "L12", []),
    ("left 12", "L12", []),
    ("(left) 12", "L12", []),
    ("left AU12", "L12", []),
    ("LAU12", "L12", []),
    ("12 Right side+4", "R12+4", []),
    ("12(r)?", "R12?", []),
    ("12L 14R", "L12+R14", []),
    ("L 12 R 14", "L12+R14", []),
    ("12 (left) or 14 (right)", "L12?+R14?", []),
    ("12L/R14", "L12?+R14?", []),
    ("12A/L", "L12", []),
    ("12 (A/L)", "L12", []),
    ("12BL", "L12B", []),
    ("12L(B)", "L12B", []),
    ("12LR", "12", []),
    ("(4+7) left", "L4+L7", []),
    ("left (4+7)", "L4+L7", []),
    ("left: 4+7", "L4+L7", []),
    ("L: 4; 12", "L4+12", []),
    ("左12+12（右）", "L12+R12", []),
    ("12 more on the left", "L12?", ["more on the left"]),
    ("12, left", "L12?", []),
    ("left, 12", "L12", []),
    ("L12+R", "12?", []),
    ("4 L 10", "", ["4 L 10"]),
    ("4(L)10", "", ["4(L)10"]),
    ("12LB", "", ["12LB"]),
    ("AU12_r", "12", ["_r"]),  # OpenFace: regression
    ("61 (looks left)", "61", ["looks left"]),
    # Names, words between, full-width characters
    ("AU4 (brow lowerer)", "4", []),
    ("AU12 (Lip Corner Puller, left)+6", "L12+6", []),
    ("4 (cheek raiser)", "4", ["cheek raiser"]),
    ("4 and 7", "4+7", []),
    ("R12 and L14", "R12+L14", []),
    ("4 and glare", "4", ["and glare"]),
    ("4 & 7、9", "4+7+9", []),
    ("４+７", "4+7", []),
    ("４＋Ｌ７？", "4+L7?", []),
    # A number with a minus sign
    ("-1", "", []),
    ("-1.0", "", []),
    ("−1", "", []),
    ("-1+4", "4", ["-1"]),
    ("4,-12", "4", ["-12"]),
    ("4-7", "4", ["-7"]),
    ("- 12", "", ["- 12"]),
    ("/", "", []),
    ("", "", []),
    ("100", "", ["100"]),
    ("0", "", ["0"]),
]


@pytest.mark.parametrize(("cell", "aus", "unparsed"), CELLS, ids=[cell for cell, _, _ in CELLS])
def test_cell(cell: str, aus: str, unparsed: list[str]) -> None:
    parsed = parse(cell)
    assert format_aus(parsed.items) == aus
    assert parsed.unparsed == unparsed
    assert parsed.excluded == []
    assert not parsed.unknown


def test_labels_in_full() -> None:
    assert parse("R12B+4?").items == [
        AULabel(au=12, side="right", source="annotation", intensity="B", doubtful=False),
        AULabel(au=4, side="both", source="annotation", intensity=None, doubtful=True),
    ]


def test_b28_is_a_lip_and_28b_an_intensity() -> None:
    assert parse("B28").items == [AULabel(au=28)]
    assert parse("28B").items == [AULabel(au=28, intensity="B")]
    assert parse("B28B").items == [AULabel(au=28, intensity="B")]
    assert parse("28L").items == [AULabel(au=28, side="left")]
    assert parse("28BL").items == [AULabel(au=28, side="left", intensity="B")]


def test_the_prefix_au_is_not_the_side_a() -> None:
    assert parse("AU4").items == [AULabel(au=4)]
    assert parse("AUR2").items == [AULabel(au=2, side="right")]


@pytest.mark.parametrize("cell", ["?", " ? ", "??"])
def test_question_mark_alone_is_an_unknown_au(cell: str) -> None:
    parsed = parse(cell)
    assert parsed.unknown
    assert parsed.items == parsed.unparsed == []


def test_numbers_and_nothing() -> None:
    assert format_aus(parse(12).items) == "12"
    assert parse(None).items == []


@pytest.mark.parametrize(
    ("policy", "items", "excluded"),
    [("all", "R6?+R12?+R15", ""), ("first", "R6+R15", "R12"), ("none", "R15", "R6+R12")],
)
def test_alternatives(policy: str, items: str, excluded: str) -> None:
    parsed = parse("(R6 or R12)+R15", alternatives=policy)  # type: ignore[arg-type]
    assert (format_aus(parsed.items), format_aus(parsed.excluded)) == (items, excluded)


def test_kept_aus_do_not_move() -> None:
    for kept, items, excluded in ((False, "R2+45", "12"), (True, "R2+12+45", "")):
        parsed = parse("AUR2+12(k)+45", kept=kept)
        assert (format_aus(parsed.items), format_aus(parsed.excluded)) == (items, excluded)
    parsed = parse("AU4(k)+L7")
    assert (format_aus(parsed.items), format_aus(parsed.excluded)) == ("L7", "4")


def test_references_can_be_left_out() -> None:
    parsed = parse("7B+ ref(43)", references=False)
    assert (format_aus(parsed.items), format_aus(parsed.excluded)) == ("7B", "43")


def test_format_leaves_out_what_is_not_a_grade() -> None:
    assert format_aus([AULabel(au=12, intensity="0.8")]) == "12"


# --- Properties ------------------------------------------------------------------------------------------------------

TOKENS = ["4", "12", "99", "100", "L", "R", "A", "B", "T", "AU", "AD", "M", "+", ",", "，", " ", "/", "or", "ref", "("]
TOKENS += [
    ")",
    "(k)",
    "?",
    "A/B",
    "(C)",
    "C",
    "x",
    "glare",
    "é",
    "٣",
    "\n",
    "l",
    "left",
    "(right)",
    "and",
    "-",
    ":",
    ";",
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(TOKENS), max_size=25).map("".join))


@given(TEXTS)
def test_any_string_gives_a_result_that_reads_back(text: str) -> None:
    parsed = parse(text)
    assert parse(format_aus(parsed.items)).items == parsed.items
    keys = [(label.au, label.side) for label in parsed.items]
    assert len(set(keys)) == len(keys)


@given(TEXTS)
def test_nothing_with_a_digit_disappears(text: str) -> None:
    """Each digit of the text is in an AU, in a left-out AU or in the text that was not understood."""
    assume(not re.fullmatch(r"\s*[-−–﹣]\s*1(\.0+)?\s*", text))  # nothing is annotated
    parsed = parse(text, alternatives="all")
    found = "".join(parsed.unparsed) + "".join(str(label.au) for label in parsed.items + parsed.excluded)
    assert {char for char in text if char in "123456789"} <= set(found)


SIDES = st.sampled_from(["left", "right", "both"])
GRADES = st.sampled_from([None, "A", "E", "B/C"])
LABELS = st.builds(AULabel, au=st.integers(1, 99), side=SIDES, intensity=GRADES, doubtful=st.booleans())


@given(st.sampled_from(["left", "right"]), st.integers(1, 49), st.sampled_from(["", "4+", "x "]), st.data())
def test_a_one_sided_label_never_becomes_both(side: str, au: int, before: str, data: st.DataObject) -> None:
    """However a single AU and its side are written, it is read as one-sided or not at all."""
    word = data.draw(st.sampled_from([side, side.title(), side[0], side[0].upper(), f"({side})", f"{side} side"]))
    blank = data.draw(st.sampled_from(["", " ", "  ", ": ", ", "]))
    parts = data.draw(st.permutations([f"{data.draw(st.sampled_from(['', 'AU', 'AU ']))}{au}", word]))
    assume(not (before and blank == ", " and parts[0] == word))  # the side of what stands before
    text = before + blank.join(parts)
    assert all(label.side == side for label in parse(text).items if label.au == au and au != 4), text


@given(st.lists(LABELS, max_size=8, unique_by=lambda label: (label.au, label.side)))
def test_parse_undoes_format(labels: list[AULabel]) -> None:
    assert parse(format_aus(labels)).items == labels


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "4",
        "4or" * 5000,
        " " * 20000 + "x",
        "4 L " * 5000,
        "4(" * 5000,
        "and " * 5000,
        "4" + " " * 20000 + "4",
        "ref(" * 3000,
        "L" * 20000,
    ],
)
def test_long_strings_neither_raise_nor_hang(text: str) -> None:
    assert parse(text).items == parse(text).items
