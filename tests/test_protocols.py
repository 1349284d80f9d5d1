"""Protocols: exactly the published clips and classes, nobody in training and test, the same bytes every time."""

from __future__ import annotations

from collections import Counter
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unimer.errors import InputError, SettingsError
from unimer.folds import joined
from unimer.protocols import Division, Protocol, class_of, divide, protocol, protocols
from unimer.records import Clip, FrameSource

Item = tuple[str, Clip]


def clip(reader: str, subject: str, name: str, *, corpus: str | None = None, **fields: object) -> Item:
    """A clip as a reader would return it."""
    corpus = corpus or reader
    source = FrameSource(kind="folder", path=f"{subject}/{name}")
    data = {"id": f"{corpus}/{subject}/{name}", "corpus": corpus, "subject": subject, "clip": name, "frames": source}
    return reader, Clip.model_validate({**data, **fields})


def spread(
    reader: str, counts: dict[str, int], subjects: list[str], field: str = "emotion", **more: object
) -> list[Item]:
    """That many clips of each label, dealt out to the subjects."""
    turns = cycle(subjects)
    labels = [label for label, n in counts.items() for _ in range(n)]
    return [clip(reader, next(turns), f"c{i}_{x}", **{field: x}, **more) for i, x in enumerate(labels)]


def numbered(pattern: str, n: int, first: int = 1) -> list[str]:
    return [pattern.format(i) for i in range(first, first + n)]


# --- the corpora, with the distributions of their coding files -------------------------------------------------------


def casme2(coding: str = "2014", **more: object) -> list[Item]:
    """All 255 clips: those that protocols name by name, and the rest. sub10 and sub18 show others and fear only."""
    moved = "sadness" if coding == "2014" else "surprise"
    named = [
        clip("casme2", "sub04", "EP12_01f", emotion="disgust", **more),
        clip("casme2", "sub05", "EP09_05f", emotion="disgust", **more),
        clip("casme2", "sub05", "EP12_03f", emotion="surprise", **more),
        *(clip("casme2", "sub24", name, emotion=moved, **more) for name in ("EP07_01", "EP07_04f", "EP10_03")),
    ]
    subjects = numbered("sub{:02}", 26)
    silent = spread("casme2", {"others": 40, "fear": 2}, ["sub10", "sub18"], **more)
    rest = {"disgust": 61, "happiness": 32, "repression": 27, "surprise": 24, "others": 59, "sadness": 4}
    return named + silent + spread("casme2", rest, [x for x in subjects if x not in ("sub10", "sub18")], **more)


def samm() -> list[Item]:
    """All 159: 025 shows others only, 024 and 036 disgust only."""
    few = [clip("samm", "025", f"o{i}", emotion="others") for i in range(4)]
    few += [clip("samm", subject, "d", emotion="disgust") for subject in ("024", "036")]
    counts = {"anger": 57, "others": 22, "happiness": 26, "surprise": 15, "contempt": 12}
    counts |= {"disgust": 7, "fear": 8, "sadness": 6}
    left = [x for x in numbered("{:03}", 32, 6) if x not in ("008", "027", "029", "024", "025", "036")]
    return few + spread("samm", counts, left)


def smic() -> list[Item]:
    hs = spread("smic", {"negative": 70, "positive": 51, "surprise": 43}, numbered("s{:02}", 16), part="hs")
    return hs + [clip("smic", "s20", f"vis{i}", emotion="negative", part="vis") for i in range(71)]


CASME3 = {"disgust": 250, "surprise": 187, "others": 161, "fear": 86, "anger": 64, "sadness": 57, "happiness": 55}
MMEW = {"surprise": 89, "disgust": 72, "others": 66, "happiness": 36, "fear": 16, "sadness": 13, "anger": 8}
DFME = {
    "train": ([548, 298, 278, 265, 206, 161, 100], 176),
    "test_a": ([129, 101, 46, 62, 63, 39, 34], 42),
    "test_b": ([58, 48, 35, 38, 42, 41, 37], 41),
}
DFME_ORDER = ["disgust", "surprise", "sadness", "fear", "happiness", "anger", "contempt"]


def casme3() -> list[Item]:
    macro = [clip("casme3_a", "spNO.1", f"macro{i}", emotion="happiness", expression="macro") for i in range(3)]
    return spread("casme3_a", CASME3, numbered("spNO.{}", 94)) + macro


def dfme() -> list[Item]:
    items, first = [], 1
    for part, (counts, persons) in DFME.items():
        named = dict(zip(DFME_ORDER, counts, strict=True))
        items += spread("dfme", named, numbered("sub{:04}", persons, first), part=part)
        first += persons
    return items


