"""Transform jobs in the API: `jobs` has the operations, `transform_run` does the work."""

from __future__ import annotations

from collections.abc import Callable

from local_aws.api.service import Scope
from local_aws.api.store import Record
from local_aws.sagemaker.jobs import Jobs
from local_aws.sagemaker.kinds import MODEL, TRANSFORM_JOB, no_job_to_stop
from local_aws.sagemaker.resources import Request
from local_aws.sagemaker.transform_requests import check_model, transform_details
from local_aws.sagemaker.transform_run import TransformRun

DEFAULTS = {
    "TransformInput": {"CompressionType": "None", "SplitType": "None"},
    "TransformOutput": {"AssembleWith": "None", "KmsKeyId": ""},
    "DataProcessing": {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"},
}
"""What AWS fills in. The API reference calls all but AssembleWith and KmsKeyId defaults; AWS answers with these too."""


class TransformJobs(Jobs[TransformRun]):
    """The operations, and the current runs."""

    kind = TRANSFORM_JOB

    def describe(self, scope: Scope, request: Request) -> Request:
        """DescribeTransformJob: with the defaults of what the request left out."""
        details = super().describe(scope, request)
        return {**details, **{name: {**default, **details.get(name, {})} for name, default in DEFAULTS.items()}}

    def _details(self, scope: Scope, request: Request) -> Request:
        model = self._context.store.get(MODEL, scope, request["ModelName"])
        check_model(model.details)
        return transform_details(request)

    def _get_to_stop(self, scope: Scope, request: Request) -> Record:
        record = self._context.store.find(self.kind, scope, request[self.kind.name_member])
        if record is None:
            raise no_job_to_stop(request[self.kind.name_member])
        return record

    def _new_run(self, record: Record, ended: Callable[[], object]) -> TransformRun:
        return TransformRun(self._context, record, ended)
