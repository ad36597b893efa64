"""A real provider for tests: a process that speaks OpenID Connect and OAuth 2.0 as Google, Apple, Discord, GitHub and
Twitch do, each under a path of its own, with PKCE, client authentication, codes that work once, and signatures.

Whoever visits an address says in `as` who signs in there, and what the provider is to say wrongly.
"""

import asyncio
import atexit
import base64
import ctypes
import hashlib
import json
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import uvicorn
from attrs import field, frozen
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

ENDS_WITH_ITS_PARENT = 1  # prctl's PR_SET_PDEATHSIG
STARTS_WITHIN_S = 30.0
FACES = ("google", "apple", "discord", "github", "twitch", "keycloak")
CLIENT_ID, CLIENT_SECRET, REDIRECT_URI = "sparkle", "s3cret-of-the-client", "https://sparkle.example/signed-in"


@frozen(eq=False)
class Granted:
    """A code that was given out: to be taken once, with the verifier of what it was asked for with."""

    face: str
    asked: dict[str, str]
    whom: dict[str, Any]
    says: dict[str, Any]


@frozen(eq=False)
class House:
    """Everything behind the paths."""

    port: int
    apple_key: ECKey
    key: RSAKey = field(factory=lambda: RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}))
    named: list[str] = field(factory=lambda: ["first"])
    stranger: RSAKey = field(factory=lambda: RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}))
    codes: dict[str, Granted] = field(factory=dict)
    tokens: dict[str, Granted] = field(factory=dict)

    def issuer(self, face: str) -> str:
        return f"http://127.0.0.1:{self.port}/{face}"

    async def metadata(self, request: Request) -> Response:
        face = request.path_params["face"]
        issuer = self.issuer(face)
        return JSONResponse(
            {
                "issuer": issuer if face != "liar" else self.issuer("google"),
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "authorization_response_iss_parameter_supported": face == "google",
            }
        )

    async def keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False) | {"kid": name} for name in self.named]})

    async def rotate(self, request: Request) -> Response:
        """Publish the key under a name that was not there before."""
        self.named.append("unheard-of")
        return Response(status_code=204)

    async def authorize(self, request: Request) -> Response:
        """Somebody signs in, and is sent back to where the client is registered."""
        face, asked = request.path_params["face"], dict(request.query_params)
        if asked["redirect_uri"] != REDIRECT_URI or asked["client_id"] != CLIENT_ID:
            return Response("not registered", 400)
        said = json.loads(asked.pop("as"))
        code = secrets.token_urlsafe(24)
        self.codes[code] = Granted(face, asked, said["whom"], said["says"])
        back = {"state": asked["state"], "code": code} | ({"iss": self.issuer(face)} if face == "google" else {})
        if asked.get("response_mode") == "form_post":
            inputs = "".join(f'<input type="hidden" name="{n}" value="{v}">' for n, v in back.items())
            return HTMLResponse(f'<form method="post" action="{REDIRECT_URI}">{inputs}</form>')
        return RedirectResponse(f"{REDIRECT_URI}?{urlencode(back)}", 302)

    async def token(self, request: Request) -> Response:
        face = request.path_params["face"]
        sent = dict(parse_qsl((await request.body()).decode()))
        if sent.get("code") == "slow":
            await asyncio.sleep(60)  # as somebody does who is never heard of again
        if not self._knows(face, sent):
            return JSONResponse({"error": "invalid_client"}, 401)
        granted = self.codes.pop(sent.get("code", ""), None)
        if granted is None or granted.face != face or not self._is_right(granted, sent):
            if face == "twitch":
                return JSONResponse({"status": 400, "message": "Invalid authorization code"}, 400)
            status, error = (200, "bad_verification_code") if face == "github" else (400, "invalid_grant")
            return JSONResponse({"error": error}, status)
        access = secrets.token_urlsafe(24)
        self.tokens[access] = granted
        answer = {"access_token": access, "token_type": "bearer", "expires_in": 30}
        if face in ("google", "apple", "keycloak"):
            answer["id_token"] = self._signed(granted, access)
        return self._answered(granted, "token", answer)

    @staticmethod
    def _answered(granted: Granted, what: str, well: Any) -> Response:
        """An answer, or what is to be said in its place."""
        return JSONResponse(granted.says.get(what, well))

    def _knows(self, face: str, sent: dict[str, str]) -> bool:
        if sent.get("client_id") != CLIENT_ID:
            return False
        if face != "apple":
            return sent.get("client_secret") == CLIENT_SECRET
        made = jwt.decode(sent["client_secret"], self.apple_key, algorithms=["ES256"])
        claims = made.claims
        good = claims["exp"] > time.time() and (claims["iss"], claims["sub"]) == ("TEAM", CLIENT_ID)
        return bool(good and claims["aud"] == self.issuer("apple") and made.header["kid"] == "KEY")

    @staticmethod
    def _is_right(granted: Granted, sent: dict[str, str]) -> bool:
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        asked = granted.asked
        s256 = asked["code_challenge_method"] == "S256" and asked["code_challenge"] == challenge
        return s256 and sent["redirect_uri"] == REDIRECT_URI and sent["grant_type"] == "authorization_code"

    def _signed(self, granted: Granted, access: str) -> str:
        now, half = int(time.time()), hashlib.sha256(access.encode()).digest()[:16]
        whom, says = granted.whom, dict(granted.says)
        verified: Any = whom["email_verified"]
        claims = {
            "iss": self.issuer(granted.face),
            "aud": CLIENT_ID,
            "sub": whom["subject"],
            "iat": now,
            "exp": now + 300,
            "nonce": granted.asked.get("nonce"),
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            "email_verified": str(verified).lower() if granted.face == "apple" else verified,
            "name": whom["name"],
        } | ({"email": whom["email"]} if whom["email"] else {})
        if granted.asked.get("max_age") is not None:
            claims["auth_time"] = now
        header = {"alg": says.pop("alg", "RS256"), "kid": says.pop("kid", "first")}
        key: Any = self.stranger if says.pop("forged", False) else self.key
        if header["alg"] == "none":
            parts = (json.dumps(part).encode() for part in (header, claims | says))
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        return jwt.encode(header, {name: value for name, value in (claims | says).items() if value != "left out"}, key)

    def _asker(self, request: Request) -> Granted:
        scheme, _, token = request.headers["authorization"].partition(" ")
        assert scheme.lower() == "bearer"
        return self.tokens[token]

    async def discord(self, request: Request) -> Response:
        granted = self._asker(request)
        whom = granted.whom
        said = {"id": whom["subject"], "username": "ada", "global_name": whom["name"], "email": whom["email"]}
        return self._answered(granted, "person", said | {"verified": whom["email_verified"]})

    async def github(self, request: Request) -> Response:
        granted = self._asker(request)
        said = {"id": int(granted.whom["subject"]), "login": "ada", "name": granted.whom["name"], "email": None}
        return self._answered(granted, "person", said)

    async def github_emails(self, request: Request) -> Response:
        granted = self._asker(request)
        whom = granted.whom
        other = {"email": "old@example.org", "primary": False, "verified": True}
        primary = {"email": whom["email"], "primary": True, "verified": whom["email_verified"]}
        return self._answered(granted, "emails", [other, primary] if whom["email"] else [other])

    async def twitch(self, request: Request) -> Response:
        granted = self._asker(request)
        whom = granted.whom
        if request.headers.get("client-id") != CLIENT_ID:
            return Response(status_code=401)
        said = {"id": whom["subject"], "login": "ada", "display_name": whom["name"]}
        verified = {"email": whom["email"]} if whom["email_verified"] else {}
        return self._answered(granted, "person", {"data": [said | verified]})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/{face}/.well-known/openid-configuration", self.metadata),
                Route("/{face}/keys", self.keys),
                Route("/rotation", self.rotate, methods=["POST"]),
                Route("/{face}/authorize", self.authorize),
                Route("/{face}/token", self.token, methods=["POST"]),
                Route("/discord/person", self.discord),
                Route("/github/person", self.github),
                Route("/github/emails", self.github_emails),
                Route("/twitch/person", self.twitch),
            ]
        )


