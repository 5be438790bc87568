"""The image format that SageMaker runs: Docker's, not the Open Container Initiative's (OCI).

CreateModel refuses an OCI manifest with "Unsupported manifest media type" (aws/amazon-sagemaker-feedback#180). Which
one a push sends depends on Docker: the classic image store always makes Docker's. containerd's pushes what the build
wrote, and BuildKit after 0.31 writes OCI's by default (moby/buildkit, docs/build-repro.md).
"""

from __future__ import annotations

RUNNABLE_MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
"""The media type of an image manifest, version 2, schema 2."""
DOCKER_OUTPUT = "type=docker,oci-mediatypes=false"
"""`docker build --output`: load the image into Docker, with Docker's media types on every image store. It needs buildx.

Note: `type=image` would leave the image in a builder that is a container, where `docker push` doesn't find it.
"""
