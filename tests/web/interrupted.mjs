// The pages of `chatferry review` in Chromium when a run does not go straight to its end: stopped on the page, killed with
// the program, followed and decided in two tabs. After each, Close has every message of the samples once.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settled, start, watched } from "./review.mjs";

const KEY = "api_sandbox.key";
const MESSAGES = 74;

/// A migration of the samples with every chat decided, at a pace that leaves time to interrupt it; a page that is open.
async function opened(tools, folder) {
  const { browser, program, samples, check } = tools;
  cpSync(samples, folder, { recursive: true });
  const settings = join(folder, "chatferry.toml");
  writeFileSync(settings, `${readFileSync(settings, "utf8")}\n[limits]\nrequests_per_second = 5.0\nsettle_seconds = 1.0\n`);
  const sandbox = await start(program, ["sandbox", "--contacts", "contacts.csv"], folder);
  const env = { CLOSE_BASE_URL: sandbox.address, CLOSE_API_KEY: KEY };
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const one = { context, sandbox, folder };
  one.serve = async () => {
    one.review = await start(program, ["review"], folder, env);
    one.origin = new URL(one.review.address).origin;
    one.page = await watched(context, one.origin, check, folder);
    await one.page.goto(one.review.address);
    await settled(one.page);
  };
  one.close = async () => {
    await context.close();
    one.review?.child.kill();
    sandbox.child.kill();
  };
  await one.serve();
  return one;
}

/// Makes the plan and starts the run; its question is on the page.
async function asked(one, page = one.page) {
  await page.goto(`${one.origin}/plan`);
  await settled(page);
  await page.getByRole("button", { name: /^Make the plan/ }).click();
  await settled(page);
  await page.getByRole("link", { name: "Go on to the run" }).click();
  await page.getByRole("button", { name: "Start the run" }).click();
  await settled(page);
}

/// Waits until a run has carried out something and not everything.
async function under_way(page, check, where) {
  for (;;) {
    const value = (await page.locator("progress").count()) ? await page.locator("progress").getAttribute("value") : "0";
    if (Number(value) > 0) {
      check(Number(value) < 100, `${where}: the run was over before it was interrupted`);
      return;
    }
    if ((await page.locator("body[data-refresh]").count()) === 0) return check(false, `${where}: the run did not begin`);
    await page.reload();
  }
}

async function in_close(one) {
  return (await (await fetch(`${new URL(one.sandbox.address).origin}/_sandbox/messages`)).json()).data;
}

/// Close has each message of the samples once.
async function whole(one, check, where) {
  const messages = await in_close(one);
  const ids = new Set(messages.map((message) => `${message.lead_id} ${message.external_id}`));
  check(messages.length === MESSAGES, `${where}: ${messages.length} messages in Close`);
  check(ids.size === messages.length, `${where}: ${messages.length - ids.size} messages are there twice`);
}

/// Plans and runs what is left, to the end.
async function finished(one, check, where) {
  await asked(one);
  await one.page.getByRole("button", { name: "Yes" }).click();
  await settled(one.page);
  check((await one.page.getByText("Go on to verify").count()) === 1, `${where}: ${await one.page.locator("main").innerText()}`);
  await whole(one, check, where);
}

/// Stopped by its button; the start page leads on.
async function stopped(tools, folder) {
  const { check } = tools;
  const one = await opened(tools, folder);
  try {
    await asked(one);
    await one.page.getByRole("button", { name: "Yes" }).click();
    await under_way(one.page, check, "stop");
    await one.page.getByRole("button", { name: "Stop" }).click();
    await settled(one.page);
    check((await one.page.getByRole("heading", { name: "Stopped" }).count()) === 1, "stop: the run does not end as stopped");
    const before = (await in_close(one)).length;
    check(before > 0 && before < MESSAGES, `stop: ${before} messages in Close`);
    await one.page.goto(`${one.origin}/`);
    await settled(one.page);
    check((await one.page.getByText("The last run did not finish").count()) === 1, "stop: the start page does not lead on");
    await finished(one, check, "stop");
  } finally {
    await one.close();
  }
}

/// The program is killed during a run and started again.
async function killed(tools, folder) {
  const { check } = tools;
  const one = await opened(tools, folder);
  try {
    await asked(one);
    await one.page.getByRole("button", { name: "Yes" }).click();
    await under_way(one.page, check, "kill");
    const ended = new Promise((done) => one.review.child.once("exit", done));
    one.review.child.kill("SIGKILL");
    await ended;
    await one.page.close();
    await one.serve();
    check((await one.page.getByText("The last run did not finish").count()) === 1, "kill: the start page does not lead on");
    await finished(one, check, "kill");
  } finally {
    await one.close();
  }
}

/// A decision and a run in two tabs.
async function two_tabs(tools, folder) {
  const { check } = tools;
  const one = await opened(tools, folder);
  try {
    const other = await watched(one.context, one.origin, check, "second tab");
    const table = () => readFileSync(join(folder, "contacts.csv"), "utf8");
    // Both show the same chat; the second decision is about a table that is another one by then.
    for (const tab of [one.page, other]) {
      await tab.goto(`${one.origin}/people?state=all&q=Theo`);
      await settled(tab);
    }
    const before = table();
    await other.getByRole("button", { name: "Do not import" }).click();
    await settled(other);
    const decided = table();
    check(decided !== before, "two tabs: the first decision was not written");
    await one.page.getByRole("button", { name: "Private" }).click();
    check((await one.page.getByRole("heading", { name: "Not saved" }).count()) === 1, "two tabs: the second decision was taken");
    check(table() === decided, "two tabs: the second decision was written");
    await other.getByRole("button", { name: "Take back" }).click();
    await settled(other);
    check(table() === before, "two tabs: the first decision was not taken back");
    // One tab starts the run, the other one answers, both show it; it goes on without any.
    await asked(one);
    await other.goto(`${one.origin}/run`);
    await other.getByRole("button", { name: "Yes" }).click();
    await under_way(other, check, "two tabs");
    await one.page.reload();
    check((await one.page.getByRole("button", { name: "Yes" }).count()) === 0, "two tabs: the question is asked again");
    await one.page.goto(`${one.origin}/verify`);
    check((await one.page.getByText("Another step is running: Run").count()) === 1, "two tabs: a second step can be started");
    await one.page.close();
    await other.close();
    one.page = await watched(one.context, one.origin, check, "third tab");
    await one.page.goto(`${one.origin}/run`);
    await settled(one.page);
    check((await one.page.getByText("Go on to verify").count()) === 1, "two tabs: the run did not go on without a page");
    await whole(one, check, "two tabs");
  } finally {
    await one.close();
  }
}

/// All of them, each in a folder of its own.
export async function interrupted(tools, folder) {
  await stopped(tools, join(folder, "stop"));
  await killed(tools, join(folder, "kill"));
  await two_tabs(tools, join(folder, "tabs"));
}
