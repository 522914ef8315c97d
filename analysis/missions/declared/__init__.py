"""What people decide in small YAML files: one strict reader, a model per file, and the door through which annexes read them."""
