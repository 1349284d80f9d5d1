"""How the gate judges drafts that a language model wrote from the writer's own prompts.

    python benchmarks/drafts.py [--development] [--wrong] [--prompts FOLDER]

The drafts are what models answered to the prompts of the measured evidence records (c.. of
tests/data/gate_contexts.jsonl), once as well as they could and once with one statement made false; those of
model_drafts_development*.jsonl were used for tuning, those of model_drafts.jsonl (four unusual manners) and
model_drafts_2.jsonl (as four well-known chat models write) were not. Where ``true`` is null the
writer broke a rule of the prompt, but the evidence carries what is said (doubt of a supported unit, stillness of a
region that is still): such drafts are counted apart. Each is judged as an answer of a server is. Refusing is the
positive class, as in gate.py. ``--prompts`` writes the prompts instead: a system text for each task and one record a
line, as a model is to be asked.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.gate import DATA, share
from unimer.llm.answers import Answer
from unimer.llm.drafts import WrittenTask
from unimer.llm.judge import judge
from unimer.llm.prompt import first_messages, record
from unimer.records import Evidence, Labels, Message, Part, Provenance, Reason, Sample

MEASURED = ("model_drafts.jsonl", "model_drafts_2.jsonl")
DEVELOPMENT = ("model_drafts_development.jsonl", "model_drafts_development_2.jsonl")
TASKS: tuple[WrittenTask, ...] = ("motion_description", "full")


def samples() -> dict[str, Sample]:
    """What a model may be asked to write about the measured records, by ``context/task``."""
    found = {}
    for line in (DATA / "gate_contexts.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        labels, evidence = Labels.model_validate(row["labels"]), Evidence.model_validate(row["evidence"])
        for task in TASKS if row["context"].startswith("c") else ():
            sample = _sample(row["context"], task, labels, evidence)
            if record(sample)["moves"] and (task != "full" or labels.emotion or labels.emotion_coarse):
                found[sample.id] = sample
    return found


def _sample(context: str, task: WrittenTask, labels: Labels, evidence: Evidence) -> Sample:
    return Sample(
        id=f"{context}/{task}",
        clip_id=context,
        corpus="gate",
        subject="1",
        task=task,
        messages=[
            Message(role=role, content=[Part(type="text", text=text)])
            for role, text in (("user", "Describe the motion."), ("assistant", ""))
        ],
        images=[],
        labels=labels,
        evidence=evidence,
        claims=[],
        provenance=Provenance(writer="composer", writer_version="1", settings_sha256="", seed=0),
        split="train",
    )


def write_prompts(folder: Path) -> int:
    """Writes ``TASK.txt`` and ``records.jsonl``; how many records."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, sample in samples().items():
        system, user = first_messages(sample, False, folder)
        (folder / f"{sample.task}.txt").write_text(system["content"], "utf-8")
        lines.append(json.dumps({"id": name, "user": user["content"]}))
    (folder / "records.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return len(lines)


def reasons_of(sample: Sample, row: dict[str, Any]) -> list[Reason]:
    """Why a draft is refused; empty where it passes."""
    answer = Answer(outcome="answered", text=json.dumps(row["answer"]), model=row["model"], finish_reason="stop")
    rejection = judge(sample, answer, 1, "").rejection
    return [] if rejection is None else rejection.reasons


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wrong", action="store_true", help="list the misjudged drafts")
    parser.add_argument("--development", action="store_true", help="the drafts that may be used for tuning")
    parser.add_argument("--prompts", type=Path, help="write the prompts into this folder and stop")
    options = parser.parse_args()
    if options.prompts:
        print(f"{write_prompts(options.prompts)} prompts")
        return 0
    for name in DEVELOPMENT if options.development else MEASURED:
        print_file(name, options.wrong)
    return 0


def print_file(name: str, wrong: bool) -> None:
    """Counts of a file of drafts; its misjudged drafts where ``wrong`` is set."""
    asked, counts = samples(), Counter[tuple[bool | None, bool]]()
    for line in (DATA / name).read_text("utf-8").splitlines():
        row = json.loads(line)
        reasons = reasons_of(asked[row["prompt"]], row)
        counts[row["true"], bool(reasons)] += 1
        if wrong and row["true"] is bool(reasons):
            print(f"{row['id']} {json.dumps(row['answer'])}")
            for reason in reasons:
                print(f"    {reason.code}: {reason.message}")
    refused_false, refused_true = counts[False, True], counts[True, True]
    print(f"\n{name}: {sum(counts.values())} drafts")
    if broken := counts[None, True] + counts[None, False]:
        print(f"of {broken} that only break a rule of the prompt {counts[None, False]} pass")
    print(f"true drafts that pass   {share((counts[True, False], counts[True, False] + refused_true))}")
    print(f"recall                  {share((refused_false, refused_false + counts[False, False]))}")
    print(f"precision               {share((refused_false, refused_false + refused_true))}")


if __name__ == "__main__":
    sys.exit(main())
