"""What security engineers ask of the platform: scanners, controls, permissions, and the documents made from them."""
