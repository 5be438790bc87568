"""What every stack is made of and hands over: its base class, the storage and the network that others use."""
