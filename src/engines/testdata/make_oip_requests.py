#!/usr/bin/env python3
"""Makes oip_requests.json: request bodies of the `tritonclient` package, and what is in them.

    python3 -m venv v && v/bin/pip install 'tritonclient[http]' numpy
    v/bin/python make_oip_requests.py
"""
import base64
import json
import pathlib

import numpy
import tritonclient.http as http
from tritonclient.utils import serialize_byte_tensor

HERE = pathlib.Path(__file__).parent
RANDOM = numpy.random.default_rng(20261124)
TYPES = {"BOOL": bool, "UINT8": "u1", "UINT16": "u2", "UINT32": "u4", "UINT64": "u8", "INT8": "i1",
         "INT16": "i2", "INT32": "i4", "INT64": "i8", "FP16": "f2", "FP32": "f4", "FP64": "f8"}


def array_of(name, shape):
    if name == "BYTES":
        words = [b"mail", b"", "Z\u00fcrich".encode(), b"line\nbreak \"quoted\"", "\u4e2d\U0001F44D".encode()]
        n = int(numpy.prod(shape))
        return numpy.array([words[i % len(words)] for i in range(n)], dtype=object).reshape(shape)
    if name == "BOOL":
        return RANDOM.integers(0, 2, shape).astype(bool)
    kind = numpy.dtype(TYPES[name])
    if kind.kind == "f":
        return RANDOM.normal(size=shape).astype(kind)
    info = numpy.iinfo(kind)
    values = RANDOM.integers(info.min, info.max, shape, dtype=kind, endpoint=True)
    values.flat[0], values.flat[-1] = info.min, info.max
    return values


def raw_of(array):
    if array.dtype == object:
        out = serialize_byte_tensor(array)
        return out.item() if out.size else b""
    return array.astype(array.dtype.newbyteorder("<")).tobytes()


def make_case(title, tensors, binary, outputs=None, **more):
    inputs = []
    for name, datatype, array in tensors:
        tensor = http.InferInput(name, list(array.shape), datatype)
        tensor.set_data_from_numpy(array, binary_data=binary)
        inputs.append(tensor)
    wanted = None
    if outputs is not None:
        wanted = [http.InferRequestedOutput(n, binary_data=b) for n, b in outputs]
    body, size = http.InferenceServerClient.generate_request_body(inputs, outputs=wanted, **more)
    return {
        "title": title, "body": base64.b64encode(body).decode(), "header_length": size,
        "id": more.get("request_id", ""), "timeout_us": more.get("timeout"),
        "binary_by_default": outputs is None,
        "outputs": [{"name": n, "binary": b} for n, b in outputs or []],
        "inputs": [{"name": name, "datatype": datatype, "shape": list(array.shape),
                    "raw": base64.b64encode(raw_of(array)).decode()}
                   for name, datatype, array in tensors],
    }


def main():
    cases = []
    for datatype in [*TYPES, "BYTES"]:
        for shape in ((5,), (2, 3), (1, 2, 2)):
            array = array_of(datatype, shape)
            cases.append(make_case(f"{datatype} {shape} binary", [("x", datatype, array)], True))
            if datatype != "FP16":
                cases.append(make_case(f"{datatype} {shape} json", [("x", datatype, array)], False))
    nan = numpy.array([[numpy.nan, numpy.inf, -numpy.inf, 1e-40, 3.4e38]], dtype="f4")
    cases.append(make_case("FP32 special json", [("x", "FP32", nan)], False))
    cases.append(make_case("FP32 special binary", [("x", "FP32", nan)], True))
    empty = numpy.zeros((0, 4), dtype="f4")
    cases.append(make_case("empty binary", [("x", "FP32", empty)], True))
    several = [("age_h", "FP32", array_of("FP32", (3, 1))), ("channel", "BYTES", array_of("BYTES", (3, 1))),
               ("flag", "BOOL", array_of("BOOL", (3,)))]
    cases.append(make_case("several binary", several, True))
    cases.append(make_case("several with outputs", several, True,
                           outputs=[("label", False), ("scores", True)], request_id="r-17",
                           timeout=250_000))
    cases.append(make_case("several json with outputs", several, False, outputs=[("label", False)],
                           priority=2, parameters={"my_key": "my value"}))
    (HERE / "oip_requests.json").write_text(json.dumps(cases, indent=0))
    print(len(cases))


if __name__ == "__main__":
    main()
