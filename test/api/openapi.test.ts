import { join } from "node:path";
import { expect, test } from "vitest";
import { API_PREFIX, routes } from "../../api/src/index.ts";
import { openApiDocument } from "../../api/src/openapi.ts";
import { VERSION } from "../../server/src/system/version.ts";
import { testServer } from "./server.ts";

const document = openApiDocument(VERSION) as {
  openapi: string;
  paths: Record<
    string,
    Record<string, { operationId: string; summary: string; responses: Record<string, unknown>; parameters: { name: string; in: string }[] }>
  >;
  components: { schemas: Record<string, unknown> };
};

// After a change to the contract: npx vitest run --project server test/api/openapi.test.ts -u
test("docs/openapi.json is the document of the contract", async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(join(import.meta.dirname, "../../docs/openapi.json"));
});

test("every route is in it once, with its parameters and the Problem that it refuses with", () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  expect(operations.map((operation) => operation.operationId).sort()).toEqual(
    Object.values(routes)
      .map((route) => route.id)
      .sort(),
  );
  expect(new Set(operations.map((operation) => operation.operationId)).size).toBe(operations.length);
  for (const operation of operations) {
    expect(operation.summary).toMatch(/\p{Script=Han}.* [A-Z]/u);
    expect(operation.responses["400"]).toMatchObject({
      content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
    });
  }
  for (const [path, methods] of Object.entries(document.paths))
    for (const operation of Object.values(methods))
      expect(operation.parameters.filter((each) => each.in === "path").map((each) => `{${each.name}}`)).toEqual(
        path.match(/\{\w+\}/g) ?? [],
      );
  expect(Object.keys(document.paths).every((path) => path.startsWith(`${API_PREFIX}/`))).toBe(true);
});

test("every reference leads to a schema", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1]!);
  expect(references.length).toBeGreaterThan(0);
  expect([...new Set(references)].filter((name) => !(name in document.components.schemas))).toEqual([]);
});

test("the server gives the same document", async () => {
  await using server = await testServer();
  const reply = await fetch(`${server.url}/openapi.json`);
  expect(await reply.json()).toEqual(JSON.parse(JSON.stringify(document)));
});
