"""What a language model might answer: drafts made from the record in the prompt, and drafts that it contradicts.

For ``tests.fault_server`` (``--script`` with ``answers: tests.llm_answers:draft``): the answer depends on the request
alone, so a client gets the same whatever the order.
"""

from __future__ import annotations

import json
import random
from typing import Any

OPPOSITE = {"up": "down", "down": "up", "inward": "outward", "outward": "inward"}
OPENINGS = ("From onset to apex", "Between the two frames", "In this clip", "As the flow shows")
WORDS = {"image-left": "to the left of the image", "image-right": "to the right of the image"}


def draft(payload: dict[str, Any], kind: str, rng: random.Random) -> str:
    """A draft for the record of the first user message; ``contradict`` turns the first direction round."""
    if any("colour" in str(message["content"]) for message in payload["messages"]):
        return json.dumps({"colour": "red"})
    record = _record(payload)
    if kind == "schema" or not record["moves"]:
        return json.dumps({"summary": "The face moves."})
    moves = [_item(move) for move in record["moves"][:4]]
    if kind == "contradict":
        parts = moves[0]["direction"].split("-")
        moves[0]["direction"] = "-".join([OPPOSITE.get(parts[0], "up"), *parts[1:]])
    opening = OPENINGS[0] if kind == "duplicate" else rng.choice(OPENINGS)
    sentences = [f"{opening}, {_clause(moves[0])}.", *(_capital(_clause(move)) + "." for move in moves[1:])]
    if "class" not in record:
        return json.dumps({"evidence": moves, "text": " ".join(sentences)})
    units = {move["au"] for move in moves}
    missing = [unit for unit in record["action_units"] if unit["verdict"] == "supported" and unit["au"] not in units]
    moves += [_item(m) for unit in missing for m in record["moves"] if unit["au"] in m["aus"]][:4]
    rationale = " ".join([*sentences[:2], f"The clip is annotated as {record['class']}."])
    return json.dumps({"class": record["class"], "evidence": moves, "rationale": rationale})


def _record(payload: dict[str, Any]) -> dict[str, Any]:
    content = next(message["content"] for message in payload["messages"] if message["role"] == "user")
    text = content if isinstance(content, str) else content[0]["text"]
    found: dict[str, Any] = json.loads(text)
    return found


def _item(move: dict[str, Any]) -> dict[str, Any]:
    return {"au": move["aus"][0], **{key: move[key] for key in ("side", "region", "direction", "strength")}}


def _clause(move: dict[str, Any]) -> str:
    direction = WORDS.get(move["direction"], move["direction"].replace("-", " and "))
    if "image" in direction and " and " in direction:
        direction = direction.split(" and ")[0]
    if move["side"] == "both":
        return f"both {move['region']}s move {direction}"
    side = f"{move['side']} " if move["side"] else ""
    return f"the {side}{move['region']} moves {direction}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
