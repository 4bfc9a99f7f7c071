"""An invented conversation of two people, as a phone exports it, and what a reader should find in it.

    truth.py android|iphone MESSAGES > FILE

It has what conversations have: texts of several lines, colons and dashes in texts, emoji, omitted media, deleted messages,
notices without a sender, a second in the same minute. Dates are day first, with days over 12, so that their order can be found.
The same arguments give the same conversation.
"""

import datetime
import random
import sys

PEOPLE = ("Anna Example", "Ben Cooper")
START = datetime.datetime(2015, 1, 1, 8, 0, 0)
# Seconds between two messages, about five minutes: a million of them end in 2025, and none is in the future.
STEPS = (3, 20, 60, 120, 600, 1080)
TEXTS = (
    "ok",
    "yes",
    "thanks, see you there at half past nine then",
    "Could you send me the offer for the second floor again, please? I think the first one is out of date.",
    "\U0001f44d\U0001f3fd",
    "Grüße aus München, bis übermorgen am großen Tisch",
    "On my way, about ten minutes late because of the snow on the bridge",
    "Note: the key is under the mat",
    "we have 3 of them: two in white, one in grey. Which one do you want?",
    "The draft is here https://example.com/offers/2024/0815 and the old one stays valid until Friday",
    "It’s fine – nobody noticed…",
    "Good morning! Just checking whether the parcel has arrived; the carrier left it with a neighbour on Tuesday.",
)
LINES = (
    "What is still to be done:\n- paint the door\n- order the chairs\n- call the electrician\nAnything else?",
    "Two things:\n1. the invoice\n2. the key",
    "Prices\n\nWhite - 20\nGrey - 25",
)
NOTICE = "Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them."
# What stands for a medium in each form.
OMITTED = {"android": "<Media omitted>", "iphone": "\u200eimage omitted"}
DELETED = {"android": "This message was deleted", "iphone": "\u200eThis message was deleted."}


def conversation(number, phone, people=PEOPLE, seed=7):
    """`number` times of the phone, senders (None for a notice) and texts, in the order of the file."""
    chance = random.Random(seed)
    now = START
    for index in range(number):
        now += datetime.timedelta(seconds=chance.choice(STEPS) * min(1, 1_000_000 / number))
        sender = people[chance.random() < 0.5]
        place = index % 100
        if index == 0:
            yield now, None, NOTICE
        elif place in (28, 53):
            yield now, sender, OMITTED[phone]
        elif place == 40:
            yield now, sender, DELETED[phone]
        elif place in (50, 75):
            yield now, sender, chance.choice(LINES)
        else:
            yield now, sender, chance.choice(TEXTS)


def transcript(number, phone, people=PEOPLE, seed=7):
    """The lines of the export, each with its end."""
    for time, sender, text in conversation(number, phone, people, seed):
        if phone == "android":
            head, end = f"{time:%d/%m/%Y, %H:%M} - ", "\n"
        else:
            mark = "\u200e" if text.startswith("\u200e") or sender is None else ""
            head, end = f"{mark}[{time:%d/%m/%Y, %H:%M:%S}] ", "\r\n"
        if sender is None:
            # An iPhone writes notices under the name of the chat.
            body = text if phone == "android" else f"{people[1]}: \u200e{text}"
        else:
            body = f"{sender}: {text}"
        yield head + body + end


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in OMITTED:
        sys.exit(__doc__)
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    sys.stdout.writelines(transcript(int(sys.argv[2]), sys.argv[1]))
