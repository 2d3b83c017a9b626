"""The encoder as an ONNX graph in int8, whose result for a text does not depend on its batch.

ONNX Runtime's own dynamic quantisation takes one activation scale from the whole batch, so a
label can change with its neighbours. Here each token has its own scale: the largest value of the
token over 127. Weights have one scale per column and are kept within +-63, because AVX2 without
VNNI adds two products in 16 bits and would saturate above that. The graph uses a few of ONNX
Runtime's own fused operators (domain com.microsoft) for the work around the matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from nlp.training.base import Shape

WEIGHT_LIMIT = 63.0
TABLE_LIMIT = 127.0
PAD = 1
WIDTHS = {"logits": 3, "relevance": 1}
FUSED = "com.microsoft"
State = dict[str, NDArray[np.float32]]
"""Weights by the names of nlp.training.network.Classifier."""


@dataclass(slots=True)
class Builder:
    """Collects nodes and constants; every method returns the name of what it made."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, NDArray[np.generic]] = field(default_factory=dict)

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.constants[name] = value
        return name

    def node(
        self, operator: str, inputs: list[str], domain: str = "", output: str = "", **attributes: Any
    ) -> str:
        name = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes))
        return name


def quantise(matrix: NDArray[np.float32], limit: float) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """int8 weights of [out, in] and one scale per out row: matrix is about weights * scale[:, None].

    >>> weights, scale = quantise(np.array([[0.5, -1.0], [0.0, 0.0]], dtype=np.float32), 63.0)
    >>> weights.tolist()
    [[31, -63], [0, 0]]
    """
    scale = (np.abs(matrix).max(axis=1) / limit).astype(np.float32)
    scale = np.where(scale > 0, scale, np.float32(1.0)).astype(np.float32)
    weights = np.clip(np.rint(matrix / scale[:, None]), -limit, limit).astype(np.int8)
    return weights, scale


def tokens_to_bytes(build: Builder, x: str) -> tuple[str, str]:
    """Quantise [tokens, width] to uint8 around 128 with one scale per token; returns both names."""
    largest = build.node("ReduceMax", [build.node("Abs", [x]), "last_axis"], keepdims=1)
    scale = build.node("Mul", [build.node("Max", [largest, "tiny"]), "one_127th"])
    flat = build.node("Squeeze", [scale, "last_axis"])
    middle = build.node("Expand", ["zero_128", build.node("Shape", [flat])])
    return build.node("QuantizeLinear", [x, flat, middle], axis=0), scale


def linear(build: Builder, name: str, quantised: tuple[str, str], weight: NDArray[np.float32]) -> str:
    """The product of quantised tokens and a weight [out, in], without its bias: [tokens, out]."""
    values, scale = quantise(weight, WEIGHT_LIMIT)
    kernel = build.constant(f"{name}.int8", np.ascontiguousarray(values.T))
    columns = build.constant(f"{name}.scale", scale)
    product = build.node(
        "MatMulIntegerToFloat",
        [quantised[0], kernel, "one", columns, "zero_128_scalar"],
        domain=FUSED,
    )
    return build.node("Mul", [product, quantised[1]])


def embed(build: Builder, state: State, epsilon: float) -> str:
    """Words plus positions, normalised: [rows, length, hidden]."""
    table, scale = quantise(state["words.weight"], TABLE_LIMIT)
    build.constant("words.int8", table)
    build.constant("words.scale", scale[:, None])
    build.constant("positions", state["positions.weight"])
    words = build.node("Cast", [build.node("Gather", ["words.int8", "ids"])], to=TensorProto.FLOAT)
    words = build.node("Mul", [words, build.node("Gather", ["words.scale", "ids"])])
    length = build.node("Shape", ["ids"], start=1, end=2)
    places = build.node("Slice", ["positions", "zero_1d", length, "zero_1d"])
    return norm(build, build.node("Add", [words, places]), "embedding_norm", state, epsilon)


