// The pages of `chatferry review` in Chromium: a whole migration of the samples from an empty folder to the verified
// report, with and without JavaScript; axe in light, dark and at 380 pixels; hostile names; requests from elsewhere.

import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const KEY = "api_sandbox.key";
const PHONES = [
  { owner: "Anna Keller", number: "+4915111111112", zone: "Europe/Berlin" },
  { owner: "Ben Ortiz", number: "+12025550123", zone: "America/New_York" },
];
const PAGES = [
  "/", "/setup", "/archives", "/people", "/people?state=all", "/people?state=all&lines=1", "/match", "/left-out", "/plan",
  "/undecided", "/run", "/verify", "/undo", "/report",
];

/// In place of an address: the page of the phones with a value that was not accepted.
const REJECTED = "rejected answers";

/// Starts the program and resolves with its process and the first line that it prints.
export function start(program, args, folder, env = {}) {
  const child = spawn(program, args, { cwd: folder, env: { PATH: process.env.PATH, ...env } });
  const line = new Promise((ready, failed) => {
    child.stdout.once("data", (data) => ready(String(data).split("\n")[0]));
    child.once("error", failed);
    child.once("exit", (status) => failed(new Error(`${args.join(" ")} ended with ${status}`)));
  });
  return line.then((address) => ({ child, address }));
}

/// Waits until a page has nothing in progress any more.
export async function settled(page) {
  for (;;) {
    if ((await page.locator("body[data-refresh]").count()) === 0) return;
    await page.reload();
  }
}

