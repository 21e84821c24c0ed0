import { getSystem } from "@zhiwei/api/system";
import type { Serve } from "../http/routes.ts";
import { countsOf } from "./counts.ts";
import type { System } from "./state.ts";
import { VERSION } from "./version.ts";

const NOTHING = { enterprises: 0, invoices: 0, bankTransactions: 0, batches: 0, quarantined: 0 };

export const systemRoutes = (serve: Serve, system: System): void => {
  serve(getSystem, async () => {
    const { counts, asOf } = system.running ? await countsOf(system.running.platform.db) : { counts: NOTHING, asOf: null };
    const { state, progress, problem, demonstration } = system;
    return { product: "zhiwei" as const, version: VERSION, state, progress, problem, asOf, counts, demonstration };
  });
};
