/** What we use of the plugin. Its own types are made for one release of better-auth, and ours is a later one. */
declare module "@better-auth/api-key" {
  import type { BetterAuthPlugin } from "better-auth";

  export const apiKey: (options: {
    readonly defaultPrefix: string;
    readonly requireName: boolean;
    readonly maximumNameLength: number;
    readonly rateLimit: { readonly enabled: boolean };
    /** In days. */
    readonly keyExpiration: { readonly minExpiresIn: number; readonly maxExpiresIn: number };
    readonly schema: { readonly apikey: { readonly modelName: string; readonly fields: Readonly<Record<string, string>> } };
  }) => BetterAuthPlugin;
}
