#!/usr/bin/env python3
"""Makes embeddings_expected.json and scores_expected.json: the vectors that Python's ONNX Runtime
gives with an embedding model, and the logits that it gives with a reranker.

    python3 -m venv v && v/bin/pip install numpy tokenizers==0.23.3 onnxruntime==1.32.0
    v/bin/python make_embeddings.py EMBEDDING_FOLDER RERANKER_FOLDER
        # bge-small-en-v1.5-int8, ms-marco-minilm-l12-int8

int8 kernels differ a little between instruction sets, so the file says which ones this machine has.
"""
import json
import pathlib
import sys

import numpy
import onnxruntime
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).parent
TEXTS = [
    "The printer on the third floor prints every page twice.",
    "My invoice for March was charged twice; please refund one of them.",
    "VPN drops after ten minutes on Windows 11.",
    "How do I reset my password?",
    "I forgot my password and cannot log in.",
    "Der Drucker im dritten Stock druckt jede Seite doppelt.",
    "La impresora imprime dos veces.",
    "\u4eca\u5929\u6253\u5370\u673a\u574f\u4e86\u3002",
    "x",
    "   Leading and trailing blanks   ",
    "Emoji \U0001F44D\U0001F3FD and na\u00efve caf\u00e9s \u2014 all at once!",
    "Represent this sentence for searching relevant passages: billing address",
    "A customer wrote: " + "the dashboard is slow and shows yesterday's data. " * 40,
]


def instruction_sets():
    flags = pathlib.Path("/proc/cpuinfo").read_text().split("flags", 1)[-1].split("\n")[0].split()
    return [f for f in ("avx2", "avx512bw", "avx512_vnni", "avx_vnni", "amx_int8") if f in flags]


def feed_of(encoding):
    return {"input_ids": numpy.array([encoding.ids]),
            "attention_mask": numpy.ones((1, len(encoding.ids)), int),
            "token_type_ids": numpy.array([encoding.type_ids])}


def load(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
    return tokenizer, session


def main():
    tokenizer, session = load(pathlib.Path(sys.argv[1]))
    rows = []
    for text in TEXTS:
        encoding = tokenizer.encode(text)
        first = session.run(None, feed_of(encoding))[0][0, 0]
        vector = first / numpy.linalg.norm(first)
        rows.append({"text": text, "tokens": len(encoding.ids),
                     "vector": [round(float(x), 8) for x in vector]})
    tokenizer, session = load(pathlib.Path(sys.argv[2]))
    tokenizer.enable_truncation(max_length=512)
    scores = []
    for text in TEXTS:
        encoding = tokenizer.encode(TEXTS[3], text)
        scores.append({"query": TEXTS[3], "document": text, "tokens": len(encoding.ids),
                       "logit": float(session.run(None, feed_of(encoding))[0][0, 0])})
    (HERE / "scores_expected.json").write_text(
        json.dumps({"instruction_sets": instruction_sets(), "rows": scores}, indent=0))
    (HERE / "embeddings_expected.json").write_text(
        json.dumps({"instruction_sets": instruction_sets(), "rows": rows}, indent=0))


if __name__ == "__main__":
    main()
