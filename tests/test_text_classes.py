"""How a text says which class the annotators gave, and who labelled the units; and that nothing argues for a class."""

from __future__ import annotations

import pytest

from tests.contexts import passes

PAIRS = [
    (
        "d08",
        "AU12 pulls the right mouth corner up and outward, the clip being annotated as repression.",
        "AU12 pulls the right mouth corner up and outward, the clip thus being annotated as repression.",
    ),
    (
        "d08",
        "AU12 pulls the right mouth corner up and outward, in a clip annotated as repression.",
        "AU12 pulls the right mouth corner up and outward, as it should be in a clip annotated as repression.",
    ),
    (
        "d07",
        "Both mouth corners sink, supporting AU15, and the clip in which they do so is annotated as repression.",
        "Both mouth corners sink, supporting AU15 and the clip's annotated class repression.",
    ),
    (
        "d07",
        "That pattern of two lowered mouth corners is due to AU15, and repression was annotated as the class.",
        "Repression was annotated because of AU15.",
    ),
    ("d02", "The left upper lid goes slightly down. Class others, per the annotators.", "Class others, per the lid."),
    (
        "d07",
        "Both mouth corners move slightly down. Clip class per annotation: repression.",
        "Both mouth corners move slightly down. Clip class per detector: repression.",
    ),
    (
        "d07",
        "Both mouth corners move slightly down. Class of record (annotators): repression.",
        "Both mouth corners move slightly down. Class of record (annotators): sadness.",
    ),
    (
        "d07",
        "AU15 lowers both mouth corners slightly. Status of the clip: annotated as repression.",
        "AU15 lowers both mouth corners slightly. Status of the person: annotated as repression.",
    ),
    (
        "d01",
        "AU2 raises the left outer brow. Alongside this, the annotators' class for the clip is surprise.",
        "AU2 raises the left outer brow. In line with this, the annotators' class for the clip is surprise.",
    ),
    (
        "d01",
        "Surprise is the class found in the annotation; AU2 is supported.",
        "Surprise is the class found in the face; AU2 is supported.",
    ),
    (
        "d08",
        "AU12 moves the right mouth corner in this clip, whose annotated class is repression.",
        "AU12 moves the right mouth corner in this clip, whose annotated class it explains as repression.",
    ),
    (
        "d08",
        "AU12 explains the right mouth corner, and the annotated class is repression.",
        "AU12 explains the right mouth corner, the right upper lip, and the annotated class repression.",
    ),
]
LAWS = [
    (
        "d08",
        "The flow reveals an up and outward motion of the right mouth corner. The clip is annotated as repression.",
        "The flow reveals it in the right mouth corner. The clip is annotated as repression.",
    ),
    (
        "d08",
        "The right mouth corner moves up and outward; AU12 fits this. The clip is annotated as repression.",
        "The clip is annotated as repression. AU12 fits this.",
    ),
    (
        "d08",
        "The right mouth corner moves up and outward. AU12 is thus supported. The clip is annotated as repression.",
        "The clip is annotated as repression. AU12 is thus supported.",
    ),
    (
        "d08",
        "AU12 is indicated by the motion of the right mouth corner. The annotated class is repression.",
        "The annotated class is repression. It is indicated by the motion of the right mouth corner.",
    ),
    (
        "d08",
        "The right mouth corner moves up and outward, which AU12 explains. The clip is annotated as repression.",
        "The right mouth corner moves up and outward, which explains this. The clip is annotated as repression.",
    ),
]
LAWS += [
    (
        "d06",
        "The flow shows it: both outer brows rise. The clip is annotated as surprise.",
        "Both outer brows show it. The clip is annotated as surprise.",
    ),
    (
        "d08",
        "Annotated class repression: AU12 pulls the right mouth corner up and outward.",
        "Annotated class repression: hence AU12 pulls the right mouth corner up and outward.",
    ),
]
LABELLERS = [
    (
        "d06",
        "AU1 lifts both inner brows, and the forehead is lifted slightly by AU1 and AU2, which were annotated.",
        "AU1 lifts both inner brows, AU2 both outer brows moderately, units which were automatically labelled.",
    ),
    (
        "d16",
        "The left inner brow is moved moderately down and inward by AU4. It was labelled by a program.",
        "The left inner brow is moved moderately down and inward by AU4. The annotators labelled this unit.",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), [*PAIRS, *LAWS, *LABELLERS])
def test_a_class_is_an_annotation_and_nothing_more(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)
