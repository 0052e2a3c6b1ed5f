"""Read `environments/<env>.toml` into frozen types (deployment only, not in any Lambda layer)."""
