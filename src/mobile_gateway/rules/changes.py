"""Names of what can change under the eyes of who looks on: a write tells them, a stream listens to them.

They carry ids and nothing else; what has changed is read from the rows, with the rights of who asks.
"""

from __future__ import annotations


def inbox(person_id: int) -> str:
    """A person's inbox: a notification came, or one was read."""
    return f"inbox:{person_id}"


def progress(person_id: int, topic_id: int) -> str:
    """What a person has learned in a topic, whether enrolled in it, and the certificate of it."""
    return f"progress:{person_id}:{topic_id}"


def standing(person_id: int) -> str:
    """What of a person counts in every topic: identity, name and document, the primary record and its state."""
    return f"standing:{person_id}"


def campaign(campaign_id: int) -> str:
    """A campaign itself: its state, its texts, who approved it. Rare, and heard at once."""
    return f"campaign:{campaign_id}"


def deliveries(campaign_id: int) -> str:
    """How far a campaign is: people told, deliveries written, claimed, settled. Often, and heard slowly."""
    return f"deliveries:{campaign_id}"


def sign_ins(person_id: int) -> str:
    """The sign-ins of a person: one has ended, or all of a wipe epoch."""
    return f"sign-ins:{person_id}"
