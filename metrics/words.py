"""Texts in models that check their values: pydantic would make a plain str of a `Said`, which could not be said in another language then."""

from typing import Annotated, Any

from pydantic import ValidatorFunctionWrapHandler, WrapValidator

from metrics.saying import Said


def _kept(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    checked = check(value)
    return value if isinstance(value, Said) else checked


Words = Annotated[str, WrapValidator(_kept)]
"""A text that stays a Said where it is one.

>>> from pydantic import TypeAdapter
>>> type(TypeAdapter(Words).validate_python(Said("rests on {n} only", n=3)))
<class 'metrics.saying.Said'>
"""
