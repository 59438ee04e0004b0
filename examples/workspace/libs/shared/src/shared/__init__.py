"""What both services need."""

SMALL = {"a", "an", "and", "of", "or", "the"}


def title(text: str) -> str:
    words = text.split()
    return " ".join(w if w in SMALL and n else w.capitalize() for n, w in enumerate(words))
