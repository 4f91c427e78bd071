"""Mail and webhooks, against servers of this machine that keep what they are sent."""
