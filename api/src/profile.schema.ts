import { Type } from "typebox";

/** The published schema of the credit profile document; the document itself is made in core/src/profile. */
export const ProfileSchema = Type.Object({}, { $id: "Profile", additionalProperties: true });
