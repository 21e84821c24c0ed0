import { expect, expectTypeOf, test } from "vitest";
import type { IsoDate } from "@zhiwei/core/basics";
import type { Profile } from "@zhiwei/core/profile";
import { type ProfileDocument, ProfileSchema } from "./profile.schema.ts";

/** Without the brand of days and read-only marks, which JSON Schema does not know. */
type Plain<T> = T extends IsoDate
  ? string
  : T extends readonly (infer E)[]
    ? Plain<E>[]
    : T extends object
      ? { -readonly [K in keyof T]: Plain<T[K]> }
      : T;

test("the published schema and the document that core makes are one", () => {
  expectTypeOf<Plain<Profile>>().toExtend<ProfileDocument>();
  expectTypeOf<keyof ProfileDocument>().toEqualTypeOf<keyof Profile>();
  expectTypeOf<keyof ProfileDocument["dimensions"][number]>().toEqualTypeOf<keyof Profile["dimensions"][number]>();
  expectTypeOf<keyof ProfileDocument["enterprise"]["sizeClass"]>().toEqualTypeOf<keyof Profile["enterprise"]["sizeClass"]>();
});

test("it is plain JSON Schema, with its own name", () => {
  const text = JSON.stringify(ProfileSchema);
  expect(JSON.parse(text)).toMatchObject({ $id: "Profile", type: "object", additionalProperties: false });
});
