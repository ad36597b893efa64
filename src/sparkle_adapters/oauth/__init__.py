"""Signing in with others by OAuth 2.0 and OpenID Connect, with authlib."""
