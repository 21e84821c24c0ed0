import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type ChurnTable, type Scenario, churnTable } from "@zhiwei/core/product";

/** The contest's table of churn by rate and grade (2019), and scenarios with the source of their factors on their face. */
export const loadPortfolioSettings = async (): Promise<{ readonly churn: ChurnTable; readonly scenarios: readonly Scenario[] }> => {
  const churn = churnTable(await readFile(join(import.meta.dirname, "rate-churn.csv"), "utf8"));
  if (!churn.ok) throw new Error(churn.error.text.en);
  const folder = join(import.meta.dirname, "scenarios");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).toSorted();
  const scenarios = await Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as Scenario));
  return { churn: churn.value, scenarios };
};
