"""The client of a deployed platform: finds it, invokes its functions, follows its jobs, and cleans up after them.

boto3 and pydantic are imported where a connection is made, not here, so that `launchpad --help` needs neither.
"""
