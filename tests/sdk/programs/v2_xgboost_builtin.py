"""The built-in XGBoost algorithm on CSV, and predictions as CSV."""

import os

import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer

bucket, role = os.environ["BUCKET"], os.environ["ROLE"]
session = sagemaker.Session(default_bucket=bucket)
image = sagemaker.image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1")
estimator = Estimator(image, role, 1, "ml.m5.large", output_path=f"s3://{bucket}/builtin", sagemaker_session=session)
estimator.set_hyperparameters(objective="reg:squarederror", num_round=20, max_depth=3)
rows = TrainingInput(f"s3://{bucket}/line/", content_type="text/csv")
estimator.fit({"train": rows, "validation": rows})
predictor = estimator.deploy(1, "ml.m5.large", serializer=CSVSerializer())
assert abs(float(predictor.predict([[3]]).decode()) - 7) < 2
predictor.delete_endpoint()
