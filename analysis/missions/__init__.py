"""The library behind the report on economic missions: from deliveries to facts, tables and charts."""
