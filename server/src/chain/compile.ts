/**
 * Compiles the contracts from source. `node server/src/chain/compile.ts` writes what it made to contracts/consortium.json; a test
 * holds that file against a fresh compilation (docs/decisions/0006-contracts-compiled-in-advance.md).
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import solc from "solc";

const FOLDER = join(import.meta.dirname, "contracts");
export const ARTEFACT = join(FOLDER, "consortium.json");

/** London: the newest instructions that FISCO BCOS 3 and Besu both have without a switch of their own. */
const EVM_VERSION = "london";

type SolcContract = { readonly abi: readonly unknown[]; readonly evm: { readonly bytecode: { readonly object: string } } };
type SolcOutput = {
  readonly errors?: readonly { readonly formattedMessage: string }[];
  readonly contracts: Readonly<Record<string, Readonly<Record<string, SolcContract>>>>;
};

export type Compiled = {
  readonly compiler: string;
  readonly evmVersion: string;
  /** Interface of each contract, as the compiler gives it. */
  readonly abi: Readonly<Record<string, readonly unknown[]>>;
  /** What is deployed: the consortium, which brings the other two along. */
  readonly bytecode: `0x${string}`;
};

/** Throws with the compiler's own words where it has so much as a warning. */
export const compileContracts = (): Compiled => {
  const files = readdirSync(FOLDER)
    .filter((name) => name.endsWith(".sol"))
    .sort();
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(files.map((name) => [name, { content: readFileSync(join(FOLDER, name), "utf8") }])),
    settings: {
      evmVersion: EVM_VERSION,
      optimizer: { enabled: true, runs: 200 },
      // A comment changed in the source must not change what is deployed.
      metadata: { appendCBOR: false, bytecodeHash: "none" },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as SolcOutput;
  if (output.errors?.length) throw new Error(output.errors.map((error) => error.formattedMessage).join("\n"));
  const contracts = Object.entries(output.contracts).map(([file, own]) => [file.replace(/\.sol$/, ""), Object.values(own)[0]!] as const);
  return {
    compiler: solc.version(),
    evmVersion: EVM_VERSION,
    abi: Object.fromEntries(contracts.map(([name, { abi }]) => [name, abi])),
    bytecode: `0x${Object.fromEntries(contracts)["Consortium"]!.evm.bytecode.object}`,
  };
};

if (import.meta.main) writeFileSync(ARTEFACT, `${JSON.stringify(compileContracts(), null, 2)}\n`);
