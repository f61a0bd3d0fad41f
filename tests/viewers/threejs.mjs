// three.js in a headless Chromium over many files: `node threejs.mjs A.glb B.glb …` prints a JSON list, one entry a
// file: bounds, triangles, textures, and how many pixels a WebGL picture of it covers.
// The browser is MAQUETTE_CHROMIUM, or a Chromium or Chrome on PATH. Nothing is served over any network.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const origin = "http://viewer.invalid";
const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const flags = [
  "--disable-gpu", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic",
  "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

function browserPath() {
  if (process.env.MAQUETTE_CHROMIUM) return process.env.MAQUETTE_CHROMIUM;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
}

async function answer(route, paths) {
  const { pathname } = new URL(route.request().url());
  const model = pathname.match(/^\/model\/(\d+)$/);
  const file = model ? paths[Number(model[1])] : join(here, normalize(decodeURIComponent(pathname)));
  const types = { html: "text/html", js: "text/javascript", mjs: "text/javascript" };
  try {
    const contentType = types[file.split(".").pop()] ?? "application/octet-stream";
    await route.fulfill({ body: await readFile(file), contentType });
  } catch {
    await route.fulfill({ status: 404, body: "" });
  }
}

const paths = process.argv.slice(2);
const executablePath = browserPath();
if (!executablePath) throw new Error("no Chromium on PATH: install one, or name it in MAQUETTE_CHROMIUM");
const browser = await chromium.launch({ executablePath, headless: true, chromiumSandbox: false, args: flags });
try {
  const page = await browser.newPage();
  page.on("console", (message) => console.error(message.text()));
  await page.route("**/*", (route) => answer(route, paths));
  await page.goto(`${origin}/threejs.html`);
  await page.waitForFunction(() => globalThis.inspectModel !== undefined);
  const results = [];
  for (const [index, path] of paths.entries()) {
    results.push({ path, ...(await page.evaluate((url) => globalThis.inspectModel(url), `/model/${index}`)) });
  }
  console.log(JSON.stringify(results, null, 1));
} finally {
  await browser.close();
}
