"""The platform's security checks: scanners, controls, permissions, and the documents generated from them."""
