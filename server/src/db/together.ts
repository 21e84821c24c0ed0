/**
 * What is asked of PostgreSQL at the same moment, done together: while one statement or transaction waits for the disk, others come, and the
 * next takes all of them. So nobody waits for more than two, and one flush to the disk serves many.
 */
import type { Db } from "./index.ts";

type Waiting<In, Out> = { readonly item: In; readonly done: (out: Out) => void; readonly failed: (error: unknown) => void };
type Desk<In, Out> = { readonly waiting: Waiting<In, Out>[]; atWork: number };

/**
 * `work` does all or nothing and answers in the order of what it was given. Where it fails for several, each is tried by itself, so that one that
 * cannot be done does not take the others with it; `work` must therefore bear being told again what was already done.
 */
export const together = <In, Out>(
  work: (db: Db, items: readonly In[]) => Promise<readonly Out[]>,
  { atOnce, most }: { /** Portions at work at the same time. */ readonly atOnce: number; readonly most: number },
): ((db: Db, item: In) => Promise<Out>) => {
  const desks = new WeakMap<Db, Desk<In, Out>>();
  const alone = async (db: Db, { item, done, failed }: Waiting<In, Out>): Promise<void> => {
    try {
      done((await work(db, [item]))[0]!);
    } catch (error) {
      failed(error);
    }
  };
  const serve = async (db: Db, desk: Desk<In, Out>): Promise<void> => {
    desk.atWork++;
    while (desk.waiting.length > 0) {
      const some = desk.waiting.splice(0, most);
      try {
        const found = await work(
          db,
          some.map(({ item }) => item),
        );
        for (const [i, { done }] of some.entries()) done(found[i]!);
      } catch (error) {
        if (some.length === 1) some[0]!.failed(error);
        else for (const each of some) await alone(db, each);
      }
    }
    desk.atWork--;
  };
  return (db, item) =>
    new Promise((done, failed) => {
      let desk = desks.get(db);
      if (!desk) desks.set(db, (desk = { waiting: [], atWork: 0 }));
      desk.waiting.push({ item, done, failed });
      if (desk.atWork < atOnce) void serve(db, desk);
    });
};