def objective() -> list[Item]:
    casme2 = {"1": 25, "2": 15, "3": 99, "4": 26, "5": 20, "6": 1, "7": 69}
    samm = {"1": 24, "2": 13, "3": 20, "4": 8, "5": 3, "6": 7, "7": 84}
    items = spread("casme2", casme2, numbered("sub{:02}", 26), "objective_class")
    return items + spread("samm", samm, numbered("{:03}", 21, 6), "objective_class")


GIVEN = {
    "megc2019": lambda: casme2() + samm() + smic(),
    "megc2019-meb": lambda: casme2() + samm() + smic(),
    "megc2018": objective,
    "megc2018-hde": objective,
    "casme2-5": casme2,
    "samm-5": samm,
    "smic-3": smic,
    "casme3-3": casme3,
    "casme3-4": casme3,
    "casme3-7": casme3,
    "mmew-3": lambda: spread("mmew", MMEW, numbered("S{:02}", 30)),
    "mmew-4": lambda: spread("mmew", MMEW, numbered("S{:02}", 30)),
    "mmew-6": lambda: spread("mmew", MMEW, numbered("S{:02}", 30)),
    "dfme": dfme,
}
# Clips, folds and the classes of all corpora together, as the literature states them.
PUBLISHED = {
    "megc2019": (442, 68, {"negative": 250, "positive": 109, "surprise": 83}),
    "megc2019-meb": (442, 68, {"negative": 251, "positive": 109, "surprise": 82}),
    "megc2018": (253, 47, {"I": 49, "II": 28, "III": 119, "IV": 34, "V": 23}),
    "megc2018-hde": (253, 2, {"I": 49, "II": 28, "III": 119, "IV": 34, "V": 23}),
    "casme2-5": (246, 26, {"others": 99, "disgust": 63, "happiness": 32, "repression": 27, "surprise": 25}),
    "samm-5": (136, 27, {"anger": 57, "contempt": 12, "happiness": 26, "surprise": 15, "others": 26}),
    "smic-3": (164, 16, {"negative": 70, "positive": 51, "surprise": 43}),
    "casme3-3": (699, 94, {"negative": 457, "positive": 55, "surprise": 187}),
    "casme3-4": (860, 94, {"negative": 457, "positive": 55, "surprise": 187, "others": 161}),
    "casme3-7": (860, 94, CASME3),
    "mmew-3": (234, 30, {"negative": 109, "positive": 36, "surprise": 89}),
    "mmew-4": (263, 30, {"disgust": 72, "happiness": 36, "surprise": 89, "others": 66}),
    "mmew-6": (234, 30, {k: n for k, n in MMEW.items() if k != "others"}),
    "dfme": (2629, 2, dict(zip(DFME_ORDER, [735, 447, 359, 365, 311, 241, 171], strict=True))),
}


def test_every_protocol_with_published_counts_is_tested() -> None:
    assert set(PUBLISHED) == set(GIVEN) == {name for name, each in protocols().items() if each.readers}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_counts(name: str) -> None:
    items = GIVEN[name]()
    division = divide(protocol(name), items)
    assert division.findings == []
    clips, folds, classes = PUBLISHED[name]
    assert (len(division.members), len(division.folds)) == (clips, folds)
    assert Counter(each.label for each in division.members) == classes
    assert clips + sum(sum(row.left_out.values()) for row in division.rows) == len(items)
    check_folds(division)
    if name != "dfme":
        assert Counter(each for fold in division.folds for each in fold.test) == Counter(division.members)


def check_folds(division: Division) -> None:
    for fold in division.folds:
        assert fold.train
        assert fold.test
        assert not {each.person for each in fold.train} & {each.person for each in fold.test}


# --- membership ------------------------------------------------------------------------------------------------------


def casme2_of(division: Division) -> set[str]:
    return {each.clip_id for each in division.members if each.group == "casme2"}


def test_megc2019_has_the_same_clips_with_either_coding() -> None:
    old, new = (divide(protocol("megc2019"), casme2(coding) + samm() + smic()) for coding in ("2014", "2019"))
    assert casme2_of(old) == casme2_of(new)
    assert new.findings == []
    left = next(row for row in new.rows if row.name == "casme2").left_out
    assert left["left out by name (sadness in the coding of 2014)"] == 3


def test_megc2019_of_meb_differs_in_one_clip() -> None:
    items = casme2() + samm() + smic()
    official, meb = (casme2_of(divide(protocol(name), items)) for name in ("megc2019", "megc2019-meb"))
    assert official - meb == {"casme2/sub05/EP12_03f"}
    assert meb - official == {"casme2/sub05/EP09_05f"}


