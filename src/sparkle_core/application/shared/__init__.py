"""The few steps several contexts take part in within one transaction."""
