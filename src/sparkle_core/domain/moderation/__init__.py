"""Moderation: rules on text, reports and cases, decisions with their inverses, appeals."""