@frozen(eq=False)
class Provider:
    """The process, from outside."""

    port: int
    process: "subprocess.Popen[bytes]"
    apple_key: str = field(repr=False)

    def issuer(self, face: str) -> str:
        return f"http://127.0.0.1:{self.port}/{face}"

    def sign_in(self, address: str, whom: dict[str, Any], says: dict[str, Any]) -> dict[str, str]:
        """What the browser is sent back with, when somebody has signed in at an address."""
        answer = httpx2.get(address, params=dict(parse_qsl(urlsplit(address).query)) | {"as": _said(whom, says)})
        if answer.status_code == 302:
            return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
        names = [part.split('"')[:3:2] for part in answer.text.split('name="')[1:]]
        return {name: value for name, value in names}  # pairs, by name

    def rotate(self) -> None:
        """Sign with a key that was not published before."""
        assert httpx2.post(f"http://127.0.0.1:{self.port}/rotation").status_code == 204

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def _said(whom: dict[str, Any], says: dict[str, Any]) -> str:
    return json.dumps({"whom": whom, "says": says})


@cache
def shared_provider() -> Provider:
    """This process's provider, started by whoever asks first."""
    provider = started()
    atexit.register(provider.close)
    return provider


def started() -> Provider:
    """A provider of one's own, to be closed."""
    apple_key = ECKey.generate_key("P-256").as_pem(private=True).decode()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, str(port)], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(apple_key.encode())
    process.stdin.close()
    until = time.monotonic() + STARTS_WITHIN_S
    while not _answers(port):
        if time.monotonic() > until or process.poll() is not None:
            raise RuntimeError("the provider did not start")
        time.sleep(0.01)
    return Provider(port, process, apple_key)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def serve(port: int) -> None:
    """Be the provider, until the parent ends (where the system knows how) or says so."""
    with suppress(AttributeError):
        ctypes.CDLL(None).prctl(ENDS_WITH_ITS_PARENT, signal.SIGKILL)
    house = House(port, ECKey.import_key(sys.stdin.read()))
    uvicorn.run(house.app(), host="127.0.0.1", port=port, log_config=None)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
