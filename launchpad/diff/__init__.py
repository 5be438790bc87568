"""Finds what a change would do to deployed environments, from the CloudFormation templates of two commits.

Pure functions turn two sets of templates into a `Difference`, and that into Markdown; only `commits` and `synthesis`
run programs. Note: nothing here asks AWS, so "replaces" means that CloudFormation's own schemas say so.
"""
