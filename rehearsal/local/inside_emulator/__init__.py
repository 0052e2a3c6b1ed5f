"""What runs inside the emulator's process, with the emulator's own packages."""
