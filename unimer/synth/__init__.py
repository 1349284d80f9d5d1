"""Synthetic corpora with exactly known motion (docs/synth.md)."""

from unimer.synth.corpus import SynthSummary, make_corpus, make_traps
from unimer.synth.displace import displacement_field, displacements, movers
from unimer.synth.faces import FaceImage, face_images
from unimer.synth.layouts import LAYOUTS, get_layout
from unimer.synth.render import Pair, render_pair, with_head

__all__ = [
    "LAYOUTS",
    "FaceImage",
    "Pair",
    "SynthSummary",
    "displacement_field",
    "displacements",
    "face_images",
    "get_layout",
    "make_corpus",
    "make_traps",
    "movers",
    "render_pair",
    "with_head",
]
