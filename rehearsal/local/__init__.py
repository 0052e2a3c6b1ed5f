"""The stage `make up` plays on: PostgreSQL, an AWS emulator, a Storytailor stand-in, traffic."""
