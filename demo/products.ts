import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseProduct } from "@zhiwei/api/product.schema";
import type { Product } from "@zhiwei/core/product";

/** Who wrote and published the products that come with the demonstration region; nobody real did. */
export const DEMO_PRODUCT_MAKER = "示范产品岗 product desk, demonstration";
export const DEMO_PRODUCT_PUBLISHER = "示范复核岗 second post, demonstration";

const FOLDER = join(import.meta.dirname, "products");

/** The products of the demonstration region, from terms that Chinese providers publish; each says its sources and what was assumed. */
export const demoProducts = (): Product[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .map((name) => {
      const parsed = parseProduct(JSON.parse(readFileSync(join(FOLDER, name), "utf8")));
      if (!parsed.ok) throw new Error(`${name} at ${parsed.error[0]?.at}: ${parsed.error[0]?.text.en}`);
      return parsed.value;
    });
