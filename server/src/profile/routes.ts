import { getProfile } from "@zhiwei/api/profile";
import type { Output } from "@zhiwei/api/route";
import { Refusal } from "../http/refusal.ts";
import type { Serve } from "../http/routes.ts";
import { permitRead } from "../consent/index.ts";
import { asOfDay } from "../system/as-of.ts";
import { type System, platformOf } from "../system/state.ts";
import { profileOf } from "./profile-of.ts";

export const profileRoutes = (serve: Serve, system: System): void => {
  serve(getProfile, async ({ params, query }, { request, reply, actor }) => {
    const platform = platformOf(system);
    const permit = await permitRead(platform.db, actor, {
      enterprise: params.id,
      purpose: query.purpose,
      classes: ["profile"],
      what: "profile",
    });
    const asOf = query.asOf === undefined ? undefined : await asOfDay(platform.db, query.asOf);
    const stated = await profileOf(platform, permit, asOf);
    if (!stated.ok) throw new Refusal(409, stated.error);
    const { sha256, canonical } = stated.value;
    // The hash of the document is what it is known by: who has it already need not fetch it again.
    const tag = `"${sha256}"`;
    void reply.header("etag", tag).header("cache-control", "no-cache");
    const known = request.headers["if-none-match"]?.split(",").map((each) => each.trim().replace(/^W\//, ""));
    if (known?.includes(tag) || known?.includes("*")) void reply.status(304);
    // Read back from the bytes that were hashed, so that the members stand in their canonical order.
    return { sha256, profile: JSON.parse(canonical) as Output<typeof getProfile>["profile"] };
  });
};
