"""Filling in what use cases ask for by annotation: rules slices and ports. Checked when wiring, not when called."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, get_type_hints

from attrs import evolve

from sparkle_core.application.kernel.commands import UseCase

Provided = Mapping[Any, Any]
"""Annotation → what is handed over for it."""


def wired(use: UseCase, provided: Provided) -> UseCase:
    """The use case with its dependencies filled in. Raises TypeError naming what nobody provides."""
    prepare = _filled(use.prepare, provided) if use.prepare is not None else None
    standing = _filled(use.standing, provided) if use.standing is not None else None
    return evolve(use, handler=_filled(use.handler, provided), prepare=prepare, standing=standing)


def _filled(function: Callable[..., Any], provided: Provided) -> Callable[..., Any]:
    hints = get_type_hints(function)
    asked = {
        name: hints[name]
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    missing = [f"{name}: {hint.__name__}" for name, hint in asked.items() if hint not in provided]
    if missing:
        raise TypeError(f"{function.__name__} needs {', '.join(missing)}, which nothing provides")
    return partial(function, **{name: provided[hint] for name, hint in asked.items()}) if asked else function
