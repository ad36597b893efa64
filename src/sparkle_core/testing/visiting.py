"""Coming back from the providers in memory, who believe whatever a code says."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sparkle_core.application.accounts import Departure


def came_back(departure: Departure, **says: Any) -> dict[str, str]:
    """What somebody comes back with (`state`, `code`, `browser`), who signed in there as the provider `says`.

    `sub`, `email`, `email_verified` and `name`; Ada, unless said otherwise.
    """
    state, code = signed_in(departure.address, **says)
    return {"state": state, "code": code, "browser": departure.browser}


def signed_in(address: str, **says: Any) -> tuple[str, str]:
    """State and code of somebody who signed in at an address that `MemoryIdentityProviders` gave."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    ada = {"sub": "42", "email": "ada@example.org", "email_verified": True, "name": "Ada"}
    said = json.dumps(asked | ada | says, sort_keys=True).encode()
    return asked["state"], base64.urlsafe_b64encode(said).rstrip(b"=").decode()
