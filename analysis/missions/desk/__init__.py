"""What a person does at a desk: receive a file, check deliveries, begin a year, freeze an edition, compare two."""
