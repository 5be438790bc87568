"""Stands in for the package of AWS's scikit-learn image: `exceptions`, and the defaults of `serving`."""
