"""Everything that a request passes before a service sees it: web pages, signatures, malformed and large bodies."""
