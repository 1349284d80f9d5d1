"""Saves plots: never half a file, and a clear message for a name that is no picture."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from unimer.errors import InputError
from unimer.files import write_bytes


def check_picture_name(path: Path) -> None:
    """Before long work: whether a plot can have this name.

    Raises:
        InputError: the file's ending is of no known picture format.
    """
    if path.suffix.lstrip(".").lower() not in FigureCanvasAgg.get_supported_filetypes():
        raise InputError("no picture format", path=path, remedy="Give a name that ends in .png, .svg or .pdf.")


def save_figure(figure: Figure, path: Path) -> None:
    """Writes a figure as PNG, SVG or PDF, by the ending of the name.

    Raises:
        InputError: the file's ending is of no known picture format.
        OutputError: the file cannot be written.
    """
    check_picture_name(path)
    FigureCanvasAgg(figure)
    picture = BytesIO()
    figure.savefig(picture, format=path.suffix.lstrip(".").lower(), dpi=150)
    write_bytes(path, picture.getvalue())
