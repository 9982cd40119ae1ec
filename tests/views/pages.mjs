// Opens pages in Chromium and tells what they do: one JSON line. Arguments: the folder of the tools, a file of jobs.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [tools, jobs] = process.argv.slice(2);
const require = createRequire(`${tools}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
const told = {};

async function violations(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: `${axe};0` });
  const expression = `axe.run(document, {resultTypes: ["violations"]}).then((found) =>
    found.violations.map((one) => one.id + ": " + one.nodes.slice(0, 3).map((node) => node.html).join(" ")))`;
  const answer = await session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  return answer.result.value ?? [`axe did not run: ${JSON.stringify(answer).slice(0, 300)}`];
}

const focused = (page) => page.evaluate(() => {
  const at = document.activeElement;
  return at.getAttribute("aria-label") || at.id || at.textContent.trim().slice(0, 80);
});

// By keyboard alone: the skip link, the filters, the matrix, a cell, and back to it.
async function keyboard(page) {
  const found = {};
  await page.keyboard.press("Tab");
  found.first = await focused(page);
  const seen = [];
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => document.activeElement.className || document.activeElement.id || document.activeElement.tagName));
    if (String(seen.at(-1)).startsWith("cell")) break;
  }
  found.seen = seen;
  found.cell = await focused(page);
  await page.keyboard.press("ArrowRight");
  found.right = await focused(page);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  found.opened = await focused(page);
  found.panel = await page.locator(".panel").innerText();
  await page.keyboard.press("Escape");
  found.back = await focused(page);
  found.closed = await page.locator(".panel").isHidden();
  return found;
}

async function mouse(page) {
  const found = {};
  const start = Date.now();
  await page.locator(".cell").first().click();
  found.heading = await page.locator(".panel > h3").innerText();
  found.click = Date.now() - start;
  const before = Date.now();
  await page.locator("#text").fill("no such thing anywhere");
  await page.waitForFunction(() => /^0 /.test(document.querySelector("[role=status]").textContent));
  found.filter = Date.now() - before;
  found.none = await page.locator("#wrong details").count();
  await page.locator("button[type=reset]").click();
  await page.waitForFunction(() => document.querySelector("#wrong details") || document.querySelector("#satisfied details"));
  return found;
}

// The map as it is, with each filter alone, and after all are cleared.
async function mapped(page, wanted) {
  const found = { before: await page.locator("#network").innerText() };
  for (const [id, value] of Object.entries(wanted)) {
    if (id === "text") await page.locator("#text").fill(value);
    else await page.locator(`#${id}`).selectOption({ label: value });
    await page.waitForTimeout(250);
    found[id] = await page.locator("#network").innerText();
    await page.locator("button[type=reset]").click();
    await page.waitForTimeout(250);
  }
  found.after = await page.locator("#network").innerText();
  return found;
}

async function filters(page, wanted) {
  const found = {};
  for (const [id, label] of Object.entries(wanted)) {
    await page.locator(`#${id}`).selectOption({ label });
    await page.waitForTimeout(200);
    found[id] = await page.locator("#wrong details, #satisfied details").evaluateAll((all) => all.map((one) => one.querySelector("summary strong code, summary > span:not(.status)").textContent));
    await page.locator("button[type=reset]").click();
    await page.waitForTimeout(50);
  }
  return found;
}

for (const job of JSON.parse(readFileSync(jobs, "utf8"))) {
  const result = (told[job.name] = { noise: [], requests: [] });
  const context = await browser.newContext({ colorScheme: job.scheme || "light", viewport: { width: 1280, height: 900 }, javaScriptEnabled: !job.plain });
  const page = await context.newPage();
  page.on("console", (message) => result.noise.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => result.noise.push(error.stack));
  page.on("dialog", (dialog) => { result.noise.push("a dialog"); dialog.dismiss(); });
  page.on("request", (request) => result.requests.push(request.url()));
  const start = Date.now();
  await page.goto(`file://${job.file}`);
  result.opened = Date.now() - start;
  await page.waitForFunction(() => !document.querySelector("#matrix[aria-busy]"));
  result.text = await page.locator("body").innerText();
  result.cells = await page.locator(".cell").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
  // The names and circles of the map that lie on one another, but for the mark in a circle.
  result.laid = await page.locator(".peerings text, .peerings circle").evaluateAll((all) => {
    const boxes = all.filter((one) => one.textContent !== "!").map((one) => [one.textContent || "a circle", one.getBoundingClientRect()]);
    const meet = ([, a], [, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return [boxes.length, boxes.flatMap((one, at) => boxes.slice(at + 1).filter((other) => meet(one, other)).map((other) => `${one[0]} and ${other[0]}`))];
  });
  if (job.attack) {
    // What an injected script or a style could try; the policy must refuse it.
    result.attacked = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.pwned = true";
      document.body.append(script);
      let asked = "refused";
      try { await fetch("data:text/plain,x"); asked = "answered"; } catch { /* refused */ }
      return [window.pwned === true, asked];
    });
    result.attacks = result.noise.splice(0);
  }
  if (job.keyboard) result.keyboard = await keyboard(page);
  if (job.filters) result.filters = await filters(page, job.filters);
  if (job.subnets) {
    await page.evaluate(() => addEventListener("click", () => {
      const start = performance.now();
      requestAnimationFrame(() => setTimeout(() => { window.painted = performance.now() - start; }));
    }, { capture: true, once: true }));
    await page.locator("input[value=subnets]").check();
    await page.waitForFunction(() => window.painted && !document.querySelector("#matrix[aria-busy]"));
    result.painted = await page.evaluate(() => window.painted);
    result.subnets = await page.locator(".cell").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
    result.help = await page.locator("#reach").innerText();
  }
  if (job.map) result.map = await mapped(page, job.map);
  if (job.mouse) result.mouse = await mouse(page);
  if (job.open) {
    await page.evaluate(() => { document.querySelectorAll("details").forEach((one) => one.show && one.show());
      document.querySelectorAll("details").forEach((one) => { one.open = true; }); });
    result.whole = await page.locator("body").innerText();
    result.tags = await page.evaluate(() => [...new Set([...document.body.querySelectorAll("*")].map((one) => one.tagName.toLowerCase()))]);
  }
  if (job.narrow) {
    // How far the page reaches beyond a small screen.
    await page.setViewportSize({ width: 400, height: 900 });
    result.beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  }
  if (job.axe) {
    const cell = page.locator(".cell").first();
    if (await cell.count()) await cell.click();
    result.axe = await violations(page);
  }
  if (job.print) {
    await page.emulateMedia({ media: "print" });
    result.printed = (await page.pdf()).length;
    result.formInPrint = await page.locator("form").isVisible();
  }
  if (job.shot) await page.screenshot({ path: job.shot, fullPage: true });
  await context.close();
}
await browser.close();
console.log(JSON.stringify(told));
