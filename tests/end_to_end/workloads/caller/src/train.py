"""Ask a service of AWS something, and keep the answer as the model; `sqs` is one that the workload does not name."""

import argparse
import json
import os
from pathlib import Path

import boto3
from botocore.config import Config

QUESTIONS = {"sts": "get_caller_identity", "sqs": "list_queues"}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--service", choices=QUESTIONS)
    service = parser.parse_args().service
    client = boto3.client(service, config=Config(connect_timeout=5, retries={"total_max_attempts": 1}))
    answer = getattr(client, QUESTIONS[service])()
    print(f"{service} answered: {answer['ResponseMetadata']['HTTPStatusCode']}", flush=True)
    Path(os.environ["SM_MODEL_DIR"], "answer.json").write_text(json.dumps(answer, default=str))
