"""Reads pictures: a folder of numbered frames or a video file, one interface.

Frame numbers are the source's own. In a folder it is the last integer of the file name (``reg_img46.jpg`` is frame
46), so padding and prefixes do not matter and holes are normal. In a video frames count from 0.
"""

from __future__ import annotations

import hashlib
import os
import re
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.errors import ClipError
from unimer.records import FrameSource

# A broken video makes FFmpeg write to stderr without a file name; the errors below name it.
if "OPENCV_FFMPEG_LOGLEVEL" not in os.environ:
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"  # AV_LOG_QUIET; read at the first VideoCapture
if "OPENCV_LOG_LEVEL" not in os.environ:
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_FATAL)

Image = NDArray[np.uint8]

VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv"})
_FRAME_NAME = re.compile(r"([0-9]+)(?:\.(?:jpe?g|png|bmp|tiff?))+$", re.IGNORECASE)  # CAS(ME)^2 has img2977.jpg.jpg
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_JPEG_SCAN = 0xDA


@dataclass(frozen=True)
class Listing:
    """The frames of one folder.

    ``files`` maps frame numbers, ascending, to file names; ``duplicates`` are the names left out because another
    file has the same number.
    """

    files: dict[int, str]
    duplicates: list[str]


def is_frame(name: str) -> bool:
    """Whether a file of this name is a picture with a number."""
    return _FRAME_NAME.search(name) is not None