def norm(build: Builder, x: str, name: str, state: State, epsilon: float) -> str:
    """Layer normalisation with the weights called `name`."""
    gain = build.constant(f"{name}.gain", state[f"{name}.weight"])
    bias = build.constant(f"{name}.bias", state[f"{name}.bias"])
    return build.node("LayerNormalization", [x, gain, bias], axis=-1, epsilon=epsilon)


def add_norm(build: Builder, x: str, skip: str, bias: str, name: str, state: State, epsilon: float) -> str:
    """Residual: normalise x + bias + skip."""
    joined = build.constant(f"{bias}.bias", state[f"{bias}.bias"])
    summed = build.node("Add", [build.node("Add", [x, joined]), skip])
    return norm(build, summed, name, state, epsilon)


def layer(build: Builder, x: str, name: str, state: State, shape: Shape) -> str:
    """One encoder layer over [tokens, hidden]."""
    qkv = linear(build, f"{name}.qkv", tokens_to_bytes(build, x), state[f"{name}.qkv.weight"])
    bias = build.constant(f"{name}.qkv.bias", state[f"{name}.qkv.bias"])
    shaped = build.node("Reshape", [qkv, "rows_length_3hidden"])
    parts = [f"{name}.{part}" for part in ("query", "key", "value")]
    build.nodes.append(
        helper.make_node("Split", [shaped], parts, name=f"{name}.split", axis=2, num_outputs=3)
    )
    seen = build.node("MultiHeadAttention", [*parts, bias, "mask"], domain=FUSED, num_heads=shape.heads)
    heard = tokens_to_bytes(build, build.node("Reshape", [seen, "tokens_hidden"]))
    out = linear(build, f"{name}.attention_out", heard, state[f"{name}.attention_out.weight"])
    x = add_norm(build, out, x, f"{name}.attention_out", f"{name}.attention_norm", state, shape.epsilon)
    fed = linear(build, f"{name}.feed_in", tokens_to_bytes(build, x), state[f"{name}.feed_in.weight"])
    bias = build.constant(f"{name}.feed_in.bias", state[f"{name}.feed_in.bias"])
    fed = build.node("BiasGelu", [fed, bias], domain=FUSED)
    out = linear(build, f"{name}.feed_out", tokens_to_bytes(build, fed), state[f"{name}.feed_out.weight"])
    return add_norm(build, out, x, f"{name}.feed_out", f"{name}.out_norm", state, shape.epsilon)


def pooled_places(build: Builder, vocabulary: int) -> str:
    """The places the mean is taken over, as in nlp.training.network.pooled_places: float [rows, length]."""
    marks = {}
    for name, number in (("open", vocabulary - 2), ("close", vocabulary - 1)):
        build.constant(f"{name}_mark", np.array(number, np.int64))
        marks[name] = build.node("Cast", [build.node("Equal", ["ids", f"{name}_mark"])], to=TensorProto.INT32)
    depth = build.node("CumSum", [build.node("Sub", [marks["open"], marks["close"]]), "axis_1_scalar"])
    depth = build.node("Mul", [build.node("Add", [depth, marks["close"]]), "mask"])
    inside = build.node("Cast", [build.node("Greater", [depth, "zero_int32"])], to=TensorProto.INT32)
    any_inside = build.node("ReduceMax", [inside, "last_axis"], keepdims=1)
    chosen = build.node("Where", [build.node("Cast", [any_inside], to=TensorProto.BOOL), inside, "mask"])
    return build.node("Cast", [chosen], to=TensorProto.FLOAT)


def mean(build: Builder, x: str, places: str, output: str = "") -> str:
    """The mean of x [rows, length, hidden] over the chosen places [rows, length]: [rows, hidden]."""
    weight = build.node("Unsqueeze", [places, "last_axis"])
    total = build.node("ReduceSum", [build.node("Mul", [x, weight]), "axis_1"], keepdims=0)
    count = build.node("ReduceSum", [weight, "axis_1"], keepdims=0)
    return build.node("Div", [total, build.node("Max", [count, "one"])], output=output)


