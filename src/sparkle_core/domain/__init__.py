"""The rules: values, aggregates, policies and events. Pure; attrs and the standard library only."""
