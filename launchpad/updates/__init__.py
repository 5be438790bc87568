"""What `launchpad deploy` does around the CDK CLI, so that an environment can also lose things, not only gain them.

`docs/architecture.md` gives the reasons, below "What is removed or replaced".
"""