def list_frames(folder: Path) -> Listing:
    """List a folder once; hidden files (macOS leaves ``._img1.jpg``) and names without a final integer are ignored.

    Where two files share a number (``img46.jpg`` beside ``reg_img46.jpg``) the series with more files wins, then the
    first name, so that a clip never mixes two series where it need not.
    """
    found: list[tuple[int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            match = _FRAME_NAME.search(entry.name)
            if match and not entry.name.startswith(".") and entry.is_file():
                found.append((int(match[1]), entry.name))
    found.sort()
    files: dict[int, str] = {}
    duplicates: list[str] = []
    if len({number for number, _ in found}) == len(found):
        return Listing(dict(found), [])
    series = Counter(_FRAME_NAME.sub("", name) for _, name in found)
    for number, name in sorted(found, key=lambda item: (item[0], -series[_FRAME_NAME.sub("", item[1])], item[1])):
        if number in files:
            duplicates.append(name)
        else:
            files[number] = name
    return Listing(files, duplicates)


class Frames(ABC):
    """The pictures of one clip; a context manager.

    Attributes:
        fps: frames a second as the container says, None for a folder (``Clip.fps`` has what the corpus says).
    """

    fps: float | None

    def __init__(self) -> None:
        self._shape: tuple[int, int] | None = None

    @property
    @abstractmethod
    def numbers(self) -> list[int]:
        """Existing frame numbers, ascending; never empty. The first use decodes a video once to count them.

        Raises:
            ClipError: ``frames.undecodable`` or ``frames.empty`` (video).
        """

    @abstractmethod
    def path(self, number: int) -> str:
        """Where a frame is, relative to the corpus root, for messages (which must not differ between machines)."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of names, sizes and modification times; changes when a file is replaced. Opens no picture."""

    @abstractmethod
    def _decode(self, number: int) -> Image: ...

    def _decode_grey(self, number: int) -> Image:
        image = self._decode(number)
        return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)

    def read(self, number: int, grey: bool = False) -> Image:
        """One frame: (h, w, 3) uint8 BGR, or (h, w) uint8 where the file is grey. Alpha and the low byte are dropped.

        Args:
            grey: always (h, w); a JPEG then decodes in two thirds of the time.

        Raises:
            ClipError: ``frames.missing`` (no such number), ``frames.undecodable`` (names the file) or ``frames.size``
                (height or width differ from the frame read first).
        """
        image = self._decode_grey(number) if grey else self._decode(number)
        height, width = image.shape[:2]
        if self._shape is None:
            self._shape = (height, width)
        elif self._shape != (height, width):
            raise ClipError(
                "frames.size",
                f"{self.path(number)} is {width} x {height} px, but the frame read first is "
                f"{self._shape[1]} x {self._shape[0]} px",
            )
        return image

    def close(self) -> None:  # noqa: B027 - a folder keeps nothing open
        """Give files back; reading again afterwards is allowed."""

    def __enter__(self) -> Frames:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_frames(source: FrameSource, root: Path) -> Frames:
    """Open a clip's pictures.

    Args:
        source: what to open, its path relative to ``root``; ``first`` and ``last`` (inclusive) limit the frames.
        root: the corpus root.

    Raises:
        ClipError: ``frames.missing`` (no such folder or file), ``frames.empty`` (no frame in it or in the range),
            ``frames.undecodable`` (no video).
    """
    try:
        return _Folder(source, root) if source.kind == "folder" else _Video(source, root)
    except OSError as error:  # it or a folder above it may not be read
        raise ClipError("frames.missing", f"{source.path} cannot be read: {error.strerror}") from error


def _within(numbers: list[int], source: FrameSource) -> list[int]:
    first = source.first if source.first is not None else 0
    kept = [n for n in numbers if n >= first and (source.last is None or n <= source.last)]
    if not kept:
        span = f" from {first} to {source.last}" if numbers else ""
        raise ClipError("frames.empty", f"{source.path} holds no frame{span}")
    return kept


class _Folder(Frames):
    def __init__(self, source: FrameSource, root: Path) -> None:
        super().__init__()
        self._folder, self._name = root / source.path, source.path
        if not self._folder.is_dir():
            raise ClipError("frames.missing", f"there is no folder {source.path}")
        self._files = list_frames(self._folder).files
        self._numbers = _within(list(self._files), source)
        self.fps = None

    @property
    def numbers(self) -> list[int]:
        return self._numbers

    def path(self, number: int) -> str:
        return f"{self._name}/{self._files[number]}" if number in self._files else f"{self._name}, frame {number}"

    def _decode(self, number: int) -> Image:
        return _decode_image(self._bytes(number), self.path(number))

    def _decode_grey(self, number: int) -> Image:
        return _decode_image(self._bytes(number), self.path(number), cv2.IMREAD_GRAYSCALE)

    def _bytes(self, number: int) -> bytes:
        if number not in self._files:
            raise ClipError("frames.missing", f"{self._name} has no frame {number}")
        try:
            return (self._folder / self._files[number]).read_bytes()
        except OSError as error:
            text = f"{self.path(number)} cannot be read: {error.strerror}"
            raise ClipError("frames.undecodable", text) from error

    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for number in self.numbers:
            name = self._files[number]
            stat = (self._folder / name).stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
        return digest.hexdigest()


class _Video(Frames):
    """Frames are reached by decoding forwards only: seeking is inexact in many containers."""

    def __init__(self, source: FrameSource, root: Path) -> None:
        super().__init__()
        self._path, self._name = root / source.path, source.path
        self._source = source
        if not self._path.is_file():
            raise ClipError("frames.missing", f"there is no file {source.path}")
        self._capture: Any = None
        self._next = 0
        rate = float(self._open().get(cv2.CAP_PROP_FPS))
        self.fps = rate if np.isfinite(rate) and rate > 0 else None

    @cached_property
    def numbers(self) -> list[int]:
        return _within(list(range(self._count(self._source.last))), self._source)

    def _open(self) -> Any:
        self.close()
        self._capture = cv2.VideoCapture(str(self._path))
        self._next = 0
        if not self._capture.isOpened():
            raise ClipError("frames.undecodable", f"{self._name} does not decode as a video")
        return self._capture

    def _count(self, last: int | None) -> int:
        """Frames that really decode, up to and including ``last``; what a container announces is only a guess."""
        capture = self._open()
        announced = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        count = 0
        while (last is None or count <= last) and capture.grab():
            count += 1
        expected = announced if last is None else min(announced, last + 1)
        # Two frames and 5 % are what containers that estimate their length (webm, mkv) may be off.
        if count == 0 or expected - count > max(2, 0.05 * expected):
            raise ClipError("frames.undecodable", f"{self._name}: only {count} of {max(expected, 0)} frames decode")
        self._open()
        return count

    def path(self, number: int) -> str:
        return f"{self._name}, frame {number}"

    def _decode(self, number: int) -> Image:
        if number < self.numbers[0] or number > self.numbers[-1]:
            raise ClipError("frames.missing", f"{self._name} has no frame {number}")
        if self._capture is None or number < self._next:
            self._open()
        while self._next < number and self._capture.grab():
            self._next += 1
        decoded, image = self._capture.read() if self._next == number else (False, None)
        if not decoded:
            raise ClipError("frames.undecodable", f"{self.path(number)} does not decode")
        self._next += 1
        return np.asarray(image, dtype=np.uint8)

    def fingerprint(self) -> str:
        stat = self._path.stat()
        text = f"{self._path.name}\0{stat.st_size}\0{stat.st_mtime_ns}\0{self._source.first}\0{self._source.last}"
        return hashlib.sha256(text.encode()).hexdigest()

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None


def _decode_image(data: bytes, path: str, mode: int = cv2.IMREAD_ANYCOLOR) -> Image:
    """Both modes drop alpha, scale 16 bit to 8 and obey the EXIF orientation."""
    if data.startswith(_JPEG_START) and not _jpeg_complete(data):
        # Some OpenCV versions fill the missing part with grey and say nothing.
        raise ClipError("frames.undecodable", f"{path} is a truncated JPEG")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), mode)
    except cv2.error:  # empty file
        image = None
    if image is None or image.dtype != np.uint8:
        raise ClipError("frames.undecodable", f"{path} is not a picture that can be decoded")
    return np.asarray(image, dtype=np.uint8)


def _jpeg_complete(data: bytes) -> bool:
    """Whether the end marker follows the compressed data. An EXIF thumbnail has one too, so headers are skipped."""
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            return False
        if data[position + 1] == 0xFF:  # fill byte
            position += 1
            continue
        if data[position + 1] == _JPEG_SCAN:
            # In compressed data 0xFF is always followed by 0x00 or a restart marker.
            return data.find(_JPEG_END, position) >= 0
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return False
