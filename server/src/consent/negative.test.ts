import { expect, test } from "vitest";
import { type IsoDate, addDays } from "@zhiwei/core/basics";
import { isAgedOut } from "@zhiwei/core/consent";
import { freshDatabase } from "../../../test/database.ts";
import { openDb } from "../db/index.ts";
import { deleteAgedOut, usable } from "./negative.ts";

test("a dated default may be used for five years from its end, by SQL as by core, and is then deleted", async () => {
  await using database = await freshDatabase();
  const db = await openDb(database.url, 2);
  try {
    // Round every end of February, and a few days of a common year.
    const ends = ["2016-02-28", "2019-02-28", "2020-02-28", "2021-12-31"].flatMap((day) =>
      [0, 1, 2].map((more) => addDays(day as IsoDate, more)),
    );
    await db
      .insertInto("enterprise")
      .values([...ends.map((day) => ({ id: `X${day}`, name: day })), { id: "never", name: "never" }])
      .execute();
    await db
      .insertInto("credit_outcome")
      .values([
        ...ends.map((day) => ({ enterprise_id: `X${day}`, source: "test", defaulted: true, ended_on: day })),
        { enterprise_id: "never", source: "test", defaulted: true, ended_on: null },
      ])
      .execute();
    const left = async () => (await db.selectFrom("credit_outcome").select("enterprise_id").execute()).map((row) => row.enterprise_id);
    for (const end of ends)
      for (const more of [-1, 0, 1, 2]) {
        const on = addDays(`${Number(end.slice(0, 4)) + 5}-02-28` as IsoDate, more);
        const found = await db.selectFrom("credit_outcome").select("enterprise_id").where(usable(on)).execute();
        expect(found.map((row) => row.enterprise_id).toSorted(), on).toEqual(
          [...ends.filter((day) => !isAgedOut(day, on)).map((day) => `X${day}`), "never"].toSorted(),
        );
      }
    const on = "2025-02-28" as IsoDate;
    expect(await deleteAgedOut(db, on)).toBe(ends.filter((day) => isAgedOut(day, on)).length);
    expect((await left()).toSorted()).toEqual([...ends.filter((day) => !isAgedOut(day, on)).map((day) => `X${day}`), "never"].toSorted());
    expect(await deleteAgedOut(db, on)).toBe(0);
  } finally {
    await db.destroy();
  }
});
