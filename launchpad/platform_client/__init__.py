"""What a client does with a deployed platform: find it, invoke its functions, follow its jobs, clean up after them.

boto3 and pydantic are imported where a connection is made, not here, so that `launchpad --help` needs neither.
"""
