"""Tables, transactions, retention: everything that is SQL."""
