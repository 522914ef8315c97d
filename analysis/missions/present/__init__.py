"""What readers see: Dutch numbers, facts, tables and charts of released results. It shows, it does not compute."""
