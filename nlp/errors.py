"""What can go wrong while loading or reading a model.

Exception
  ModelError        a model's file is missing, cut, altered, unsafe or not understood
  EvaluationError   a row of an evaluation file cannot be used (names file and line)
"""


class ModelError(Exception):
    """A model cannot be used; the message names the file or model, the reason and the way out.

    >>> raise ModelError("weights/model.onnx: missing; reinstall the package")
    Traceback (most recent call last):
        ...
    nlp.errors.ModelError: weights/model.onnx: missing; reinstall the package
    """


class EvaluationError(ValueError):
    """A row of an evaluation file cannot be used; the message starts with `file:line:`."""
