"""The programs that make the models of AWS's framework images, each with the image's own library.

Each gets a folder, and writes one model into its `first/`, and another one into `second/`.
"""

COMMON = """
import math, os, sys
from pathlib import Path

folders = [Path(sys.argv[1], name) for name in ("first", "second")]
for folder in folders:
    (folder / "code").mkdir(parents=True)
"""

SCIKIT_LEARN = """
import joblib
from sklearn.linear_model import LinearRegression

SCRIPT = '''
import os, joblib

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))
'''
rows = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
for offset, folder in enumerate(folders):
    model = LinearRegression().fit(rows, [2 * a + 3 * b + offset for a, b in rows])
    joblib.dump(model, folder / "model.joblib")
    (folder / "code/inference.py").write_text(SCRIPT)
"""

XGBOOST = """
import numpy, xgboost

for offset, folder in enumerate(folders):
    matrix = xgboost.DMatrix(numpy.array([[0.0], [1.0]]), [3.0 + offset, 7.0 + offset])
    exact = {"eta": 1, "lambda": 0, "min_child_weight": 0, "base_score": 0}
    xgboost.train(exact, matrix, 1).save_model(folder / "xgboost-model")
    (folder / "code").rmdir()
"""

XGBOOST_SCRIPT = """
SCRIPT = '''
import os, xgboost

def model_fn(model_dir):
    return xgboost.Booster(model_file=os.path.join(model_dir, "xgboost-model"))

def output_fn(prediction, accept):
    return ",".join(str(number + 10) for number in prediction.tolist())
'''
for folder in folders:
    (folder / "code").mkdir()
    (folder / "code/inference.py").write_text(SCRIPT)
"""

PYTORCH = """
import torch

SCRIPT = '''
import json, time

def output_fn(prediction, accept, context):
    numbers = prediction.flatten().tolist()
    if accept != "text/plain":
        return json.dumps(numbers), "application/json"
    from ts.protocol.otf_message_handler import send_intermediate_predict_response

    context.set_response_content_type(0, "text/plain")
    for number in numbers[:-1]:
        send_intermediate_predict_response([f"{number} "], context.request_ids, "Intermediate", 200, context)
        time.sleep(0.5)
    return str(numbers[-1]), "text/plain"
'''
for offset, folder in enumerate(folders):
    model = torch.nn.Linear(2, 1)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[2.0, 3.0]]))
        model.bias.fill_(offset)
    torch.jit.save(torch.jit.script(model), folder / "model.pt")
    (folder / "code/inference.py").write_text(SCRIPT)
"""

HUGGINGFACE = """
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import DistilBertConfig, DistilBertForSequenceClassification, PreTrainedTokenizerFast

words = Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1, "good": 2}, unk_token="[UNK]"))
words.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]")
config = DistilBertConfig(vocab_size=3, dim=8, n_layers=1, n_heads=1, hidden_dim=8, id2label={0: "bad", 1: "good"})
for times, folder in zip((3, 4), folders):
    model = DistilBertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.tensor([0.0, math.log(times)]))
    (folder / "code").rmdir()
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
"""

TENSORFLOW = """
import tensorflow as tf

class Line(tf.Module):
    def __init__(self, slope):
        self.slope = tf.Variable(slope)

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    def __call__(self, x):
        return {"y": self.slope * tf.reduce_sum(x, axis=1)}

for slope, folder in zip((2.0, 3.0), folders):
    (folder / "code").rmdir()
    tf.saved_model.save(Line(slope), str(folder / "1"))
"""

IMAGE_CLASSIFICATION = """
import torch

sys.path.insert(0, sys.argv[2])
from network import residual_network
from pictures import model_file

for times, folder in zip((3, 4), folders):
    network = residual_network(20, 3, 2)
    weights = network.state_dict()
    *_, weight, bias = weights
    weights[weight].zero_()
    weights[bias].copy_(torch.tensor([0.0, math.log(times)]))
    (folder / "code").rmdir()
    state = {"weights": weights, "image_shape": [3, 16, 16], "num_layers": 20, "num_classes": 2}
    torch.save(state, model_file(folder))
"""
