"""A job's files: archives, transfers from and to S3, volumes; what a job left is read without trusting it."""
