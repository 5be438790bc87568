"""SAML 2.0 as IAM and STS read it: a provider's metadata, and the signed responses of its identity provider.

Note: loading any module of this package loads lxml and cryptography, so it is loaded by the first use of SAML only.
"""
