"""One support ticket through both kinds of model: scored, embedded and answered in one trace.

    TANDEM_URL=http://127.0.0.1:8900 TANDEM_KEY=tk-… ticket.py MODEL_FOLDER

The clients are the unmodified `openai` and `tritonclient` packages. Exits with 1 where a part
failed.
"""

import json
import os
import pathlib
import secrets
import sys
import time
import urllib.error
import urllib.request

import numpy
import openai
import tritonclient.http as triton

URL = os.environ["TANDEM_URL"].rstrip("/")
KEY = os.environ["TANDEM_KEY"]
TICKET = "My invoice went up twice this month and nobody answers the phone. I want to cancel."


def api(method: str, path: str, body=None, raw: bytes | None = None):
    data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
    request = urllib.request.Request(URL + "/api/tandem/v1" + path, data=data, method=method)
    request.add_header("authorization", "Bearer " + KEY)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")
    return json.loads(text) if text else None


def publish_model(folder: pathlib.Path) -> None:
    model = api("POST", "/models/upload?name=churn", raw=(folder / "churn.onnx").read_bytes())
    api("PUT", "/endpoints/churn", {"kind": "predict", "targets": [{"file": model["file"]}]})
    # What our own hardware shall cost: US dollars per million tokens, and per thousand rows.
    api("PUT", "/prices/smollm2-135m-instruct", {"input": 0.02, "output": 0.06})
    api("PUT", "/prices/bge-small-en-v1.5", {"input": 0.005})
    api("PUT", "/prices/onnx*", {"thousand_rows": 0.002})
    print(f"uploaded churn.onnx ({model['size_bytes']} bytes) and named it as the endpoint churn")


def score(customer: dict, traceparent: str) -> float:
    host = URL.split("://", 1)[1]
    client = triton.InferenceServerClient(host)
    headers = {"authorization": "Bearer " + KEY, "traceparent": traceparent}
    rows = numpy.array([customer["features"]], dtype="float32")
    tensor = triton.InferInput(client_input_name(client, headers), rows.shape, "FP32")
    tensor.set_data_from_numpy(rows)
    result = client.infer("churn", [tensor], headers=headers)
    return float(result.as_numpy("probabilities")[0][1])


def client_input_name(client, headers) -> str:
    return client.get_model_metadata("churn", headers=headers)["inputs"][0]["name"]


def embed(client: openai.OpenAI, traceparent: str) -> int:
    answer = client.embeddings.create(model="embedding", input=TICKET,
                                      extra_headers={"traceparent": traceparent})
    return len(answer.data[0].embedding)


def answer(client: openai.OpenAI, traceparent: str) -> str:
    stream = client.chat.completions.create(
        model="chat", stream=True, max_tokens=60, temperature=0.2, frequency_penalty=1.0, seed=1,
        stream_options={"include_usage": True},
        messages=[
            {"role": "system", "content": "You are a support agent. Say in two sentences what you "
                                          "will do about the customer's problem."},
            {"role": "user", "content": TICKET}],
        extra_headers={"traceparent": traceparent})
    text = ""
    print("  ", end="")
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            text += chunk.choices[0].delta.content
            print(chunk.choices[0].delta.content, end="", flush=True)
    print()
    return text


def ledger_of(trace_id: str, calls: int) -> list:
    for _ in range(50):
        rows = api("GET", f"/ledger?trace_id={trace_id}&order=asc")["data"]
        if len(rows) >= calls:
            return rows
        time.sleep(0.1)
    sys.exit(f"the ledger shows {len(rows)} of {calls} calls of trace {trace_id}")


def trace_of(trace_id: str, calls: int) -> dict:
    for _ in range(50):
        trace = api("GET", f"/traces/{trace_id}?limit=0")
        if len(trace["spans"]) >= calls:
            return trace
        time.sleep(0.1)
    sys.exit(f"the trace shows {len(trace['spans'])} of {calls} calls")


def show_side_by_side(trace_id: str, rows: list) -> None:
    trace = trace_of(trace_id, len(rows))
    spans = {span["attributes"]["tandem.request_id"]: span for span in trace["spans"]}
    lines = [
        ("endpoint", lambda r, s: r["endpoint"]),
        ("target", lambda r, s: r["target"]),
        ("state", lambda r, s: r["state"]),
        ("tokens in / out", lambda r, s: f"{r['input_tokens']} / {r['output_tokens']}"),
        ("rows", lambda r, s: r.get("rows", 0)),
        ("cost, nano-dollars", lambda r, s: r["cost_nano_usd"]),
        ("CPU time", lambda r, s: f"{r.get('cpu_us', 0) / 1000:.1f} ms"),
        ("GPU time", lambda r, s: f"{r['gpu_ms']} ms"),
        ("energy", lambda r, s: f"{r['energy_mj']} mJ ({r.get('energy_source', '?')})"),
        ("bytes in / out", lambda r, s: f"{r['bytes_in']} / {r['bytes_out']}"),
        ("latency", lambda r, s: f"{s['duration_us'] / 1000:.1f} ms" if s else "-"),
        ("of it in Tandem",
         lambda r, s: f"{s['attributes']['tandem.overhead_us']} µs" if s else "-"),
    ]
    columns = [(row, spans.get(row["request_id"])) for row in rows]
    print(f"\n  trace {trace_id}")
    for title, show in lines:
        print("  " + f"{title:<20}" + "".join(f"{str(show(r, s)):<36}" for r, s in columns))


def show_join(trace_id: str) -> None:
    groups = api("GET", f"/ledger?trace_id={trace_id}&group_by=kind")["data"]
    total_cost = sum(group["cost_nano_usd"] for group in groups)
    total_energy = sum(group["energy_mj"] for group in groups)
    kinds = ", ".join(group["kind"] for group in groups)
    print("\n  one query over both kinds "
          f"(GET /api/tandem/v1/ledger?trace_id=…&group_by=kind): {kinds}")
    print(f"  this ticket cost {total_cost / 1e7:.6f} cents and {total_energy / 1000:.2f} J")


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    customer = json.loads((folder / "customers.json").read_text())["customers"][0]
    publish_model(folder)
    client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, timeout=180)
    trace_id = secrets.token_hex(16)
    traceparent = f"00-{trace_id}-{secrets.token_hex(8)}-01"

    print(f"\n  ticket: {TICKET}")
    churn = score(customer, traceparent)
    print(f"  churn risk: {churn:.4f} (scikit-learn says {customer['churn_probability']:.4f})")
    if abs(churn - customer["churn_probability"]) > 1e-4:
        sys.exit("the served model and scikit-learn disagree")
    print(f"  embedded in {embed(client, traceparent)} dimensions; the answer:")
    if not answer(client, traceparent).strip():
        sys.exit("the chat answered nothing")
    rows = ledger_of(trace_id, 3)
    show_side_by_side(trace_id, rows)
    show_join(trace_id)
    print(f"\n  the whole trace: curl -H 'authorization: Bearer $TANDEM_KEY' "
          f"{URL}/api/tandem/v1/traces/{trace_id}")


if __name__ == "__main__":
    main()
