import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Anvil, startAnvil } from "../anvil.ts";
import { logRecords } from "../../server/src/evidence/records.ts";
import { type Console, seriousFindings, startConsole } from "../console.ts";

let anvil: Anvil;
let server: Console;
let folder: string;
beforeAll(async () => {
  anvil = await startAnvil();
  folder = await mkdtemp(join(tmpdir(), "zhiwei-chain-e2e-"));
  const account = await anvil.account();
  const contract = await anvil.deploy(account, [account.address, (await anvil.account()).address]);
  await writeFile(join(folder, "key"), account.key, { mode: 0o600 });
  server = await startConsole(
    {
      ZHIWEI_CHAIN_URL: anvil.url,
      ZHIWEI_CHAIN_KEY: join(folder, "key"),
      ZHIWEI_CHAIN_CONTRACT: contract,
      ZHIWEI_CHAIN_POLL_MS: "100",
    },
    false,
  );
  const record = { kind: "model-approval", subject: null, content: { model: "generated for this test" } } as const;
  await server.db.transaction().execute((tx) => logRecords(tx, [record], new Date()));
});
afterAll(async () => {
  await server?.stop();
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

const SHOTS = process.env["SHOTS"];

test("the chain's page: what is anchored, and that work goes on when the chain is gone", async () => {
  const { page, context, errors } = await server.open();
  await page.goto(server.url);
  await page.getByRole("contentinfo").getByRole("link", { name: "联盟链" }).click();
  await page.getByRole("heading", { level: 1, name: "联盟链" }).waitFor();
  await page
    .getByRole("cell", { name: "席位 1 · 本机构" })
    .or(page.getByRole("rowheader", { name: "席位 1 · 本机构" }))
    .waitFor();
  await page.getByText("正常", { exact: true }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/chain-zh.png`, fullPage: true });

  const phone = await server.open({ locale: "en-GB", width: 390, scheme: "dark" });
  await phone.page.goto(`${server.url}/chain`);
  await phone.page.getByRole("heading", { level: 1, name: "Consortium chain" }).waitFor();
  await phone.page.getByText("Following", { exact: true }).waitFor();
  expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFindings(phone.page)).toEqual([]);
  if (SHOTS) await phone.page.screenshot({ path: `${SHOTS}/chain-phone.png`, fullPage: true });

  await anvil.stop();
  await page.getByText("联盟链节点没有应答").waitFor();
  await page.getByText("节点无应答", { exact: true }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/chain-gone.png`, fullPage: true });
  expect([errors, phone.errors]).toEqual([[], []]);
  await context.close();
  await phone.context.close();
});
