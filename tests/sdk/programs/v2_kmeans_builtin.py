"""The built-in k-means as the SDK's own class asks for it: protobuf records up, protobuf records back, CSV and JSON."""

import os

import numpy as np
import sagemaker
from sagemaker.amazon.kmeans import KMeans
from sagemaker.deserializers import JSONDeserializer
from sagemaker.serializers import CSVSerializer

bucket, role = os.environ["BUCKET"], os.environ["ROLE"]
session = sagemaker.Session(default_bucket=bucket)
points = np.array([[x, y + offset] for offset in (0, 100) for x in range(5) for y in range(5)], np.float32)

kmeans = KMeans(role, 1, "ml.m5.large", k=2, eval_metrics=["msd", "ssd"], sagemaker_session=session)
kmeans.fit([kmeans.record_set(points), kmeans.record_set(points, channel="test")])
metrics = kmeans.training_job_analytics.dataframe()
assert set(metrics["metric_name"]) >= {"test:msd", "test:ssd", "train:progress"}, metrics

predictor = kmeans.deploy(1, "ml.m5.large")
labels = [record.label["closest_cluster"].float32_tensor.values[0] for record in predictor.predict(points)]
assert len(set(labels[:25])) == len(set(labels[25:])) == 1, labels
assert labels[0] != labels[-1], labels

predictor.serializer, predictor.deserializer = CSVSerializer(), JSONDeserializer()
(prediction,) = predictor.predict([[2, 102]])["predictions"]
assert prediction["closest_cluster"] == labels[-1], prediction
assert prediction["distance_to_cluster"] < 1, prediction
predictor.delete_endpoint()
