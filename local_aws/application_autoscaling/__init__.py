"""Application Auto Scaling: what may be scaled, in which bounds, by which policies. Nothing here scales by itself."""
