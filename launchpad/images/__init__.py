"""Container images: AWS's own, from the image lock, and those that this repository builds from `containers/`."""
