"""Amazon ECR, as far as the emulator below lacks it: a registry on loopback for `docker push` and `docker pull`."""
