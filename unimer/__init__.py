"""Uni-MER: a motion-grounded instruction dataset for micro-expression recognition.

Every statement in a text is carried by two constraints at once: the Action Unit label says which region should
move and how, and the optical flow from onset to apex shows that it does.
"""

__version__ = "0.1.0"
