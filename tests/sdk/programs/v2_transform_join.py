"""A batch transform that leaves an id out of the input, and joins predictions to the rows."""

import os

import boto3
import sagemaker
from sagemaker.sklearn import SKLearn, SKLearnModel

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
session = sagemaker.Session(default_bucket=bucket)
estimator = SKLearn(
    entry_point="sklearn_line.py",
    source_dir=scripts,
    framework_version="1.2-1",
    instance_type="ml.m5.large",
    role=role,
    sagemaker_session=session,
)
estimator.fit({"train": f"s3://{bucket}/line/"})
s3 = boto3.client("s3")
s3.put_object(Bucket=bucket, Key="join/in/rows.csv", Body=b"a1,3\na2,10\n")
model = SKLearnModel(
    estimator.model_data, role, "csv_line.py", source_dir=scripts, framework_version="1.2-1", sagemaker_session=session
)
transformer = model.transformer(
    1, "ml.m5.large", accept="text/csv", assemble_with="Line", output_path=f"s3://{bucket}/join/out"
)
transformer.transform(
    f"s3://{bucket}/join/in",
    content_type="text/csv",
    split_type="Line",
    input_filter="$[1:]",
    join_source="Input",
    output_filter="$[0,-1]",
    wait=True,
)
rows = s3.get_object(Bucket=bucket, Key="join/out/rows.csv.out")["Body"].read().decode().split()
pairs = [row.split(",") for row in rows]
assert [(name, round(float(number), 3)) for name, number in pairs] == [("a1", 7.0), ("a2", 21.0)], rows
