"""What the model is shown: the evidence and nothing else, with rules that the gate itself follows."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.synthetic_evidence import Case, make_case
from tests.helpers_llm import codes, draft_of, judged, samples_of
from tests.helpers_text import hand_case, moved, verdict
from unimer.errors import InputError
from unimer.faces.regions import region_names
from unimer.llm import prompt
from unimer.llm.drafts import region_words
from unimer.llm.prompt import PROMPT_VERSION, first_messages, record, repair_messages
from unimer.records import AULabel, Evidence, Labels, Reason, RegionEvidence
from unimer.resources import resource

CASE = hand_case()
EXAMPLE: dict[str, Any] = yaml.safe_load(resource("prompts/example.yaml").read_text(encoding="utf-8"))
REASONS = (Path(__file__).parent.parent / "docs" / "reasons.md").read_text(encoding="utf-8")


def user_text(task: str, case: Case = CASE) -> str:
    content = first_messages(samples_of(case)[task], False, Path())[1]["content"]
    assert isinstance(content, str)
    return content


def test_the_record_of_a_clip() -> None:
    found = json.loads(user_text("full"))
    assert found["moves"] == [
        {"region": "mouth corner", "side": "left", "direction": "up-outward", "strength": "strong", "aus": [12]},
        {"region": "cheek", "side": "left", "direction": "up", "strength": "moderate", "aus": [12]},
        {"region": "nasolabial fold", "side": "left", "direction": "up-outward", "strength": "moderate", "aus": [12]},
        {"region": "forehead", "side": None, "direction": "up", "strength": "slight", "aus": [1]},
        {"region": "inner brow", "side": "both", "direction": "up", "strength": "slight", "aus": [1]},
    ]
    assert [(u["au"], u["side"], u["verdict"], u.get("say")) for u in found["action_units"]] == [
        (1, "both", "supported", None),
        (12, "left", "supported", None),
        (6, None, "unobservable", "AU6 cannot be judged from optical flow"),
        (7, None, "unverified", "the flow does not confirm AU7"),
        (24, None, "unmeasurable", "AU24 cannot be measured here"),
    ]
    assert found["class"] == "happiness"
    assert "class" not in json.loads(user_text("motion_description"))


def test_nothing_but_the_evidence_is_shown(tmp_path: Path) -> None:
    for seed in range(60):
        case = make_case(seed)
        for sample in samples_of(case, ["media/a/b.png"]).values():
            shown = json.dumps(first_messages(sample, False, tmp_path))
            for secret in (sample.id, sample.clip_id, sample.corpus, f"{sample.subject}/", "media", str(tmp_path)):
                assert secret not in shown
            hidden = [r for r in case.evidence.unexplained if r not in {n for m in moves_of(sample) for n in m}]
            told = {n for m in moves_of(sample) for n in m}
            assert not told & set(hidden)
            still = {r.region for r in case.evidence.regions if r.status != "moved"}
            assert not told & still


def moves_of(sample: Any) -> list[list[str]]:
    """Regions with side of each move."""
    names = []
    for move in record(sample)["moves"]:
        base = region_words()[move["region"]]
        sides = {"both": ["_left", "_right"], None: [""]}.get(move["side"], [f"_{move['side']}"])
        names.append([base + s for s in sides])
    return names


def test_sides_that_differ_are_two_entries() -> None:
    regions = [
        r.model_copy(update={"strength": "strong"}) if r.region == "inner_brow_right" else r
        for r in CASE.evidence.regions
    ]
    case = Case(CASE.clip, CASE.labels, CASE.evidence.model_copy(update={"regions": regions}))
    found = [m for m in json.loads(user_text("full", case))["moves"] if m["region"] == "inner brow"]
    assert {(m["side"], m["strength"]) for m in found} == {("left", "slight"), ("right", "strong")}


def test_who_labelled_is_said() -> None:
    aus = [v.model_copy(update={"source": "openface"}) for v in CASE.evidence.aus]
    case = Case(CASE.clip, CASE.labels, CASE.evidence.model_copy(update={"aus": aus}))
    assert {u["labelled_by"] for u in json.loads(user_text("full", case))["action_units"]} == {"a program"}
    assert {u["labelled_by"] for u in json.loads(user_text("full"))["action_units"]} == {"annotators"}


def example_case() -> Case:
    """A clip whose record is that of the example."""
    special = {
        "outer_brow_left": moved("outer_brow_left", 90.0, "slight", [2]),
        "mouth_corner_left": moved("mouth_corner_left", 315.0, "moderate", [15]),
        "mouth_corner_right": moved("mouth_corner_right", 225.0, "moderate", [15]),
    }
    labels = [AULabel(au=2, side="left"), AULabel(au=15), AULabel(au=6)]
    evidence = Evidence(
        aus=[
            verdict(2, "left", "supported", ["outer_brow_left"]),
            verdict(15, "both", "supported", ["mouth_corner_left", "mouth_corner_right"]),
            verdict(6, "both", "unobservable", []),
        ],
        regions=[special.get(n) or RegionEvidence(region=n, status="still") for n in region_names()],
        unexplained=[],
        grounded=True,
    )
    clip = CASE.clip.model_copy(update={"aus": labels, "emotion": "sadness", "emotion_coarse": "negative"})
    return Case(clip, Labels(emotion="sadness", emotion_coarse="negative", aus=labels), evidence)


@pytest.mark.parametrize("task", ["motion_description", "full"])
def test_the_worked_example_is_a_record_as_ours_and_passes_the_gate(task: str) -> None:
    sample = samples_of(example_case())[task]
    mine, shown = record(sample), EXAMPLE["record"]
    assert sorted(mine["moves"], key=str) == sorted(shown["moves"], key=str)
    assert mine["action_units"] == shown["action_units"]
    assert codes(judged(sample, EXAMPLE["answers"][task])) == set()
    system = first_messages(sample, False, Path())[0]["content"]
    assert json.dumps(EXAMPLE["answers"][task], ensure_ascii=False) in system
    assert ("sadness" in system) == (task == "full")  # a description must not learn to name emotions


def test_the_prompt_is_short() -> None:
    for task in ("motion_description", "full"):
        assert len(first_messages(samples_of(CASE)[task], False, Path())[0]["content"]) < 3200


def test_pictures_stand_in_the_samples_order(tmp_path: Path) -> None:
    names = ["onset.png", "apex.png", "flow.jpg"]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    sample = samples_of(CASE, names)["full"]
    text, *parts = first_messages(sample, True, tmp_path)[1]["content"]
    assert json.loads(text["text"]) == record(sample)
    urls = [part["image_url"]["url"].split(";base64,") for part in parts]
    assert [mime for mime, _ in urls] == ["data:image/png", "data:image/png", "data:image/jpeg"]
    assert [base64.b64decode(data).decode() for _, data in urls] == names
    assert "pictures" in first_messages(sample, True, tmp_path)[0]["content"]
    assert "pictures" not in first_messages(sample, False, tmp_path)[0]["content"]
    (tmp_path / "apex.png").unlink()
    with pytest.raises(InputError, match=r"apex\.png"):
        first_messages(sample, True, tmp_path)


def test_a_task_that_no_model_writes_is_an_error() -> None:
    sample = samples_of(CASE)["full"].model_copy(update={"task": "au_list"})
    with pytest.raises(ValueError, match="au_list"):
        first_messages(sample, False, Path())


def test_a_repair_says_what_is_wrong_in_the_drafts_words() -> None:
    sample = samples_of(CASE)["motion_description"]
    first = first_messages(sample, False, Path())
    before = json.dumps(first)
    draft = json.dumps(draft_of(sample, "The chin moves up. The left cheek rises gracefully."))
    found = judged(sample, draft)
    assert found.rejection is not None
    messages = repair_messages(first, draft, found.rejection.reasons)
    assert json.dumps(first) == before
    assert messages[: len(first)] == first
    assert [m["role"] for m in messages[len(first) :]] == ["assistant", "user"]
    assert messages[-2]["content"] == draft
    said = messages[-1]["content"]
    assert 'Chin is still: "chin moves up". Leave it out' in said
    assert '"gracefully"' in said


def test_a_repair_is_bounded() -> None:
    first = first_messages(samples_of(CASE)["full"], False, Path())
    reasons = [Reason(code="unread", message=f'the word "w{i}"') for i in range(30)]
    messages = repair_messages(first, "x" * 100_000, reasons)
    assert len(messages[-2]["content"]) < 10_000
    assert len(messages[-1]["content"].splitlines()) < 14
    assert "and 22 more" in messages[-1]["content"]
    assert repair_messages(first, " ", reasons)[-2]["content"]


def test_there_is_advice_for_every_code_of_a_text() -> None:
    section = REASONS.split("## Texts")[1].split("\n## Reading")[0]
    documented = set(re.findall(r"^\| `([a-z.]+)`", section, re.MULTILINE))
    advice = set(yaml.safe_load(resource("prompts/advice.yaml").read_text(encoding="utf-8")))
    assert advice <= documented
    assert documented - advice == {"prompt", "claims.mismatch", "task.balance"}  # nothing that a draft does


def test_the_version_changes_with_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(resource("prompts"), tmp_path / "prompts")
    monkeypatch.setattr(prompt, "resource", lambda name: tmp_path / name)
    assert prompt._version() == PROMPT_VERSION
    seen = {PROMPT_VERSION}
    for path in sorted((tmp_path / "prompts").iterdir()):
        path.write_bytes(path.read_bytes() + b" ")
        seen.add(prompt._version())
    assert len(seen) == 1 + len(list((tmp_path / "prompts").iterdir()))
