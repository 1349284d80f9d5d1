"""Synthetic corpora with exactly known motion (docs/synth.md)."""

from unimer.synth.corpus import LAYOUTS, SynthSummary, make_corpus
from unimer.synth.displace import displacement_field, displacements, movers
from unimer.synth.faces import FaceImage, face_images
from unimer.synth.render import Pair, render_pair, with_head

__all__ = [
    "LAYOUTS",
    "FaceImage",
    "Pair",
    "SynthSummary",
    "displacement_field",
    "displacements",
    "face_images",
    "make_corpus",
    "movers",
    "render_pair",
    "with_head",
]
