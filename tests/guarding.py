"""What several guards ask of declarations."""

import importlib
import pkgutil
from types import ModuleType
from typing import Annotated, Any

from attrs import frozen, has

import sparkle_core.application
import sparkle_core.domain
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Secret, Text, hints_of


def modules() -> list[ModuleType]:
    """Every module of domain and application."""
    packages = (sparkle_core.domain, sparkle_core.application)
    names = [m.name for p in packages for m in pkgutil.walk_packages(p.__path__, p.__name__ + ".")]
    return [importlib.import_module(name) for name in names]


@frozen(kw_only=True)
class Forgotten(Aggregate):
    """An aggregate that nobody declared."""

    note: Annotated[str, Text(0, 10)] = ""


def holds_text(annotation: Any) -> bool:
    """Whether free text can be in a value of this annotation, however deep."""
    if annotation is str or annotation is Secret or hasattr(annotation, "to_json"):
        return True
    if isinstance(annotation, type) and has(annotation):
        return any(holds_text(h) for h in hints_of(annotation).values())
    inside = getattr(annotation, "__args__", ()) or ()
    supertype = getattr(annotation, "__supertype__", None)
    return any(holds_text(a) for a in (*inside, supertype) if a is not None and a is not annotation)
