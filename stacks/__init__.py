"""The CloudFormation stacks, one file each, and the constructs that they compose."""
