"""A small shop to click in, which uses the snippet exactly as any shop would."""
