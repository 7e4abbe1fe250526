"""What people see: text, tables, JSON, HTML and figures."""
