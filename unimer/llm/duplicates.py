"""Near-duplicates among texts: MinHash finds candidates, the exact Jaccard similarity of their word shingles decides.

Since candidates are confirmed exactly, no text is called a duplicate that is none. MinHash may miss one at the limit;
the index is made for a lower limit than is asked for, which makes that rare.
"""

from __future__ import annotations

import re

from datasketch import MinHash, MinHashLSH

SHINGLE = 3
"""Words of a shingle: long enough that shared words alone make no two texts alike."""
_HASHES = 128
_SLACK = 0.15
_WEIGHTS = (0.1, 0.9)
"""Of candidates too many and candidates missed: a candidate too many costs one exact comparison."""
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def shingles(text: str) -> frozenset[str]:
    """Runs of three words, without case and punctuation; the whole text where it is shorter."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    if len(words) <= SHINGLE:
        return frozenset([" ".join(words)])
    return frozenset(" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))


def similarity(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard similarity of two sets of shingles."""
    return len(a & b) / len(a | b)


class Seen:
    """Texts that were kept so far. What it says depends on the order of the calls, so that must be fixed.

    Args:
        threshold: texts of this similarity or more are too alike.
    """

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._texts: dict[str, frozenset[str]] = {}
        self._order: dict[str, int] = {}
        self._index = MinHashLSH(threshold=max(0.05, threshold - _SLACK), num_perm=_HASHES, weights=_WEIGHTS)

    def similar(self, text: str, sample_id: str) -> str | None:
        """The earlier sample that a text is most like, if too alike; else the text is kept and None comes back.

        Raises:
            ValueError: a text of this id is kept already.
        """
        if sample_id in self._texts:
            raise ValueError(f"{sample_id} was seen before")
        found = shingles(text)
        sketch = MinHash(num_perm=_HASHES)
        sketch.update_batch([s.encode() for s in sorted(found)])
        alike = {key: similarity(found, self._texts[key]) for key in self._index.query(sketch)}
        best = max(alike, key=lambda key: (alike[key], -self._order[key]), default=None)
        if best is not None and alike[best] >= self.threshold:
            return str(best)
        self._texts[sample_id] = found
        self._order[sample_id] = len(self._order)
        self._index.insert(sample_id, sketch)
        return None
