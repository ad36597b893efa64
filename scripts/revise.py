"""Write the next revision of the schema from the catalog's declarations, or the first one anew.

python scripts/revise.py "people have badges"     # then read it and complete what it cannot know
python scripts/revise.py --first                  # only until a release holds it
"""

import subprocess
import sys

from sparkle_adapters.sql.migrate import MIGRATIONS
from sparkle_adapters.sql.revising import revise
from sparkle_core.application.catalog import STORED


def main() -> None:
    numbers = sorted(path.name[1:5] for path in (MIGRATIONS / "versions").glob("r*.py"))
    if sys.argv[1:] == ["--first"]:
        path = revise(STORED, "The first tables", "0001", None)
    elif len(sys.argv) == 2:
        path = revise(STORED, sys.argv[1], f"{int(numbers[-1]) + 1:04}", numbers[-1])
    else:
        sys.exit(__doc__)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", path], check=True)
    subprocess.run([sys.executable, "-m", "ruff", "check", "--fix", "--quiet", path], check=True)
    print(path)


if __name__ == "__main__":
    main()
