"""Amazon ECR's features that the emulator lacks: a registry on loopback for `docker push` and `docker pull`."""
