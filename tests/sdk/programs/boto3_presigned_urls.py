"""Presigned URLs and forms of S3: upload and download by plain HTTP; changed ones are refused."""

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


def posted(form, **changed):
    """The status of a form with a file, as `curl -F` sends it."""
    fields = {**form["fields"], **changed}
    parts = [f'name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    parts.append('name="file"; filename="note.txt"\r\nContent-Type: text/plain\r\n\r\nhello')
    body = "".join(f"--border\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--border--\r\n"
    request = urllib.request.Request(form["url"], data=body.encode(), method="POST")
    request.add_header("Content-Type", "multipart/form-data; boundary=border")
    try:
        with urllib.request.urlopen(request) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


for client in (s3, boto3.client("s3")):  # both versions of the signature
    form = client.generate_presigned_post(bucket, "presigned/note.txt", Conditions=[["content-length-range", 1, 100]])
    assert posted(form, key="presigned/other.txt") == 403
    assert posted(form, policy="e30=") == 403
    assert posted(form) == 204
assert s3.get_object(Bucket=bucket, Key="presigned/note.txt")["Body"].read() == b"hello"
form = s3.generate_presigned_post(bucket, "presigned/note.txt", Conditions=[["content-length-range", 1, 4]])
assert posted(form) == 400  # EntityTooLarge
