"""What every context's domain is made of: fields, errors, aggregates, events, stored shapes."""
