"""What the protocols of several vendors have in common on the way to a canonical event.

Credentials, parameters, times, amounts, lines, the draft of an event. What only one vendor
says stays in that vendor's adapter.
"""
