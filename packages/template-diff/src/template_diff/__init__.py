"""Finds what a change would do to deployed environments, from two sets of CloudFormation templates.

Pure functions turn two sets of templates into a `Difference`, and that into Markdown. Note: nothing here asks AWS, so
"replaces" means that CloudFormation's own schemas say so.
"""
