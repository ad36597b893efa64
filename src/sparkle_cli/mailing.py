"""Letters, looked at by hand."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sparkle_bootstrap import Settings
from sparkle_bootstrap.mailing import previews
from sparkle_cli.options import Json
from sparkle_cli.output import tell, tell_json, writing


def preview(
    *, out: Annotated[Path, Parameter(help="The folder to write to; made when it is not there.")], json: Json = False
) -> None:
    """Write every kind of letter with made-up facts, as HTML and as text, and a page that shows them all."""
    base = Settings.from_environment().public_url or "https://sparkle.example"
    written = previews(base)
    frames = "\n".join(f'<h2>{p.kind}</h2><iframe src="{p.kind}.html" title="{p.kind}"></iframe>' for p in written)
    style = "body{font-family:sans-serif;margin:16px}iframe{width:100%;height:640px;border:1px solid #999}"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Letters</title><style>{style}</style>'
    with writing(out, "--out"):
        out.mkdir(parents=True, exist_ok=True)
        for one in written:
            (out / f"{one.kind}.html").write_text(one.html, encoding="utf-8")
            (out / f"{one.kind}.txt").write_text(f"Subject: {one.subject}\n\n{one.text}", encoding="utf-8")
        (out / "index.html").write_text(f"{head}\n{frames}\n", encoding="utf-8")
    if json:
        tell_json([{"kind": one.kind, "subject": one.subject} for one in written])
    else:
        tell(f"{len(written)} kinds of letters are in {out}; {out / 'index.html'} shows them all.")
