"""whatstk_reader.py FILE count|messages"""

import json
import sys

from whatstk import WhatsAppChat

chat = WhatsAppChat.from_source(sys.argv[1], max_size=None).df
if sys.argv[2] == "count":
    print(len(chat))
else:
    for time, sender, text in zip(chat["date"], chat["username"], chat["message"]):
        print(json.dumps([f"{time:%Y-%m-%dT%H:%M}", sender, text]))
