// whatsapp-chat-parser.mjs FILE count|messages
import fs from 'node:fs';
import { createRequire } from 'node:module';

const [file, mode] = process.argv.slice(2);
const { parseString } = createRequire(process.env.PEERS_NODE)('whatsapp-chat-parser');
const messages = parseString(fs.readFileSync(file, 'utf8'));
if (mode === 'count') {
    console.log(messages.length);
} else {
    for (const { date, author, message } of messages) {
        fs.writeSync(1, `${JSON.stringify([date.toISOString().slice(0, 16), author, message])}\n`);
    }
}
