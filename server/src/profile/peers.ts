import { sql } from "kysely";
import { type IsoDate, canonicalJson } from "@zhiwei/core/basics";
import type { FeatureValues } from "@zhiwei/core/features";
import {
  type Comparison,
  type Peer,
  type PeerGroup,
  compare,
  peerGroup,
  roundValues,
  sectionOfEnterprise,
  sizeOf,
} from "@zhiwei/core/profile";
import type { Db } from "../db/index.ts";
import { remembering } from "../db/revision.ts";
import type { Context } from "../features/index.ts";
import { sha256Hex as sha256 } from "../system/hash.ts";

/** A peer, the hash of its values, the version of the row that they were read from, and by what they were made. */
type PeerRow = Peer & { readonly digest: string; readonly version: string; readonly inputs: string };

export type Placed = {
  readonly group: PeerGroup;
  readonly comparison: Comparison;
  /** Over the members of the group: who they are, their size and section, and the hash of their values. */
  readonly sha256: string;
};

/** All enterprises with features of one day, and the comparisons made with them. */
export type Day = {
  readonly asOf: IsoDate;
  readonly peers: ReadonlyMap<string, PeerRow>;
  place(subject: Pick<Peer, "id" | "sizeClass" | "section" | "values">): Placed;
  /** The members of a group of another day as they were on this one. */
  earlier(group: PeerGroup): Omit<Placed, "group">;
};

const dayOf = (asOf: IsoDate, peers: ReadonlyMap<string, PeerRow>): Day => {
  const placed = new Map<string, Omit<Placed, "group">>();
  const digest = (members: readonly Peer[]) =>
    sha256(
      members
        .map(
          (member) =>
            `${JSON.stringify(member.id)} ${member.sizeClass ?? "-"} ${member.section ?? "-"} ${peers.get(member.id)?.digest ?? "-"}`,
        )
        .join("\n"),
    );
  const compared = (key: string, members: readonly Peer[]): Omit<Placed, "group"> => {
    let found = placed.get(key);
    if (!found) {
      found = { comparison: compare(members), sha256: digest(members) };
      placed.set(key, found);
    }
    return found;
  };
  const everyone = [...peers.values()];
  const groups = new Map<string, PeerGroup>();
  return {
    asOf,
    peers,
    place: (subject) => {
      if (!peers.has(subject.id)) {
        // No features on this day: it is placed among the others as one of whom nothing is known.
        const group = peerGroup(subject, [...everyone, subject]);
        return { group, ...compared(`${group.kind} ${group.sizeClass} ${group.section} with ${subject.id}`, group.members) };
      }
      const alike = `${subject.sizeClass} ${subject.section}`;
      let group = groups.get(alike);
      if (!group) groups.set(alike, (group = peerGroup(subject, everyone)));
      return { group, ...compared(`${group.kind} ${group.sizeClass} ${group.section}`, group.members) };
    },
    earlier: (group) => {
      const members = group.members.flatMap((member) => {
        const then = peers.get(member.id);
        return then ? [{ ...member, values: then.values }] : [];
      });
      // The group is made of the members of the later day, so the key names them.
      return compared(`earlier ${sha256(group.members.map((member) => JSON.stringify(member.id)).join(" "))}`, members);
    },
  };
};

type Row = {
  id: string;
  industry_code: string | null;
  persons_employed: number | null;
  revenue_fen: number | null;
  assets_fen: number | null;
  inputs: string;
  version: string;
};

/** Changes with every update of the row or of what the register says: the system's own marks of row versions. */
const VERSION = sql<string>`feature_row.xmin || ' ' || feature_row.ctid || ' ' || enterprise.xmin || ' ' || enterprise.ctid`;

/**
 * Keeps the peers of the days in use in memory. What is kept is valid while a fingerprint of the feature rows is the
 * same, which the database forms in one pass; when it differs, only the rows that changed are read again.
 */
export class PeerMemory {
  readonly #days = new Map<string, { fingerprint: string; day: Day }>();
  readonly #remember = remembering<Day>(["records", "features"], 8);

  day({ db, revision }: Pick<Context, "db" | "revision">, asOf: IsoDate, catalogue: string): Promise<Day> {
    const key = `${asOf} ${catalogue}`;
    return this.#remember(db, revision, key, () => this.#current(db, asOf, catalogue, key));
  }

  async #current(db: Db, asOf: IsoDate, catalogue: string, key: string): Promise<Day> {
    const fingerprint = await this.#fingerprint(db, asOf, catalogue);
    const kept = this.#days.get(key);
    if (kept?.fingerprint === fingerprint) {
      this.#days.delete(key);
      this.#days.set(key, kept); // most recently used last
      return kept.day;
    }
    const day = dayOf(asOf, await this.#read(db, asOf, catalogue, kept?.day.peers ?? new Map()));
    this.#days.delete(key);
    this.#days.set(key, { fingerprint, day });
    // Two days belong to every profile; a few more for whoever moves the day back and forth.
    for (const oldest of this.#days.keys()) if (this.#days.size > 8) this.#days.delete(oldest);
    return day;
  }

  async #fingerprint(db: Db, asOf: IsoDate, catalogue: string): Promise<string> {
    const { print } = await db
      .selectFrom("feature_row")
      .innerJoin("enterprise", "enterprise.id", "feature_row.enterprise_id")
      .where("as_of", "=", asOf)
      .where("catalogue", "=", catalogue)
      .select(sql<string>`coalesce(md5(string_agg(enterprise.id || ' ' || ${VERSION}, ',' order by enterprise.id)), '')`.as("print"))
      .executeTakeFirstOrThrow();
    return print;
  }

  async #read(db: Db, asOf: IsoDate, catalogue: string, before: ReadonlyMap<string, PeerRow>): Promise<ReadonlyMap<string, PeerRow>> {
    const rows: Row[] = await db
      .selectFrom("feature_row")
      .innerJoin("enterprise", "enterprise.id", "feature_row.enterprise_id")
      .where("as_of", "=", asOf)
      .where("catalogue", "=", catalogue)
      .select([
        "enterprise.id",
        "industry_code",
        "persons_employed",
        "revenue_fen",
        "assets_fen",
        "feature_row.inputs",
        VERSION.as("version"),
      ])
      .execute();
    const same = (row: Row) => before.get(row.id)?.version === row.version;
    const changed = rows.filter((row) => !same(row)).map((row) => row.id);
    const values = new Map<string, FeatureValues>();
    for (let at = 0; at < changed.length; at += 1000) {
      const part = await db
        .selectFrom("feature_row")
        .where("as_of", "=", asOf)
        .where("catalogue", "=", catalogue)
        .where("enterprise_id", "in", changed.slice(at, at + 1000))
        .select(["enterprise_id", "values"])
        .execute();
      for (const row of part) values.set(row.enterprise_id, roundValues(row.values));
    }
    const peers = new Map<string, PeerRow>();
    for (const row of rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      const read = values.get(row.id);
      peers.set(row.id, read ? peerRow(row, read, asOf) : before.get(row.id)!);
    }
    return peers;
  }
}

const peerRow = (row: Row, values: FeatureValues, asOf: IsoDate): PeerRow => {
  const figures = {
    industryCode: row.industry_code,
    persons: row.persons_employed,
    revenueFen: row.revenue_fen,
    assetsFen: row.assets_fen,
  };
  return {
    id: row.id,
    sizeClass: sizeOf(figures, values, asOf).class,
    section: sectionOfEnterprise(row.industry_code),
    values,
    digest: sha256(canonicalJson(values)),
    version: row.version,
    inputs: row.inputs,
  };
};
