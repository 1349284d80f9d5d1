"""``python -m deft``, as ``accelerate launch -m deft`` needs it."""

from deft.cli import main

main()
