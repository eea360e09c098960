"""Predictive endpoints through the unmodified `tritonclient`, held against ONNX Runtime itself."""

from __future__ import annotations

import time
from pathlib import Path

import numpy
import onnxruntime
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

MODELS = Path(__file__).resolve().parents[2] / "src/engines/testdata"


@pytest.fixture
def tandem(start_tandem):
    return start_tandem({"log": {"level": "info"}})


def publish(tandem, name: str, file: str) -> None:
    bytes_of_model = (MODELS / file).read_bytes()
    model = tandem.request("POST", f"/api/tandem/v1/models/upload?name={name}", body=bytes_of_model)
    assert model.status == 201, model.body
    tandem.api("PUT", f"/endpoints/{name}",
               {"kind": "predict", "targets": [{"file": model.json()["file"]}]})


def client_of(tandem, key: str | None = None):
    client = triton.InferenceServerClient(tandem.address)
    return client, {"authorization": "Bearer " + (key or tandem.admin_key)}


def oracle(file: str, inputs: dict) -> list:
    session = onnxruntime.InferenceSession(str(MODELS / file))
    return session.run(None, inputs)


@pytest.mark.parametrize("binary", [True, False])
def test_scores_as_onnxruntime_does(tandem, binary):
    """The outputs of an uploaded model equal those of the library that it was exported for."""
    publish(tandem, "urgency", "urgency_regressor.onnx")
    client, headers = client_of(tandem)
    metadata = client.get_model_metadata("urgency", headers=headers)
    info = metadata["inputs"][0]
    rows = numpy.random.default_rng(3).normal(size=(5, info["shape"][1])).astype("float32")
    tensor = triton.InferInput(info["name"], rows.shape, info["datatype"])
    tensor.set_data_from_numpy(rows, binary_data=binary)
    wanted = [triton.InferRequestedOutput(metadata["outputs"][0]["name"], binary_data=binary)]
    result = client.infer("urgency", [tensor], outputs=wanted, headers=headers)
    expected = oracle("urgency_regressor.onnx", {info["name"]: rows})[0]
    got = result.as_numpy(metadata["outputs"][0]["name"])
    numpy.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


def test_leaves_a_ledger_row_and_a_trace(tandem):
    """A prediction takes the same path as a chat: one settled row, one span, in one trace."""
    publish(tandem, "urgency", "urgency_regressor.onnx")
    client, headers = client_of(tandem)
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers["traceparent"] = f"00-{trace_id}-00f067aa0ba902b7-01"
    info = client.get_model_metadata("urgency", headers=headers)["inputs"][0]
    rows = numpy.zeros((3, info["shape"][1]), dtype="float32")
    tensor = triton.InferInput(info["name"], rows.shape, info["datatype"])
    tensor.set_data_from_numpy(rows)
    answer = client.infer("urgency", [tensor], headers=headers).get_response()
    assert answer["model_name"] == "urgency"
    until = time.monotonic() + 1
    while not (rows_of_trace := tandem.ledger(trace_id=trace_id)) and time.monotonic() < until:
        time.sleep(0.02)
    [row] = rows_of_trace
    assert (row["kind"], row["rows"], row["state"]) == ("predict", 3, "settled")


def test_names_what_is_wrong(tandem):
    """Malformed tensors are 400 in the protocol's shape and name the input; unknown models 404."""
    publish(tandem, "urgency", "urgency_regressor.onnx")
    client, headers = client_of(tandem)
    info = client.get_model_metadata("urgency", headers=headers)["inputs"][0]
    rows = numpy.zeros((1, info["shape"][1] + 1), dtype="float32")
    tensor = triton.InferInput(info["name"], rows.shape, info["datatype"])
    tensor.set_data_from_numpy(rows)
    with pytest.raises(InferenceServerException, match=info["name"]) as failure:
        client.infer("urgency", [tensor], headers=headers)
    assert failure.value.status() == "400"
    with pytest.raises(InferenceServerException, match="no endpoint named") as failure:
        client.infer("nothing", [tensor], headers=headers)
    assert failure.value.status() == "404"


def test_a_tenant_cannot_serve_anothers_model(tandem):
    """A blob that another project uploaded does not exist for this one."""
    publish(tandem, "urgency", "urgency_regressor.onnx")
    file = tandem.api("GET", "/endpoints/urgency")["targets"][0]["file"]
    tandem.api("POST", "/projects", {"name": "other"})
    other = tandem.make_key("other", project="other", role="admin")["key"]
    answer = tandem.request("PUT", "/api/tandem/v1/endpoints/stolen", key=other,
                            body={"kind": "predict", "targets": [{"file": file}]})
    assert answer.status == 404, answer.body
    client, headers = client_of(tandem, other)
    with pytest.raises(InferenceServerException) as failure:
        client.get_model_metadata("urgency", headers=headers)
    assert failure.value.status() == "404"
