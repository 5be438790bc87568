"""Amazon ECR's registry, which the emulator lacks: the layers that `docker push` and `docker pull` transfer."""
