"""``python -m actions``: the action server."""

from actions.server import main

if __name__ == "__main__":  # the SDK imports every module of this package, this one too
    main()
