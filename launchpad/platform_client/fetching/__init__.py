"""Fetches what a job left in S3 into a folder: safely, again and again, without touching files of others."""
