// The pages of `chatferry review` in Chromium: every key of the queue, two keys in one moment, and its address as a link of
// another site.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { settled, start, watched } from "./review.mjs";

const KEY = "api_sandbox.key";
const HEADER = "chat,participant,role,phone,lead_id,contact_id,user_id,import\n";
const OWNER = "*,Anna Example,me,+4915112345678,,,user_1,\n";
const CHATS = ["Ben Cooper", "Cleo Marsh", "Dora Quist"];

/// A migration of three chats, and a Close with nine people of the first one's name.
async function opened({ browser, program, check }, folder) {
  const exports = join(folder, "exports");
  mkdirSync(exports, { recursive: true });
  const rows = CHATS.map((name, index) => {
    const lines = [`13/03/2024, 10:1${index} - ${name}: hello`, `13/03/2024, 10:2${index} - Anna Example: good morning`];
    writeFileSync(join(exports, `WhatsApp Chat with ${name}.txt`), `${lines.join("\n")}\n`);
    return `${name},${name},contact,+35386123450${index},,,,\n`;
  });
  writeFileSync(join(folder, "contacts.csv"), HEADER + OWNER + rows.join(""));
  writeFileSync(
    join(folder, "chatferry.toml"),
    '[source]\narchives = ["exports"]\ntimezone = "Europe/Berlin"\ndate_order = "dmy"\nowner = ["Anna Example"]\n' +
      'local_phone = "+4915112345678"\n[import]\ncontacts = "contacts.csv"\n',
  );
  const people = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(
    (number) => `Ben ${number},Ben Cooper,contact,+35386999990${number},lead_${number},cont_${number},,\n`,
  );
  writeFileSync(join(folder, "close.csv"), HEADER + OWNER + people.join(""));
  const sandbox = await start(program, ["sandbox", "--contacts", "close.csv", "--rate", "0"], folder);
  const review = await start(program, ["review"], folder, { CLOSE_BASE_URL: sandbox.address, CLOSE_API_KEY: KEY });
  const origin = new URL(review.address).origin;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await watched(context, origin, check, "keys");
  const row = (name) => readFileSync(join(folder, "contacts.csv"), "utf8").split("\n").find((line) => line.startsWith(name));
  const close = async () => {
    await context.close();
    review.child.kill();
    sandbox.child.kill();
  };
  return { address: review.address, origin, context, page, row, close };
}

/// Presses a key and waits for the page that it leads to.
async function press(page, key) {
  await Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);
  await settled(page);
}

/// Each key does what its button says.
async function every_key({ page, origin, row }, check) {
  for (const key of ["1", "2", "3", "4", "5", "6", "7", "8", "9"]) {
    await page.goto(`${origin}/people?state=all&q=Ben&find=Ben+Cooper`);
    await settled(page);
    const value = await page.locator(`button[data-key="${key}"]`).getAttribute("value");
    const [, lead, contact] = value.split(" ");
    await press(page, key);
    check(row("Ben Cooper").includes(`,${lead},${contact},`), `key ${key}: ${row("Ben Cooper")} has not ${value}`);
  }
  await page.goto(`${origin}/people`);
  await settled(page);
  const [cleo, dora] = [row("Cleo Marsh"), row("Dora Quist")];
  check((await page.locator("#who").innerText()) === "Cleo Marsh", "the first undecided chat is not the first one");
  await press(page, "s");
  check((await page.locator("#who").innerText()) === "Dora Quist", "key s: the next chat is not shown");
  check(row("Cleo Marsh") === cleo && row("Dora Quist") === dora, "key s: contacts.csv was changed");
  await press(page, "n");
  check(row("Dora Quist").endsWith(",create"), `key n: ${row("Dora Quist")}`);
  check((await page.locator("#who").innerText()) === "Cleo Marsh", "key n: the chat that was put off is not shown");
  await press(page, "z");
  check(row("Dora Quist") === dora, `key z: ${row("Dora Quist")}`);
  // In a field a key is a letter.
  await page.goto(`${origin}/people`);
  await page.getByLabel("Name or number").fill("");
  await page.getByLabel("Name or number").press("x");
  check(row("Cleo Marsh") === cleo && row("Dora Quist") === dora, "a key in a field decided about a chat");
}

/// The second of two keys would be about what is still shown: it does nothing, and nothing is refused.
async function two_keys({ page, origin, row }, check) {
  await page.goto(`${origin}/people`);
  await settled(page);
  const who = await page.locator("#who").innerText();
  const other = who === "Cleo Marsh" ? "Dora Quist" : "Cleo Marsh";
  const before = row(other);
  const [navigated] = [page.waitForNavigation()];
  await page.evaluate(() => {
    for (const key of ["x", "p"]) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  });
  await navigated;
  await settled(page);
  check((await page.getByRole("heading", { name: "Not saved" }).count()) === 0, "two keys: a decision was refused");
  check(row(who).endsWith(",no"), `two keys: ${row(who)}`);
  check(row(other) === before, `two keys: ${row(other)}`);
  check((await page.locator("#who").innerText()) === other, "two keys: the next chat is not shown");
  await press(page, "x");
  check(row(other).endsWith(",no"), `two keys: ${row(other)}`);
}

/// The address as a link of another site, the way a chat program or a note in the browser has it.
async function link({ address, origin, page }, check) {
  const other = createServer((request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<a href="${address}">the page</a>`);
  });
  await new Promise((ready) => other.listen(0, "127.0.0.1", ready));
  const elsewhere = `http://localhost:${other.address().port}/`;
  try {
    await page.goto(elsewhere);
    await page.getByRole("link", { name: "the page" }).click();
    await page.waitForURL(`${origin}/`);
    await settled(page);
    check((await page.getByRole("heading", { name: "Start" }).count()) === 1, "link of another site: the page did not open");
    check(!page.url().includes("token"), "link of another site: the token stays in the address");
    // It works once; the browser has the page.
    await page.goto(elsewhere);
    await page.getByRole("link", { name: "the page" }).click();
    await page.getByRole("link", { name: "Open the page" }).click();
    await settled(page);
    check((await page.getByRole("heading", { name: "Start" }).count()) === 1, "second click: the page did not open");
  } finally {
    other.close();
  }
}

/// All of them.
export async function keys(tools, folder) {
  const one = await opened(tools, folder);
  try {
    const page = await one.context.newPage();
    page.setDefaultTimeout(120_000);
    await link({ ...one, page }, tools.check);
    await page.close();
    await every_key(one, tools.check);
    await two_keys(one, tools.check);
  } finally {
    await one.close();
  }
}
