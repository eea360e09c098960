#!/usr/bin/env python3
"""Makes the small ONNX models of this folder and what Python's ONNX Runtime answers for them.

    python3 -m venv v && v/bin/pip install numpy scikit-learn skl2onnx onnx onnxmltools \
        onnxruntime xgboost-cpu
    v/bin/python make_models.py

The data are generated (a support desk's tickets), so the models are free of rights.
"""
import json
import pathlib

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as XgbFloat
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder
from xgboost import XGBClassifier

HERE = pathlib.Path(__file__).parent
RANDOM = numpy.random.default_rng(20261124)
OPSET = {"": 17, "ai.onnx.ml": 3}


def tickets(rows):
    x = RANDOM.normal(size=(rows, 8)).astype(numpy.float32)
    urgency = 1.5 * x[:, 0] - x[:, 1] * x[:, 2] + 0.5 * numpy.sin(3 * x[:, 3])
    return x, urgency.astype(numpy.float32)


def save(name, model):
    data = model if isinstance(model, bytes) else model.SerializeToString()
    assert len(data) < 200_000, (name, len(data))
    (HERE / f"{name}.onnx").write_bytes(data)


def plain(value):
    """A numpy array, or what a ZipMap gives, as JSON values."""
    if isinstance(value, list):
        return {"classes": [str(key) for key in sorted(value[0])],
                "scores": [[float(row[key]) for key in sorted(row)] for row in value]}
    return value.tolist()


def answers(name, feeds):
    session = onnxruntime.InferenceSession(str(HERE / f"{name}.onnx"))
    outputs = [output.name for output in session.get_outputs()]
    cases = []
    for feed in feeds:
        got = session.run(None, feed)
        cases.append({"inputs": {key: {"shape": list(value.shape), "data": value.ravel().tolist()}
                                 for key, value in feed.items()},
                      "outputs": {key: plain(value) for key, value in zip(outputs, got)}})
    return cases


def make_trees(expected):
    x, urgency = tickets(2000)
    test, _ = tickets(40)
    level = numpy.digitize(urgency, [-1, 1])
    classifier = GradientBoostingClassifier(n_estimators=20, max_depth=3, random_state=1)
    save("urgency_classifier", to_onnx(classifier.fit(x, level), x[:1], target_opset=OPSET))
    regressor = GradientBoostingRegressor(n_estimators=40, max_depth=3, random_state=1)
    save("urgency_regressor", to_onnx(regressor.fit(x, urgency), x[:1], target_opset=OPSET))
    booster = XGBClassifier(n_estimators=30, max_depth=4, random_state=1)
    booster.fit(x, (urgency > 0.3).astype(int))
    save("churn_xgboost", convert_xgboost(booster, initial_types=[("input", XgbFloat([None, 8]))],
                                          target_opset=15))
    for name, key in (("urgency_classifier", "X"), ("urgency_regressor", "X"),
                      ("churn_xgboost", "input")):
        expected[name] = answers(name, [{key: test}, {key: test[:1]}])


def make_strings(expected):
    channels = numpy.array(["mail", "chat", "phone"])
    n = 500
    channel = channels[RANDOM.integers(0, 3, n)]
    age = RANDOM.uniform(0, 30, n).astype(numpy.float32)
    owner = numpy.where(channel == "phone", "hotline", numpy.where(age > 12, "back office", "desk"))
    import pandas
    frame = pandas.DataFrame({"channel": channel, "age_h": age})
    model = Pipeline([("features", ColumnTransformer([
        ("channel", OneHotEncoder(handle_unknown="ignore"), ["channel"]),
        ("age_h", "passthrough", ["age_h"])])), ("route", LogisticRegression(max_iter=1000))])
    model.fit(frame, owner)
    types = [("channel", StringTensorType([None, 1])), ("age_h", FloatTensorType([None, 1]))]
    from skl2onnx import convert_sklearn
    save("route_strings", convert_sklearn(model, initial_types=types, target_opset=OPSET))
    feed = {"channel": numpy.array([["mail"], ["phone"], ["fax"], ["chat"]]),
            "age_h": numpy.array([[20.0], [1.0], [3.5], [0.25]], dtype=numpy.float32)}
    expected["route_strings"] = answers("route_strings", [feed])


def make_identity():
    """Every datatype goes through unchanged; one output of a kind that cannot be served."""
    kinds = ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64",
             "FLOAT16", "BFLOAT16", "FLOAT", "DOUBLE", "STRING"]
    inputs, outputs, nodes = [], [], []
    for kind in kinds:
        name = kind.lower()
        shape = ["n", 2]
        inputs.append(helper.make_tensor_value_info(name, getattr(TensorProto, kind), shape))
        outputs.append(helper.make_tensor_value_info(f"{name}_out", getattr(TensorProto, kind), shape))
        nodes.append(helper.make_node("Identity", [name], [f"{name}_out"]))
    nodes.append(helper.make_node("SequenceConstruct", ["float"], ["sequence_out"]))
    outputs.append(helper.make_tensor_sequence_value_info("sequence_out", TensorProto.FLOAT, None))
    graph = helper.make_graph(nodes, "identity", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    save("identity", model)


def make_slow():
    """As many matrix products as the input `times` says: for deadlines and cancellation."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_out"]),
         helper.make_node("MatMul", ["m", "half"], ["m_out"])], "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []),
         helper.make_tensor_value_info("go", TensorProto.BOOL, []),
         helper.make_tensor_value_info("m", TensorProto.FLOAT, [64, 64])],
        [helper.make_tensor_value_info("go_out", TensorProto.BOOL, []),
         helper.make_tensor_value_info("m_out", TensorProto.FLOAT, [64, 64])])
    half = helper.make_tensor("half", TensorProto.FLOAT, [64, 64],
                              (numpy.eye(64, dtype=numpy.float32) * 0.5).ravel())
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])
    graph = helper.make_graph(
        [helper.make_node("Squeeze", ["times"], ["count"]),
         helper.make_node("Loop", ["count", "yes", "start"], ["end"], body=body)], "slow",
        [helper.make_tensor_value_info("times", TensorProto.INT64, [1]),
         helper.make_tensor_value_info("start", TensorProto.FLOAT, [64, 64])],
        [helper.make_tensor_value_info("end", TensorProto.FLOAT, [64, 64])], [half, yes])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    save("slow", model)


def main():
    expected = {}
    make_trees(expected)
    make_strings(expected)
    make_identity()
    make_slow()
    (HERE / "models_expected.json").write_text(json.dumps(expected, indent=0))


if __name__ == "__main__":
    main()