def head(build: Builder, pooled: str, name: str, state: State) -> str:
    """The linear head called `name` over [rows, hidden]."""
    weight = build.constant(f"{name}.weight", np.ascontiguousarray(state[f"{name}.weight"].T))
    return build.node("Gemm", [pooled, weight, build.constant(f"{name}.bias", state[f"{name}.bias"])])


def heads(build: Builder, x: str, state: State, vocabulary: int, temperatures: NDArray[np.float32]) -> None:
    """The outputs; the temperature of a text is the mean over languages, weighted by their probability."""
    shaped = build.node("Reshape", [x, "rows_length_hidden"])
    at_target = mean(build, shaped, pooled_places(build, vocabulary), output="pooled")
    whole = mean(build, shaped, build.node("Cast", ["mask"], to=TensorProto.FLOAT))
    build.node("Softmax", [head(build, whole, "language", state)], output="language", axis=1)
    weights = build.constant("temperatures", temperatures[:, None])
    divisor = build.node("MatMul", ["language", weights])
    build.node("Div", [head(build, at_target, "head", state), divisor], output="logits")
    build.node("Sigmoid", [head(build, at_target, "about", state)], output="relevance")


def encoder(state: State, shape: Shape, temperatures: NDArray[np.float32]) -> onnx.ModelProto:
    """The whole model: `ids` int64 [rows, length], padded with 1, to four float32 outputs.

    `logits` [rows, 3], divided by the temperature of the text's language; `relevance` [rows, 1], the
    probability that the text is about the marked target; `language` [rows, languages], probabilities;
    `pooled` [rows, hidden], what the first two are computed from.
    """
    build = Builder()
    for name, value in _constants(shape.hidden).items():
        build.constant(name, value)
    seen = build.node("Not", [build.node("Equal", ["ids", "pad"])])
    build.nodes.append(helper.make_node("Cast", [seen], ["mask"], name="mask", to=TensorProto.INT32))
    sizes = build.node("Shape", ["ids"])
    for name in ("hidden", "3hidden"):
        target = helper.make_node("Concat", [sizes, name], [f"rows_length_{name}"], name=f"to_{name}", axis=0)
        build.nodes.append(target)
    x = embed(build, state, shape.epsilon)
    x = build.node("Reshape", [x, "tokens_hidden"])
    for number in range(shape.layers):
        x = layer(build, x, f"layers.{number}", state, shape)
    heads(build, x, state, shape.vocabulary, temperatures)
    constants = [numpy_helper.from_array(value, name) for name, value in build.constants.items()]
    graph = helper.make_graph(
        build.nodes,
        "listener-embedded",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["rows", "length"])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", width])
            for name, width in {**WIDTHS, "language": len(temperatures), "pooled": shape.hidden}.items()
        ],
        constants,
    )
    versions = [helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(graph, opset_imports=versions, ir_version=9)


def _constants(hidden: int) -> dict[str, NDArray[np.generic]]:
    """The small constants that several nodes share."""
    return {
        "last_axis": np.array([-1], np.int64),
        "axis_1": np.array([1], np.int64),
        "axis_1_scalar": np.array(1, np.int64),
        "zero_int32": np.array(0, np.int32),
        "zero_1d": np.array([0], np.int64),
        "pad": np.array(PAD, np.int64),
        "tiny": np.array(1e-8, np.float32),
        "one": np.array(1.0, np.float32),
        "one_127th": np.array(1.0 / 127.0, np.float32),
        "zero_128": np.array([128], np.uint8),
        "zero_128_scalar": np.array(128, np.uint8),
        "hidden": np.array([hidden], np.int64),
        "3hidden": np.array([3 * hidden], np.int64),
        "tokens_hidden": np.array([-1, hidden], np.int64),
    }
