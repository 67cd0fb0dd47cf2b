"""PostgreSQL and Valkey from their wheels, in a data folder, and the processes that a demo consists of."""
