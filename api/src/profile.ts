import { Type } from "typebox";
import { ProfileSchema } from "./profile.schema.ts";
import { Day, PARTY_KINDS, PurposeQuery, route } from "./route.ts";

export { ProfileSchema } from "./profile.schema.ts";

export const getProfile = route({
  id: "getProfile",
  method: "GET",
  path: "/enterprises/:id/profile",
  tag: "profile",
  audience: PARTY_KINDS,
  summary: { zh: "企业信用画像（截至某日）", en: "The credit profile of an enterprise as of a day" },
  params: Type.Object({ id: Type.String() }),
  query: Type.Object({ ...PurposeQuery, asOf: Type.Optional(Day) }),
  reply: Type.Object({ sha256: Type.String({ description: "Of the canonical JSON of the document" }), profile: ProfileSchema }),
});
