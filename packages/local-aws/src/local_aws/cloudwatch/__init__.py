"""CloudWatch as AWS documents it: how alarms are evaluated, and metric math. ministack's part is in `ministack/`."""
