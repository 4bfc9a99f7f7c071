// Opens reports and the pages of the sandbox in Chromium without a network: no script, no foreign request, no violation of
// the policy, no axe violation in light, dark and at 380 pixels. Then the pages of `review` (review.mjs). `node run.mjs PROGRAM
// [SHOTS]` makes them with that program, and keeps screenshots in that folder; `node run.mjs --flow NAME [PROGRAM]` runs one flow
// of `review`: `keys` or `interrupted`; `node run.mjs --open FILE...` opens existing
// reports, or pages by their URL, and prints how long that takes. Prints "skipped" where a browser or the packages are missing,
// and fails if CHATFERRY_WEB_REQUIRED is set. With CHATFERRY_WEB_LARGE it opens a conversation of 200,000 messages too.

import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { interrupted } from "./interrupted.mjs";
import { keys } from "./keys.mjs";
import { large } from "./large.mjs";
import { review } from "./review.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const samples = resolve(here, "../../samples");
const browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

function skip(why) {
  if (process.env.CHATFERRY_WEB_REQUIRED) {
    console.error(`cannot run: ${why}`);
    process.exit(1);
  }
  console.log(`skipped: ${why}`);
  process.exit(0);
}

const executablePath = browsers.find((path) => existsSync(path));
if (!executablePath) skip("Chromium is not installed");
let chromium, axe;
try {
  ({ chromium } = await import("playwright-core"));
  axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
} catch {
  skip("run `npm ci` in tests/web first");
}

const failures = [];
function check(is, what) {
  if (!is) failures.push(what);
}

/// Runs the program and returns its exit status.
function run(program, folder, args, env = {}) {
  const clean = { PATH: process.env.PATH, ...env };
  const done = spawnSync(program, args, { cwd: folder, env: clean, encoding: "utf8" });
  if (done.error) throw done.error;
  return done;
}

/// Starts a sandbox that knows the leads of the folder; what stops it, and what a program needs to reach it.
async function sandboxOf(program, folder) {
  const sandbox = spawn(program, ["sandbox", "--contacts", "contacts.csv"], { cwd: folder });
  const url = await new Promise((ready, failed) => {
    sandbox.stdout.once("data", (data) => ready(String(data).split("\n")[0]));
    sandbox.once("error", failed);
  });
  const env = { CLOSE_API_KEY: "api_sandbox.key", CLOSE_BASE_URL: url };
  return { env, origin: new URL(url).origin, stop: () => sandbox.kill() };
}

/// Opens the pages of a sandbox in every mode: the first one, and those of all leads. Returns their number.
async function openSandbox(browser, name, { env, origin }, expected, shots) {
  const body = await (await fetch(`${origin}/_sandbox/messages`)).json();
  check(body.total === expected, `${name}: ${body.total} messages in the sandbox, expected ${expected}`);
  const leads = [...new Set(body.data.map((message) => message.lead_id))];
  let bubbles = 0;
  const paths = ["/", ...leads.map((lead) => `/_sandbox/lead/${lead}`)];
  for (const [at, path] of paths.entries()) {
    for (const mode of modes) {
      const page = { url: `${origin}${path}`, name: `${name}-${at}`, isServed: true };
      const seen = await open(browser, page, mode, shots);
      if (mode === modes[0]) bubbles += seen.bubbles;
    }
  }
  check(bubbles === expected, `${name}: ${bubbles} bubbles of ${expected} messages`);
  check(env.CLOSE_BASE_URL.startsWith(origin), `${name}: address`);
  return paths.length;
}

/// Reports of the samples, before and after an import, and of a conversation.
async function ofSamples(program, folder, browser, shots) {
  cpSync(samples, folder, { recursive: true });
  const sandbox = await sandboxOf(program, folder);
  const { env } = sandbox;
  const files = ["before.html", "after.html", "group.html", "held.html"];
  try {
    const steps = [
      ["report", "--out", files[0]],
      ["import", "--yes", "--quiet"],
      ["report", "--out", files[1]],
      ["report", "--chat", "Harbour Walks", "--out", files[2]],
      ["report", "--chat", "Marisol Vega", "--out", files[3]],
    ];
    for (const step of steps) {
      const done = run(program, folder, step, env);
      check(done.status === 0, `${step.join(" ")}: status ${done.status}: ${done.stderr}`);
    }
    pages += await openSandbox(browser, "sandbox", sandbox, 74, shots);
  } finally {
    sandbox.stop();
  }
  return files.map((file) => join(folder, file));
}

/// Reports of a conversation whose names and texts attack the page.
async function ofHostile(program, folder, browser, shots) {
  const name = "<script>alert(1)<\u2044script> \u202Egro";
  const texts = [
    "<script>document.title = 'broken'</script>",
    "<img src=x onerror=alert(1)> *<b>bold</b>* </article></main>",
    "\u202Eabc\u202D \u2066def\u2069 \u05E9\u05DC\u05D5\u05DD",
    "x".repeat(10000),
    "{{ 7 * 7 }} {% include \"x\" %} &amp; \u0007",
    "![a](https://example.org/a.png) https://example.org/",
  ];
  const exports = join(folder, "exports", "chat");
  mkdirSync(exports, { recursive: true });
  const lines = texts.map((text, minute) => `13/03/2024, 10:${10 + minute} - ${minute % 2 ? "Anna Example" : name}: ${text}`);
  writeFileSync(join(exports, `WhatsApp Chat with hostile.txt`), lines.join("\n") + "\n");
  writeFileSync(
    join(folder, "chatferry.toml"),
    '[source]\narchives = ["exports/chat"]\ntimezone = "Europe/Berlin"\nowner = ["Anna Example"]\nlocal_phone = "+4915112345678"\n[import]\ncontacts = "contacts.csv"\n',
  );
  writeFileSync(
    join(folder, "contacts.csv"),
    "chat,participant,role,phone,lead_id,contact_id,user_id\nhostile,Anna Example,me,+4915112345678,,,user_1\n" +
      `hostile,${name},contact,+353861234501,lead_1,cont_1,\n`,
  );
  const files = ["hostile.html", "hostile-chat.html"];
  const steps = [["report", "--out", files[0]], ["report", "--chat", "hostile", "--out", files[1]]];
  for (const step of steps) {
    const done = run(program, folder, step);
    check(done.status === 0, `${step.join(" ")}: status ${done.status}: ${done.stderr}`);
  }
  const sandbox = await sandboxOf(program, folder);
  try {
    const done = run(program, folder, ["import", "--yes", "--quiet"], sandbox.env);
    check(done.status === 0, `import: status ${done.status}: ${done.stderr}`);
    pages += await openSandbox(browser, "hostile-sandbox", sandbox, texts.length, shots);
  } finally {
    sandbox.stop();
  }
  return files.map((file) => join(folder, file));
}

