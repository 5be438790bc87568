"""The built-in linear learner as the SDK's own class asks for it, tuned by its own metric, and its predictor."""

import os

import numpy as np
import sagemaker
from sagemaker.amazon.linear_learner import LinearLearner
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner

bucket, role = os.environ["BUCKET"], os.environ["ROLE"]
session = sagemaker.Session(default_bucket=bucket)
points = np.array([[x, y] for x in range(-10, 11) for y in range(-10, 11)], np.float32)
labels = (points[:, 0] + points[:, 1] > 0).astype(np.float32)

learner = LinearLearner(
    role, 1, "ml.m5.large", predictor_type="binary_classifier", use_bias=False, epochs=5, sagemaker_session=session
)
channels = ("train", "validation", "test")
records = [learner.record_set(points, labels, channel=channel) for channel in channels]
tuner = HyperparameterTuner(
    learner,
    "validation:binary_f_beta",
    {"learning_rate": ContinuousParameter(0.01, 0.1)},
    max_jobs=2,
    max_parallel_jobs=2,
    strategy="Random",
)
tuner.fit(records, mini_batch_size=50, include_cls_metadata=False)
tuner.wait()
best = tuner.best_estimator()

predictor = best.deploy(1, "ml.m5.large")
predictor.serializer = sagemaker.amazon.common.RecordSerializer()
predictor.deserializer = sagemaker.amazon.common.RecordDeserializer()
records = predictor.predict(np.array([[5, 5], [-5, -5]], np.float32))
predicted = [record.label["predicted_label"].float32_tensor.values[0] for record in records]
scores = [record.label["score"].float32_tensor.values[0] for record in records]
assert predicted == [1, 0], predicted
assert scores[0] > 0.8 > 0.2 > scores[1], scores
predictor.delete_endpoint()
