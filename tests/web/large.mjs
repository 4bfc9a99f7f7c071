// A report of a conversation of 200,000 messages in Chromium: it shows something at once, and reading all of it takes less than
// 3 seconds of the page's main thread. Processor time, since a busy machine makes every page slow.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const MESSAGES = 200000;
const SECONDS = 3;
const TEXTS = [
  "Which day suits you?",
  "Monday at nine, then. I will bring the drawings of the ground floor and the list of what is open.",
  "ok",
  "Thank you! See you there",
  "*Important:* the gate is _closed_ after six",
];

function two(number) {
  return String(number).padStart(2, "0");
}

/// The export of a conversation with a message every 37 minutes.
function transcript() {
  const lines = [];
  const begin = Date.UTC(2012, 0, 1, 8, 0);
  for (let number = 0; number < MESSAGES; number += 1) {
    const at = new Date(begin + number * 37 * 60000);
    const day = `${two(at.getUTCDate())}/${two(at.getUTCMonth() + 1)}/${at.getUTCFullYear()}`;
    const who = number % 2 ? "Anna Example" : "Ben Cooper";
    lines.push(`${day}, ${two(at.getUTCHours())}:${two(at.getUTCMinutes())} - ${who}: ${TEXTS[number % TEXTS.length]} ${number}`);
  }
  return `${lines.join("\n")}\n`;
}

/// Makes the report and opens it; what it took, in words.
export async function large({ browser, program, run, check }, folder) {
  mkdirSync(join(folder, "exports"), { recursive: true });
  writeFileSync(join(folder, "exports", "WhatsApp Chat with Ben Cooper.txt"), transcript());
  writeFileSync(
    join(folder, "chatferry.toml"),
    '[source]\narchives = ["exports"]\ntimezone = "Etc/UTC"\ndate_order = "dmy"\nowner = ["Anna Example"]\nlocal_phone = "+4915112345678"\n[import]\ncontacts = "contacts.csv"\n',
  );
  writeFileSync(
    join(folder, "contacts.csv"),
    "chat,participant,role,phone,lead_id,contact_id,user_id\nBen Cooper,Anna Example,me,+4915112345678,,,user_1\n" +
      "Ben Cooper,Ben Cooper,contact,+353861234501,lead_1,cont_1,\n",
  );
  const made = run(program, folder, ["report", "--chat", "Ben Cooper", "--out", "large.html"]);
  check(made.status === 0, `large: status ${made.status}: ${made.stderr}`);
  let task = Infinity;
  let seen;
  // The least of three: other work on the machine makes the same page dearer.
  for (let time = 0; time < 3; time += 1) {
    const page = await browser.newPage();
    const client = await page.context().newCDPSession(page);
    await client.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.goto(pathToFileURL(join(folder, "large.html")).href);
    await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
    const { metrics } = await client.send("Performance.getMetrics");
    task = Math.min(task, metrics.find((metric) => metric.name === "TaskDuration").value);
    seen = await page.evaluate(() => ({
      bubbles: document.querySelectorAll("article").length,
      first: performance.getEntriesByName("first-contentful-paint")[0].startTime / 1000,
    }));
    await page.close();
  }
  check(seen.bubbles === MESSAGES, `large: ${seen.bubbles} bubbles`);
  check(seen.first < SECONDS, `large: shows nothing for ${seen.first.toFixed(1)} s`);
  check(task < SECONDS, `large: takes ${task.toFixed(1)} s of processor time`);
  return `${MESSAGES} messages: first paint after ${seen.first.toFixed(1)} s, ${task.toFixed(1)} s of processor time`;
}