/// The number of pages of sandboxes that were opened.
let pages = 0;

const modes = [
  { name: "light", colorScheme: "light", viewport: { width: 1100, height: 800 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1100, height: 800 } },
  { name: "narrow", colorScheme: "light", viewport: { width: 380, height: 800 } },
];

/// A report as a page to open.
function report(file) {
  return { url: pathToFileURL(file).href, name: file.split("/").pop(), isServed: false };
}

/// Opens a page in one mode and checks it; what was seen on it.
async function open(browser, { url: own, name, isServed }, mode, shots) {
  // Offline, a browser does not even reach this machine: for served pages, all other addresses are cut off below.
  const context = await browser.newContext({ ...mode, offline: !isServed });
  const page = await context.newPage();
  const where = `${name} (${mode.name})`;
  const origin = new URL(own).origin;
  const isOwn = (url) => url === own || (isServed ? url.startsWith(`${origin}/_sandbox/file/`) : url.startsWith("data:"));
  if (isServed) await page.route((url) => url.origin !== origin, (route) => route.abort());
  page.on("console", (message) => check(message.type() !== "error", `${where}: ${message.text()}`));
  page.on("pageerror", (error) => check(false, `${where}: ${error.message}`));
  page.on("dialog", (dialog) => {
    check(false, `${where}: a dialog opened`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    const url = request.url();
    check(isOwn(url), `${where}: requests ${url.slice(0, 80)}`);
  });
  await page.goto(own);
  const seen = await page.evaluate(() => ({
    scripts: document.scripts.length,
    title: document.title,
    lang: document.documentElement.lang,
    wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    styled: getComputedStyle(document.body).maxWidth !== "none",
    links: [...document.links].map((link) => link.href),
    bubbles: document.querySelectorAll("article").length,
    broken: [...document.images].filter((image) => image.complete && image.naturalWidth === 0).length,
  }));
  check(seen.scripts === 0, `${where}: has a script`);
  check(seen.title.includes("WhatsApp") && seen.lang === "en", `${where}: title or language`);
  check(!seen.wide, `${where}: is wider than the window`);
  check(seen.styled, `${where}: the policy refuses its style`);
  for (const link of seen.links) {
    if (isServed && new URL(link).origin === origin) continue;
    check(/^https:\/\/app\.close\.com\/lead\/[\w-]+\/$/.test(link), `${where}: links to ${link}`);
  }
  // Evaluated, since the policy refuses script elements.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  for (const violation of violations) {
    const nodes = violation.nodes.slice(0, 3).map((node) => node.target.join(" "));
    check(false, `${where}: ${violation.id}: ${violation.help} (${nodes.join("; ")})`);
  }
  check(seen.broken === 0, `${where}: ${seen.broken} images are not shown`);
  if (shots) await page.screenshot({ path: join(shots, `${name}-${mode.name}.png`), fullPage: true });
  await context.close();
  return seen;
}

const [first, ...rest] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const folder = mkdtempSync(join(tmpdir(), "chatferry-web-"));
try {
  if (first === "--open") {
    for (const file of rest) {
      const page = await browser.newPage();
      const began = performance.now();
      await page.goto(file.startsWith("http") ? file : pathToFileURL(resolve(file)).href);
      await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(`${file}: painted after ${seconds} s`);
      await page.close();
    }
  } else if (first === "--flow") {
    const [name, program] = rest;
    const flow = { keys, interrupted }[name];
    const own = resolve(program ?? resolve(here, "../../target/debug/chatferry"));
    await flow({ browser, axe, program: own, samples, modes, check }, join(folder, name));
    console.log(failures.length === 0 ? `${name}: ok` : failures.join("\n"));
  } else {
    const program = resolve(first ?? resolve(here, "../../target/debug/chatferry"));
    const shots = rest[0] && resolve(rest[0]);
    const folders = [join(folder, "samples"), join(folder, "hostile")];
    const files = await ofSamples(program, folders[0], browser, shots);
    files.push(...(await ofHostile(program, folders[1], browser, shots)));
    for (const file of files) {
      for (const mode of modes) await open(browser, report(file), mode, shots);
    }
    const tools = { browser, axe, program, samples, modes, check, shots };
    await review(tools, join(folder, "review"), folders[1]);
    await interrupted(tools, join(folder, "interrupted"));
    if (process.env.CHATFERRY_WEB_LARGE) console.log(await large({ ...tools, run }, join(folder, "large")));
    await keys(tools, join(folder, "keys"));
    const opened = `${files.length} reports, ${pages} pages of sandboxes, ${modes.length} modes each, and the pages of review`;
    console.log(failures.length === 0 ? `${opened}: ok` : failures.join("\n"));
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failures.length === 0 ? 0 : 1);
