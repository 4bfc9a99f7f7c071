"""whatsapp_chat_exporter_reader.py FILE count|messages PEOPLE

It reads the exports of Android, of two people: the writer of the first message, as `me`, and the other one.
"""

import datetime
import json
import sys

from Whatsapp_Chat_Exporter.data_model import ChatCollection
from Whatsapp_Chat_Exporter.exported_handler import messages

PEOPLE = json.loads(sys.argv[3])
chat = messages(sys.argv[1], ChatCollection(), assume_first_as_me=True).get_chat("ExportedChat")
if sys.argv[2] == "count":
    print(len(chat.keys()))
else:
    mine = next(person for person in PEOPLE if person != chat.name)
    for key in chat.keys():
        message = chat.get_message(key)
        time = datetime.datetime.fromtimestamp(message.timestamp / 1000 if message.timestamp > 1e11 else message.timestamp)
        sender = mine if message.from_me else chat.name
        # A notice has no sender; omitted media are marked in the same way.
        if message.meta and message.mime is None:
            sender = None
        print(json.dumps([f"{time:%Y-%m-%dT%H:%M}", sender, (message.data or "").replace("<br>", "\n")]))
