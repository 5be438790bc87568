"""A training job runs as on SageMaker: states, files, logs, metrics, artefacts."""

from __future__ import annotations


def test_a_job_runs_its_program_and_completes(jobs):
    job = jobs.run("print('hello from the job')")
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    assert jobs.log_lines(job["TrainingJobName"]) == ["hello from the job"]


def test_the_model_folder_becomes_model_tar_gz_under_the_output_path(jobs):
    job = jobs.run("open('model/weights', 'w').write('1 2 3')")
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://{jobs.bucket}/output/{job['TrainingJobName']}/output/model.tar.gz"
    assert jobs.artefact(uri) == {"weights": b"1 2 3"}