/// A page of a context that notes everything that must not happen.
export async function watched(context, origin, check, where) {
  const page = await context.newPage();
  // A machine that builds beside this is slow.
  page.setDefaultTimeout(120_000);
  page.on("console", (message) => {
    const refused = message.text().includes("status of 4");
    check(message.type() !== "error" || refused, `${where}: ${message.text()}`);
  });
  page.on("pageerror", (error) => check(false, `${where}: ${error.message}`));
  page.on("dialog", (dialog) => {
    check(false, `${where}: a dialog opened`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    const url = request.url();
    check(url.startsWith(origin) || url.startsWith("data:"), `${where}: requests ${url.slice(0, 80)}`);
  });
  return page;
}

/// A whole migration of the samples, by the pages alone.
async function migrate(tools, folder, javaScriptEnabled) {
  const { browser, program, samples, check, shots } = tools;
  const where = javaScriptEnabled ? "migration" : "migration without JavaScript";
  const exports = join(folder, "from the phones");
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  for (const phone of ["anna", "ben"]) cpSync(join(samples, phone), join(exports, phone), { recursive: true });
  const sandbox = await start(program, ["sandbox", "--contacts", join(samples, "contacts.csv"), "--rate", "0"], folder);
  const review = await start(program, ["review"], home, { CLOSE_BASE_URL: sandbox.address });
  const origin = new URL(review.address).origin;
  const context = await browser.newContext({ javaScriptEnabled, viewport: { width: 1280, height: 900 } });
  const shoot = async (page, name) => {
    if (shots && javaScriptEnabled) await page.screenshot({ path: join(shots, `review-${name}.png`), fullPage: true });
  };
  try {
    const page = await watched(context, origin, check, where);
    await page.goto(review.address);
    check(page.url().startsWith(`${origin}/setup`), `${where}: begins at ${page.url()}`);
    await page.getByLabel("Folder on this computer").fill(exports);
    await page.getByRole("button", { name: "Open" }).click();
    await shoot(page, "setup");
    await page.getByRole("button", { name: "Use this folder" }).click();
    await shoot(page, "setup-done");
    await page.getByRole("link", { name: "Go on to the phones and archives" }).click();
    await settled(page);
    const card = (index) => page.locator("form[action='/archives'] .card").nth(index);
    for (const [index, phone] of PHONES.entries()) {
      await card(index).getByLabel("Name of its owner").fill(phone.owner);
      await card(index).getByLabel("WhatsApp number").fill(phone.number);
      await card(index).getByLabel("Time zone").fill(phone.zone);
    }
    // What was typed for one phone is kept when another is saved.
    for (const index of PHONES.keys()) {
      await card(index).getByRole("button", { name: "Save" }).click();
      await settled(page);
    }
    await shoot(page, "archives");
    await page.goto(`${origin}/`);
    await settled(page);
    await page.getByLabel("API key of Close").fill(KEY);
    await page.getByRole("button", { name: "Connect" }).click();
    await settled(page);
    check((await page.getByText("Connected to").count()) === 1, `${where}: is not connected`);
    check(!(await page.content()).includes(KEY), `${where}: the key is in the page`);
    await shoot(page, "start");
    await page.goto(`${origin}/people`);
    await settled(page);
    await page.getByRole("button", { name: "Look up the chats in Close" }).click();
    await settled(page);
    await shoot(page, "match");
    await people(page, origin, javaScriptEnabled, shoot, check, where);
    await page.goto(`${origin}/plan`);
    await page.getByRole("button", { name: "Make the plan" }).click();
    await settled(page);
    await shoot(page, "plan");
    await page.getByRole("link", { name: "Go on to the run" }).click();
    await page.getByRole("button", { name: "Start the run" }).click();
    await settled(page);
    await shoot(page, "question");
    await page.getByRole("button", { name: "Yes" }).click();
    await settled(page);
    await shoot(page, "run");
    await page.getByRole("link", { name: "Go on to verify" }).click();
    await page.getByRole("button", { name: "Verify" }).click();
    await settled(page);
    await shoot(page, "verify");
    const verified = await page.locator(".job").innerText();
    check(/All [\d,]+ messages of [\d,]+ chats are in Close, each once; 0 differences/.test(verified), `${where}: the verdict is: ${verified}`);
    check((await page.locator(".notice.bad").count()) === 0, `${where}: verify reports: ${verified}`);
    await page.getByRole("link", { name: "Go on to the report" }).click();
    await settled(page);
    const verdict = await page.locator(".verdict").innerText();
    check(/^All \d+ messages that belong in Close are recorded there/.test(verdict), `${where}: ${verdict}`);
    await shoot(page, "report");
    for (const path of PAGES) {
      await page.goto(`${origin}${path}`);
      await settled(page);
      const text = await page.locator("main").innerText();
      check(!/\bMum\b/.test(text), `${where}: ${path} names a private chat`);
    }
    const table = readFileSync(join(home, "contacts.csv"), "utf8");
    check(/Mum,Mum,contact,,,,,private/.test(table), `${where}: the private chat is not in contacts.csv`);
    if (javaScriptEnabled) await elsewhere(tools, context, origin, review.address);
    if (javaScriptEnabled) await accessible(tools, context, origin);
  } finally {
    await context.close();
    review.child.kill();
    sandbox.child.kill();
  }
}

/// Decides about every chat: the first contact that was found, with private and left out ones between them.
async function people(page, origin, byKeys, shoot, check, where) {
  await page.goto(`${origin}/people`);
  await settled(page);
  await shoot(page, "people");
  const press = async (key, button) => {
    if (byKeys) {
      await Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);
    } else {
      await button.click();
    }
    await settled(page);
  };
  for (let turn = 0; turn < 20; turn += 1) {
    const open = await page.locator("nav[aria-label='Chats by state'] a[aria-current]").innerText();
    if (open.includes("(0)")) break;
    const who = await page.locator("#who").innerText();
    const first = page.locator(".candidates button[data-key='1']");
    if (who.startsWith("Mum")) {
      await press("p", page.getByRole("button", { name: "Private" }));
      check(!(await page.content()).includes("Mum"), `${where}: a private chat is named`);
      // Taken back and decided again.
      await press("z", page.getByRole("button", { name: "Take back" }));
      check((await page.content()).includes("Mum"), `${where}: the decision was not taken back`);
      await Promise.all([page.waitForNavigation(), page.getByRole("link", { name: "Mum" }).click()]);
      await press("p", page.getByRole("button", { name: "Private" }));
    } else if ((await first.count()) > 0) {
      await shoot(page, `people-${turn}`);
      const second = page.locator(".candidates button[data-key='2']");
      const on = await page.locator(".one dl").innerText();
      // Two leads have a contact of this name: the second phone knows the other one.
      const other = who.startsWith("Ines") && on.includes("ben") && (await second.count()) > 0;
      await press(other ? "2" : "1", other ? second : first);
    } else {
      await press("x", page.getByRole("button", { name: "Do not import" }));
    }
  }
  await shoot(page, "people-done");
}

