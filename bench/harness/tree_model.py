"""Makes what `predict` needs, in a folder: a small gradient-boosted classifier of the breast cancer
data of scikit-learn (569 rows, 30 features) as model.onnx, one row as row.f32, and the same
row as a binary Open Inference Protocol request: body.bin and its JSON length in header_bytes.

Runs in the Python environment of scripts/setup:  python3 tree_model.py FOLDER"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def build(folder: Path) -> None:
    from skl2onnx import to_onnx
    from sklearn.datasets import load_breast_cancer
    from sklearn.ensemble import GradientBoostingClassifier

    features, labels = load_breast_cancer(return_X_y=True)
    features = features.astype("float32")
    model = GradientBoostingClassifier(n_estimators=50, max_depth=3, random_state=7)
    model.fit(features, labels)
    onnx = to_onnx(model, features[:1], options={"zipmap": False})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(onnx.SerializeToString())
    row = features[42].tobytes()
    (folder / "row.f32").write_bytes(row)
    request = {
        "inputs": [{
            "name": onnx.graph.input[0].name, "shape": [1, features.shape[1]],
            "datatype": "FP32", "parameters": {"binary_data_size": len(row)},
        }],
        "parameters": {"binary_data_output": True},
    }  # fmt: skip
    header = json.dumps(request).encode()
    (folder / "body.bin").write_bytes(header + row)
    (folder / "header_bytes").write_text(str(len(header)))


if __name__ == "__main__":
    build(Path(sys.argv[1]))
