"""AWS in this process: answers to the functions' calls, without a socket."""
