"""Monitoring after deployment, as the command line sees it: runs, reports, alarms, baselines and labels."""