def test_both_codings_of_casme2_have_published_counts() -> None:
    found = [divide(protocol("casme2-5"), casme2(coding)) for coding in ("2014", "2019")]
    assert [len(each.members) for each in found] == [246, 249]
    assert [each.rows[0].published.of for each in found if each.rows[0].published] == [
        "coding of 2014",
        "coding of 2019",
    ]
    assert [each.findings for each in found] == [[], []]


def test_a_missing_clip_and_a_known_other_set_are_findings() -> None:
    short = [item for item in casme2() if item[1].id != "casme2/sub05/EP12_03f"]
    (finding,) = divide(protocol("casme2-5"), short).findings
    assert "surprise 24 = 245 clips of 26 persons, but published (coding of 2014)" in finding
    drop = {"negative": 70 - 65, "surprise": 43 - 41}
    extended = []
    for item in smic():
        if item[1].part == "hs" and drop.get(item[1].emotion or "", 0):
            drop[item[1].emotion or ""] -= 1
        else:
            extended.append(item)
    (finding,) = divide(protocol("smic-3"), extended).findings
    assert "these are the numbers of SMIC-E HS" in finding


def test_a_missing_person_is_a_finding() -> None:
    items = [
        clip("smic", "s01" if x.subject == "s02" else x.subject, x.clip, emotion=x.emotion, part=x.part)
        for _, x in smic()
    ]
    (finding,) = divide(protocol("smic-3"), items).findings
    assert "of 15 persons" in finding


def test_class_of_a_single_clip() -> None:
    megc = protocol("megc2019")
    assert class_of(megc, *clip("samm", "006", "006_1_2", corpus="mine", emotion="anger")) == "negative"
    assert class_of(megc, *clip("samm", "006", "006_1_2", emotion="others")) is None
    assert class_of(megc, *clip("dfme", "sub0001", "sub0001_01", emotion="anger")) is None
    assert class_of(megc, *clip("casme2", "sub04", "EP12_01f", emotion="disgust")) is None
    assert class_of(megc, *clip("samm", "006", "006_1_3", emotion="anger", expression="macro")) is None


def test_others_of_samm_and_of_casme2_are_both_left_out() -> None:
    division = divide(protocol("megc2019"), casme2() + samm() + smic())
    left = {row.name: row.left_out for row in division.rows}
    assert left["samm"] == {"emotion others": 26}
    assert left["casme2"]["emotion others"] == 99
    assert left["smic/vis"] == {"no part of the protocol": 71}


# --- errors ----------------------------------------------------------------------------------------------------------


def test_a_needed_corpus_is_missing() -> None:
    with pytest.raises(SettingsError, match="megc2019 needs samm, smic\n  Given: casme2"):
        divide(protocol("megc2019"), casme2())
    with pytest.raises(SettingsError, match="needs casme2"):
        divide(protocol("casme2-5"), [])


def test_no_clip_is_left() -> None:
    with pytest.raises(InputError, match=r"no clip of casme2 .* 255 no objective class(.|\n)*ObjectiveClasses.xlsx"):
        divide(protocol("megc2018"), casme2() + objective()[255:])
    with pytest.raises(InputError, match="no clip of smic is left for smic-3: 71 no part of the protocol"):
        divide(protocol("smic-3"), [item for item in smic() if item[1].part == "vis"])
    with pytest.raises(InputError, match=r"no clip of these corpora .* 2 no emotion"):
        divide(protocol("loso"), [clip("generic", name, "x") for name in "ab"])


def test_too_few_for_folds() -> None:
    one = [clip("generic", "anna", f"c{i}", emotion="anger", emotion_coarse="negative") for i in range(3)]
    for name, message in (("loso", "only one person"), ("lodo", "only one corpus"), ("kfold", "1 persons cannot")):
        with pytest.raises(InputError, match=message):
            divide(protocol(name), one)
    with pytest.raises(InputError, match="no clip of dfme/test_a or dfme/test_b"):
        divide(protocol("dfme"), [item for item in dfme() if item[1].part == "train"])
    with pytest.raises(InputError, match="no clip of dfme/train"):
        divide(protocol("dfme"), [item for item in dfme() if item[1].part != "train"])


def test_official_parts_that_share_a_person_are_refused() -> None:
    leak = clip("dfme", "sub0001", "again", emotion="fear", part="test_a")
    with pytest.raises(InputError, match="dfme/sub0001 is both in the training clips and in test_a"):
        divide(protocol("dfme"), [*dfme(), leak])


def test_two_clips_of_one_id_are_refused() -> None:
    twice = clip("casme2", "sub01", "a", emotion="fear")
    with pytest.raises(InputError, match="two clips are called casme2/sub01/a"):
        divide(protocol("loso"), [twice, twice])


def test_an_unknown_protocol() -> None:
    with pytest.raises(SettingsError, match="no protocol is called 'megc2091'\n  Did you mean megc2019"):
        protocol("megc2091")
    with pytest.raises(SettingsError, match="There are megc2019, "):
        protocol("zzz")


