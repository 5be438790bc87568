"""The server that a first custom container has: Flask, pandas, one model. `MODEL=FILE python flask_server.py PORT`."""

from __future__ import annotations

import os
import sys
from io import StringIO

import flask
import joblib
import pandas as pd

app = flask.Flask(__name__)
model = joblib.load(os.environ["MODEL"])


@app.get("/ping")
def ping() -> flask.Response:
    """A process that answers has a model."""
    return flask.Response(status=200)


@app.post("/invocations")
def invocations() -> flask.Response:
    """CSV in, CSV out."""
    rows = pd.read_csv(StringIO(flask.request.data.decode()), header=None)
    output = StringIO()
    pd.DataFrame(model.predict(rows.to_numpy())).to_csv(output, header=False, index=False)
    return flask.Response(output.getvalue(), mimetype="text/csv")


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]))
