"""``python -m ttmem``: the command, with this interpreter for scripts that it is to run."""

from __future__ import annotations

import os
import sys


def main() -> None:
    from ._files import command

    try:
        path = command()
    except FileNotFoundError as error:
        sys.exit(f"ttmem: {error}")
    # `ttmem run script.py` takes the interpreter from here, and so this one's packages.
    if sys.executable:
        os.environ["TTMEM_PYTHON"] = sys.executable
    os.execv(path, [path, *sys.argv[1:]])


if __name__ == "__main__":
    main()
