"""`python -m sparkle_cli`."""

import sys

from sparkle_cli.main import main

sys.exit(main())
