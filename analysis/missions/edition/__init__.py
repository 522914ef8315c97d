"""From deliveries to an edition: what must run, what runs it, and how the result takes its place."""
