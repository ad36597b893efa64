"""For people who test on the core: values of any kind, and faults for any port. Needs the extra `testing`."""