/// Requests that the page must not answer.
async function elsewhere({ browser, check }, context, origin, address) {
  const { port } = new URL(origin);
  const other = createServer((request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<form method="post" action="${origin}/plan"><button>go</button></form>
      <img src="${origin}/icon.svg"><iframe src="${origin}/people"></iframe>`);
  });
  await new Promise((ready) => other.listen(0, "127.0.0.1", ready));
  try {
    const page = await context.newPage();
    const refused = [];
    page.on("response", (response) => {
      if (response.url().startsWith(origin)) refused.push(response.status());
    });
    await page.goto(`http://127.0.0.1:${other.address().port}/`);
    await page.getByRole("button", { name: "go" }).click();
    await page.waitForLoadState();
    check(refused.length > 0 && refused.every((status) => status >= 400), `another origin gets ${refused}`);
    check(refused.includes(403), `a form of another origin gets ${refused}`);
    await page.close();
    const stranger = await browser.newContext();
    const stranger_page = await stranger.newPage();
    const statuses = [];
    for (const url of [`${origin}/`, address, `http://localhost:${port}/`]) {
      statuses.push((await stranger_page.goto(url)).status());
    }
    check(String(statuses) === "401,401,421", `no cookie, used token, other host: ${statuses}`);
    await stranger.close();
  } finally {
    other.close();
  }
}

/// Sends a number that is not accepted: the page comes back with it.
async function reject(page, origin, check, where) {
  await page.goto(`${origin}/archives`);
  await settled(page);
  const card = page.locator("form[action='/archives'] .card").first();
  await card.getByLabel("WhatsApp number").fill("11 91234");
  await card.getByRole("button", { name: "Save" }).click();
  await settled(page);
  const typed = await card.getByLabel("WhatsApp number").inputValue();
  check(typed === "11 91234", `${where}: the number that was typed is ${typed}`);
  check((await page.locator("[aria-invalid]").count()) === 1, `${where}: the error is at no field`);
}

/// Every page without a violation, and not wider than the window.
async function accessible({ browser, axe, modes, check, shots }, context, origin) {
  const state = await context.storageState();
  for (const mode of modes) {
    const own = await browser.newContext({ ...mode, storageState: state });
    const page = await watched(own, origin, check, `pages (${mode.name})`);
    await page.goto(`${origin}/people?state=all`);
    await settled(page);
    const timeline = await page.getByRole("link", { name: "Timeline" }).getAttribute("href");
    for (const path of [...PAGES, timeline, REJECTED]) {
      const where = `${path} (${mode.name})`;
      if (path === REJECTED) await reject(page, origin, check, where);
      else await page.goto(`${origin}${path}`);
      await settled(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      check(!wide, `${where}: is wider than the window`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run());
      for (const violation of violations) {
        const nodes = violation.nodes.slice(0, 3).map((node) => node.target.join(" "));
        check(false, `${where}: ${violation.id}: ${violation.help} (${nodes.join("; ")})`);
      }
      const name = path.replace(/[^a-z]/g, "") || "start";
      if (shots) await page.screenshot({ path: join(shots, `review-${name}-${mode.name}.png`), fullPage: true });
    }
    await own.close();
  }
}

/// Names and texts that attack the page.
async function hostile({ browser, program, check, shots }, folder) {
  const review = await start(program, ["review"], folder);
  const origin = new URL(review.address).origin;
  const context = await browser.newContext();
  try {
    const page = await watched(context, origin, check, "hostile");
    await page.goto(review.address);
    await settled(page);
    await page.goto(`${origin}/people?state=all`);
    await settled(page);
    const timeline = await page.getByRole("link", { name: "Timeline" }).getAttribute("href");
    const pages = ["/archives", "/people?state=all", "/left-out", "/report", "/plan", "/match", "/undecided", timeline];
    for (const path of pages) {
      await page.goto(`${origin}${path}`);
      await settled(page);
      check((await page.title()).includes("chatferry"), `hostile: ${path}: the title is ${await page.title()}`);
    }
    await page.goto(`${origin}/people?state=all&lines=1`);
    check(await page.locator(".excerpt").first().isVisible(), "hostile: no messages are shown");
    check((await page.locator("main img, main iframe, main script").count()) === 0, "hostile: a text is markup");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    check(!wide, "hostile: the page is wider than the window");
    if (shots) await page.screenshot({ path: join(shots, "review-hostile.png"), fullPage: true });
  } finally {
    await context.close();
    review.child.kill();
  }
}

/// All of it. `folders.hostile` has a migration of a hostile chat.
export async function review(tools, folder, hostileFolder) {
  for (const javaScriptEnabled of [true, false]) {
    const own = join(folder, javaScriptEnabled ? "script" : "plain");
    mkdirSync(own, { recursive: true });
    await migrate(tools, own, javaScriptEnabled);
  }
  if (existsSync(hostileFolder)) {
    writeFileSync(join(hostileFolder, "never.txt"), "");
    await hostile(tools, hostileFolder);
  }
}
