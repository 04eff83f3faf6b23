"""The server for agents: what wsaudit knows of a project, as tools that only read."""
