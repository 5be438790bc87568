"""Presigned URLs of S3: upload and download by plain HTTP, and a refused one for another key."""

import os
import urllib.error
import urllib.parse
import urllib.request

import boto3
from botocore.config import Config

bucket, s3 = os.environ["BUCKET"], boto3.client("s3", config=Config(signature_version="s3v4"))
target = {"Bucket": bucket, "Key": "presigned/rows 1.csv"}
upload = urllib.request.Request(s3.generate_presigned_url("put_object", Params=target), data=b"1,2\n", method="PUT")
upload.add_header("Content-Type", "")
with urllib.request.urlopen(upload) as response:
    assert response.status == 200
address = s3.generate_presigned_url("get_object", Params=target, ExpiresIn=60)
with urllib.request.urlopen(address) as response:
    assert response.read() == b"1,2\n"
for wrong in (address.replace("rows%201", "rows%202"), address.replace("X-Amz-Expires=60", "X-Amz-Expires=600")):
    assert wrong != address
    try:
        urllib.request.urlopen(wrong)
    except urllib.error.HTTPError as error:
        assert error.code == 403
    else:
        raise AssertionError(f"{wrong} was answered")
with urllib.request.urlopen(boto3.client("s3").generate_presigned_url("get_object", Params=target)) as response:
    assert response.read() == b"1,2\n"  # boto3's default, version 2 of the signature
form = s3.generate_presigned_post(bucket, "presigned/form.txt")
assert urllib.parse.urlsplit(form["url"]).netloc
