"""`python -m training --out DIR`: today's model in DIR/<name>/<version>/, trained if it is not there.

Prints one JSON object: {name, version, directory, files: {file: sha256}, trained: true | false}.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from training.pipeline import ensure
from training.version import NAME, DataMissingError, model_version


def main(arguments: list[str] | None = None) -> int:
    """0 and a JSON object on stdout; 1 and the cause on stderr."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--out", type=Path, metavar="DIR", help="where models are kept")
    parser.add_argument("--version-only", action="store_true", help="print {name, version} and train nothing")
    options = parser.parse_args(arguments)
    try:
        if options.version_only:
            print(json.dumps({"name": NAME, "version": model_version()}))
            return 0
        if options.out is None:
            parser.error("--out DIR is needed, unless --version-only is given")
        made = ensure(options.out)
    except (DataMissingError, OSError) as error:
        print(f"No model was made: {error}", file=sys.stderr)
        return 1
    print(json.dumps(made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
