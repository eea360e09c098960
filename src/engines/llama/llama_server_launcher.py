"""llama-server for machines without one: starts the HTTP server inside the xllamacpp package.

Understands those options of llama.cpp's llama-server that Tandem and its users pass; an unknown
option is an error, as it is there. Port 0 lets the kernel choose; the log names the port. SIGTERM
and SIGINT stop it. It never forks, so the process that was started is the one that serves.
"""

import argparse
import os
import signal
import sys
import threading

import xllamacpp


def parse(arguments):
    parser = argparse.ArgumentParser(prog="llama-server", allow_abbrev=False)
    add = parser.add_argument
    add("-m", "--model", required=True)
    add("-a", "--alias")
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8080)
    add("-c", "--ctx-size", type=int, default=0, help="tokens; 0: what the model was trained with")
    add("-t", "--threads", type=int, default=-1)
    add("-tb", "--threads-batch", type=int, default=-1)
    add("--threads-http", type=int, default=-1)
    add("-np", "--parallel", type=int, default=1, help="requests that are served at once")
    add("-b", "--batch-size", type=int, default=2048)
    add("-ub", "--ubatch-size", type=int, default=512)
    add("-ngl", "--n-gpu-layers", type=int, default=-1)
    add("--embedding", "--embeddings", action="store_true")
    add("--pooling", choices=["none", "mean", "cls", "last", "rank"])
    add("--reranking", "--rerank", action="store_true")
    add("--cache-ram", type=int, default=512, help="MiB kept for prompts seen before")
    add("--metrics", action="store_true")
    add("--no-webui", action="store_true")
    add("--api-key", default=os.environ.get("LLAMA_API_KEY"))
    return parser.parse_args(arguments)


def parameters(options):
    made = xllamacpp.CommonParams()
    made.model.path = options.model
    if options.alias:
        made.model_alias = {options.alias}
    made.hostnames = [options.host]
    made.port = options.port
    made.n_ctx = options.ctx_size
    made.cpuparams.n_threads = options.threads
    made.cpuparams_batch.n_threads = (
        options.threads_batch if options.threads_batch > 0 else options.threads)
    made.n_threads_http = options.threads_http
    made.n_parallel = options.parallel
    made.n_batch = options.batch_size
    made.n_ubatch = options.ubatch_size
    made.n_gpu_layers = options.n_gpu_layers
    made.embedding = options.embedding or options.reranking
    pooling = "rank" if options.reranking else options.pooling
    if pooling:
        made.pooling_type = getattr(
            xllamacpp.llama_pooling_type, f"LLAMA_POOLING_TYPE_{pooling.upper()}")
    made.cache_ram_mib = options.cache_ram
    made.endpoint_metrics = options.metrics
    made.ui = False
    if options.api_key:
        made.api_keys = [options.api_key]
    return made


def main():
    options = parse(sys.argv[1:])
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        server = xllamacpp.Server(parameters(options))
    except Exception as error:  # the package raises plain exceptions for every failed start
        sys.exit(f"llama-server: {options.model} cannot be served: {error}")
    print(f"llama-server: listening on {server.listening_address}", file=sys.stderr, flush=True)
    stopped.wait()
    del server


if __name__ == "__main__":
    main()
