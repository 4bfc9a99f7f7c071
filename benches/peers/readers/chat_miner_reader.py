"""chat_miner_reader.py FILE count|messages"""

import json
import sys

from chatminer.chatparsers import WhatsAppParser

parser = WhatsAppParser(sys.argv[1])
parser.parse_file()
chat = parser.parsed_messages.get_df()
if sys.argv[2] == "count":
    print(len(chat))
else:
    for time, sender, text in chat.iter_rows():
        print(json.dumps([f"{time:%Y-%m-%dT%H:%M}", sender, text]))
