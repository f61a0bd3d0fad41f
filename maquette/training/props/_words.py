"""The adjectives of a prop."""


def words(**holds: bool) -> tuple[str, ...]:
    """The words that hold, in the order given."""
    return tuple(word for word, true in holds.items() if true)