# --- nobody is in training and test ----------------------------------------------------------------------------------

# Reader, corpus name and who the subjects are: SAMM short, long and under another name, CASME II twice.
PACKS = [
    ("samm", "samm", "samm"),
    ("samm_lv", "samm_lv", "samm"),
    ("samm", "faces", "samm"),
    ("casme2", "casme2", "casme2"),
    ("casme2", "cropped", "casme2"),
    ("generic", "generic", "generic"),
    ("generic", "mine", "mine"),
]


@st.composite
def mixed_clips(draw: st.DrawFn) -> list[Item]:
    """Clips of corpora that partly show the same people."""
    picks = draw(st.lists(st.tuples(st.sampled_from(PACKS), st.integers(1, 6)), min_size=1, max_size=40))
    items = []
    for i, ((reader, corpus, people), number) in enumerate(picks):
        person = f"{'samm' if reader == 'samm_lv' else corpus}/{number}"
        emotion = draw(st.sampled_from(["negative", "surprise"]))
        fields = {"person": person, "emotion": emotion, "emotion_coarse": emotion}
        items.append(clip(reader, str(number), f"c{i}-{people}", corpus=corpus, **fields))
    return items


@given(mixed_clips(), st.sampled_from(["loso", "lodo", "kfold"]), st.integers(2, 4), st.integers(0, 3), st.randoms())
def test_no_fold_parts_a_person(items: list[Item], name: str, k: int, seed: int, random: object) -> None:
    who = {item.id: (item.clip.split("-")[1], item.subject) for _, item in items}
    try:
        division = divide(protocol(name), items, k, seed)
    except InputError:
        groups = joined((who[x.id][0], x.corpus) for _, x in items)
        people = len(set(who.values()))
        assert {"loso": people < 2, "lodo": len(groups) < 2 or people < 2, "kfold": people < k}[name]
        return
    for fold in division.folds:
        assert not {who[each.clip_id] for each in fold.train} & {who[each.clip_id] for each in fold.test}
        assert Counter(fold.train) + Counter(fold.test) == Counter(division.members)
    assert Counter(each for fold in division.folds for each in fold.test) == Counter(division.members)
    assert len({each.person for each in division.members}) == len(set(who.values()))
    random.shuffle(items)  # type: ignore[attr-defined]
    assert divide(protocol(name), items, k, seed) == division


def test_corpora_of_the_same_people_are_left_out_together() -> None:
    fields = {"emotion_coarse": "negative"}
    items = [clip("samm", "006", "a", **fields), clip("casme2", "sub01", "b", **fields)]
    items.append(clip("samm_lv", "006", "c", person="samm/006", **fields))
    assert [fold.name for fold in divide(protocol("lodo"), items).folds] == ["casme2", "samm+samm_lv"]


def test_people_of_generic_corpora_are_not_those_of_others() -> None:
    items = [clip("generic", "01", "a", corpus=name, emotion="fear") for name in ("x", "y")]
    assert [fold.name for fold in divide(protocol("loso"), items).folds] == ["x/01", "y/01"]


def test_kfold_is_even_and_seeded() -> None:
    items = spread("casme2", {"fear": 60}, numbered("sub{:02}", 20)) + spread(
        "mmew", {"fear": 33}, numbered("S{}", 11)
    )
    sizes = {}
    for seed in (0, 1):
        folds = divide(protocol("kfold"), items, 10, seed).folds
        assert [fold.name for fold in folds] == [f"{i:02}" for i in range(1, 11)]
        sizes[seed] = [sorted({each.person for each in fold.test}) for fold in folds]
        assert {len([x for x in people if x.startswith("casme2")]) for people in sizes[seed]} == {2}
        assert {len(people) for people in sizes[seed]} == {3, 4}
    assert sizes[0] != sizes[1]


# --- the data file ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("each", protocols().values(), ids=list(protocols()))
def test_the_data_agree_with_themselves(each: Protocol) -> None:
    names = [group.name for group in each.groups]
    assert len(set(names)) == len(names)
    for group in each.groups:
        classes = set(filter(None, (group.classes or {}).values()))
        assert bool(group.counts) == bool(group.reader)
        for counts in [*group.counts, *group.other_counts]:
            assert set(counts.classes) == classes
        assert (group.role is not None) == (each.folds == "parts")
    assert bool(each.sources) == bool(each.readers)


def test_the_docs_list_every_protocol_with_its_clips() -> None:
    page = (Path(__file__).parent.parent / "docs/protocols.md").read_text()
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    assert set(protocols()) <= set(rows)
    for name, (clips, _, _) in PUBLISHED.items():
        assert f"| {clips} " in rows[name]
