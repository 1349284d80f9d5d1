"""``python -m unimer``."""

from unimer.cli import main

if __name__ == "__main__":
    main()
