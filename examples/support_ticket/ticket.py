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
    for row in rows:
        require(spans[row["request_id"]]["attributes"]["tandem.overhead_us"] >= 0,
                f"{row['endpoint']} took less time than its target")
    lines = [
        ("trace", lambda r, s: r["trace_id"]),
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
        ("latency", lambda r, s: f"{s['duration_us'] / 1000:.1f} ms"),
        ("of it in Tandem",
         lambda r, s: f"{s['attributes']['tandem.overhead_us']} µs"),
    ]
    columns = [(row, spans[row["request_id"]]) for row in rows]
    print()
    for title, show in lines:
        print("  " + f"{title:<20}" + "".join(f"{str(show(r, s)):<36}" for r, s in columns))


def show_join(trace_id: str) -> None:
    groups = api("GET", f"/ledger?trace_id={trace_id}&group_by=kind")["data"]
    print("\n  one query over both kinds (GET /api/tandem/v1/ledger?trace_id=…&group_by=kind)")
    for group in groups:
        print(f"  {group['kind']:<20}{group['calls']} call, "
              f"{group['input_tokens'] + group['output_tokens']} tokens, {group['rows']} rows, "
              f"{group['cost_nano_usd']} nano-dollars, {group['energy_mj']} mJ")
    total_cost = sum(group["cost_nano_usd"] for group in groups)
    total_energy = sum(group["energy_mj"] for group in groups)
    print(f"  this ticket cost {total_cost / 1e7:.6f} cents and {total_energy / 1000:.2f} J")
    require({group["kind"] for group in groups} == {"chat", "embedding", "predict"},
            "the ledger does not show all three kinds")


def require(holds: bool, problem: str) -> None:
    if not holds:
        sys.exit(f"failed: {problem}")


def check_calls(trace_id: str, rows: list) -> None:
    """What every deployment has to show for these three calls, whatever its hardware."""
    require([row["endpoint"] for row in rows] == ["churn", "embedding", "chat"],
            f"the ledger shows {[row['endpoint'] for row in rows]}")
    for row in rows:
        name = row["endpoint"]
        require(row["state"] == "settled", f"{name} is {row['state']}")
        require(row["trace_id"] == trace_id, f"{name} is of trace {row['trace_id']}")
        require(row["cost_nano_usd"] > 0, f"{name} cost nothing")
        require(row["cpu_us"] > 0 or row["gpu_ms"] > 0, f"{name} took no CPU and no GPU time")
        require(row["bytes_in"] > 0 and row["bytes_out"] > 0, f"{name} moved no bytes")
        require(row["rows"] > 0 or row["input_tokens"] > 0, f"{name} has neither rows nor tokens")


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
    require(abs(churn - customer["churn_probability"]) < 1e-4,
            "the served model and scikit-learn disagree")
    print(f"  embedded in {embed(client, traceparent)} dimensions; the answer:")
    require(answer(client, traceparent).strip() != "", "the chat answered nothing")
    rows = ledger_of(trace_id, 3)
    check_calls(trace_id, rows)
    show_side_by_side(trace_id, rows)
    show_join(trace_id)
    print("\n  while the server runs:")
    print(f"  web      {URL}/")
    print(f"  trace    curl -H \"authorization: Bearer $TANDEM_KEY\" "
          f"{URL}/api/tandem/v1/traces/{trace_id}")
    print(f"  ledger   curl -H \"authorization: Bearer $TANDEM_KEY\" "
          f"'{URL}/api/tandem/v1/ledger?trace_id={trace_id}'")
    print(f"  API      {URL}/openapi.json (with the key)")
    print(f"  metrics  {URL}/metrics")


if __name__ == "__main__":
    main()
