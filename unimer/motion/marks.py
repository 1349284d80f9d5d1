"""Which frames are measured: onset and apex of a clip, and the frames averaged around them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from unimer.errors import ClipError
from unimer.frames import Frames
from unimer.motion.flow import Preset
from unimer.records import Clip, FrameOrigin
from unimer.settings import FaceSettings

AVERAGE_FPS = 100.0
"""From this frame rate on frames are averaged; at 30 fps an onset lasts about five frames."""
AVERAGE_SPAN = 24
"""Where the frame rate is unknown: frames from onset to apex that speak for a fast camera."""
REACH = 8
"""An averaging window reaches at most 1/REACH of onset..apex: a smooth rise has then covered 4 % of its way."""


@dataclass(frozen=True)
class Marks:
    """Onset and apex of a clip as they are measured, both existing frames, onset < apex."""

    onset: int
    apex: int
    onset_origin: FrameOrigin
    apex_origin: FrameOrigin


@dataclass(frozen=True)
class Windows:
    """Frame numbers averaged at the onset and the apex; ``between``: frames strictly between the two; ``width``: how
    many are averaged at any moment."""

    onset: tuple[int, ...]
    apex: tuple[int, ...]
    width: int
    between: tuple[int, ...]

    def at(self, fraction: float) -> int:
        """The frame at this fraction of the way from onset to apex."""
        return self.between[min(int(fraction * len(self.between)), len(self.between) - 1)]

    def around(self, number: int) -> tuple[int, ...]:
        """The frames averaged around one between onset and apex."""
        position = self.between.index(number)
        reach = min(self.width // 2, position, len(self.between) - 1 - position)
        return self.between[position - reach : position + reach + 1]


def find_marks(frames: Frames, clip: Clip, faces: FaceSettings, preset: Preset, missing_apex: str) -> Marks:
    """Onset and apex of a clip; what is missing is spotted, halved or refused.

    Raises:
        ClipError: motion.short, apex.missing, apex.outside, frames.outside, frames.missing.
    """
    from unimer.motion.spot import spot

    numbers = frames.numbers
    if len(numbers) < 2:
        raise ClipError("motion.short", f"{frames.path(numbers[0])}: a single frame shows no motion")
    onset, apex, offset = clip.onset.frame, clip.apex.frame, clip.offset.frame
    for name, frame in (("onset", onset), ("apex", apex)):
        # Of a video only now is known how long it is.
        if frame is not None and not numbers[0] <= frame <= numbers[-1]:
            text = f"{clip.frames.path}: the {name} {frame} lies outside the frames {numbers[0]} to {numbers[-1]}"
            raise ClipError("frames.outside", text)
    end = numbers[-1] if offset is None else min(offset, numbers[-1])
    onset_origin = clip.onset.origin
    fps = clip.fps or frames.fps  # a 200 fps clip is often stored in a 25 fps container
    if onset is None:
        if clip.frames.kind == "video" and apex is None and missing_apex == "spot":
            found = spot(frames, [n for n in numbers if n <= end], faces, preset, fps)
            return Marks(found.onset, found.apex, "spotted", "spotted")
        onset, onset_origin = numbers[0], "first"
    if onset not in numbers:
        raise ClipError("frames.missing", f"{clip.frames.path}: the onset frame {onset} does not exist")
    if apex is not None:
        if not onset < apex <= end or apex not in numbers:
            raise ClipError("apex.outside", f"{clip.id}: the apex {apex} does not lie in frames {onset + 1}..{end}")
        return Marks(onset, apex, onset_origin, clip.apex.origin)
    if missing_apex == "drop":
        raise ClipError("apex.missing", f"{clip.id}: the corpus gives no apex")
    inside = [n for n in numbers if onset < n <= end]
    if not inside:
        raise ClipError("motion.short", f"{clip.id}: no frame follows the onset {onset}")
    if missing_apex == "midpoint":
        middle = min(inside, key=lambda n: abs(n - (onset + end) / 2))
        return Marks(onset, middle, onset_origin, "midpoint")
    found = spot(frames, [onset, *inside], faces, preset, fps)
    return Marks(onset, found.apex, onset_origin, "spotted")


def windows(numbers: Sequence[int], marks: Marks, wanted: int, fps: float | None) -> Windows:
    """Which frames are averaged at each end: centred where frames before the onset exist, else from the onset on."""
    first, last = bisect_left(numbers, marks.onset), bisect_left(numbers, marks.apex)
    span = last - first
    fast = span >= AVERAGE_SPAN if fps is None else fps >= AVERAGE_FPS
    reach = min(wanted // 2, span // REACH) if fast else 0
    count = 2 * reach + 1
    low = max(0, first - reach)
    high = min(low + count, first + span // REACH + 1)
    return Windows(
        onset=tuple(numbers[low:high]),
        apex=tuple(numbers[last - reach : last + reach + 1]),
        width=count,
        between=tuple(numbers[first + 1 : last]),
    )
