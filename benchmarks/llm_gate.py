"""What a real model writes and what of it the gate passes: counts of drafts, passes, reasons; a file to be read.

    unimer synth --layout casme2 --clips 60 --subjects 12 --seed 11 --out corpus
    unimer build recipe.yaml --out build                      # without a writer
    python benchmarks/llm_gate.py build --base-url http://127.0.0.1:8000/v1 --model NAME --mode rephrase --out FILE

Modes: ``writer`` asks exactly as a build does. ``rephrase`` shows the model the composer's sentences and asks for
other words, ``retell`` a plain list of the moves; class and items are then the record's own, so that a small model
that cannot write JSON still loads the gate with fluent text about the face. A file that exists is continued.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import openai

from unimer.llm.answers import Answer
from unimer.llm.judge import judge
from unimer.llm.prompt import first_messages, record
from unimer.records import Sample
from unimer.text.check import answer_text

TASKS = ("motion_description", "full")
TELL = {"slight": "slightly ", "moderate": "moderately ", "strong": "strongly ", None: ""}


def samples_of(build: Path, tasks: list[str]) -> list[Sample]:
    """Samples of a build that a model may write."""
    with (build / "unimer.jsonl").open(encoding="utf-8") as lines:
        samples = [Sample.model_validate_json(line) for line in lines]
    return [s for s in samples if s.task in tasks]


def composed(sample: Sample) -> str:
    """The composer's free text."""
    text = answer_text(sample)
    return text.rpartition("Rationale: ")[2] if sample.task == "full" else text


def told(sample: Sample) -> str:
    """The record's moves as a plain list."""
    lines = []
    for move in record(sample)["moves"]:
        side = {"both": "left and right ", None: ""}.get(move["side"], f"{move['side']} ")
        way = move["direction"].replace("image-", "towards the image's ").replace("-", " and ", 1)
        lines.append(f"- {side}{move['region']}: {TELL[move['strength']]}{way} (AU{move['aus'][0]})")
    return "\n".join(lines)


def messages_for(sample: Sample, mode: str, build: Path) -> list[dict[str, Any]]:
    """What is sent."""
    if mode == "writer":
        return first_messages(sample, False, build)
    if mode == "rephrase":
        wanted = "Say the following in other words. Answer with one or two sentences and nothing else."
        return [{"role": "user", "content": f"{wanted}\n\n{composed(sample)}"}]
    wanted = "Describe this facial motion in one to three plain sentences and nothing else."
    return [{"role": "user", "content": f"{wanted}\n\n{told(sample)}"}]


def as_draft(sample: Sample, text: str, mode: str) -> str:
    """The answer as a draft: in ``rephrase`` and ``retell`` the items and the class are the record's own."""
    if mode == "writer":
        return text
    known = record(sample)
    items = [
        {"au": au} | {name: move[name] for name in ("side", "region", "direction", "strength")}
        for move in known["moves"]
        for au in move["aus"]
    ]
    draft: dict[str, Any] = {"evidence": items}
    draft |= {"class": known["class"], "rationale": text} if sample.task == "full" else {"text": text}
    return json.dumps(draft)


def run(options: argparse.Namespace) -> None:
    samples = samples_of(options.build, options.task or list(TASKS))
    done = options.out.read_text(encoding="utf-8").splitlines() if options.out.exists() else []
    client = openai.OpenAI(base_url=options.base_url, api_key="none", max_retries=0, timeout=600)
    start = time.monotonic()
    for number in range(len(done), options.drafts):
        if time.monotonic() - start > 60 * options.minutes:
            break
        sample = samples[number % len(samples)]
        reply = client.chat.completions.create(
            model=options.model,
            messages=messages_for(sample, options.mode, options.build),  # type: ignore[arg-type]
            max_tokens=options.tokens,
            temperature=options.temperature,
            seed=number,
        )
        choice = reply.choices[0]
        text = choice.message.content or ""
        answer = Answer(
            text=as_draft(sample, text, options.mode),
            finish_reason=choice.finish_reason,
            model=Path(reply.model).name,
        )
        judged = judge(sample, answer, 1, "benchmark")
        reasons = [] if judged.rejection is None else [r.model_dump() for r in judged.rejection.reasons]
        line = {
            "id": sample.id,
            "seed": number,
            "moves": told(sample).splitlines(),
            "class": sample.labels.emotion,
            "composed": composed(sample),
            "answer": text,
            "finish": choice.finish_reason,
            "reasons": reasons,
        }
        with options.out.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    summarise([json.loads(line) for line in options.out.read_text(encoding="utf-8").splitlines()])


def summarise(lines: list[dict[str, Any]]) -> None:
    passed = [line for line in lines if not line["reasons"]]
    copies = sum(" ".join(p["answer"].split()) == " ".join(p["composed"].split()) for p in passed)
    print(f"{len(lines)} drafts, {len(passed)} pass ({len(passed) / max(1, len(lines)):.0%})")
    print(f"of the passes {copies} are the composer's text word for word")
    found = Counter(code for line in lines for code in {r["code"] for r in line["reasons"]})
    for code, count in found.most_common():
        print(f"  {count:5}  {code}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--mode", choices=["writer", "rephrase", "retell"], default="writer")
    parser.add_argument("--task", action="append", choices=TASKS)
    parser.add_argument("--drafts", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--tokens", type=int, default=300)
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--out", type=Path, required=True, help="every draft with its verdict, one JSON a line")
    run(parser.parse_args())
