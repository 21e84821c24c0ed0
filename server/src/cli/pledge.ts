import { ASSET_KINDS, PLEDGE_STATES, type PledgeState, type StatedAsset } from "@zhiwei/core/pledge";
import { yuanText } from "@zhiwei/core/basics";
import { OPERATOR } from "../access/actor.ts";
import { pledgeChain } from "../chain/outbox.ts";
import { type Command, type CommandInput, UsageError, textOption, withPlatform } from "./command.ts";
import { EXIT, type Exit } from "./output.ts";

const MOST = 200;

const listAll = async (input: CommandInput): Promise<Exit> => {
  const { config, out } = input;
  const state = textOption(input, "state");
  if (state !== undefined && !(PLEDGE_STATES as readonly string[]).includes(state))
    throw new UsageError(`没有状态“${state}”。`, `There is no state "${state}": ${PLEDGE_STATES.join(", ")}.`);
  const limit = Number(textOption(input, "limit") ?? MOST);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST)
    throw new UsageError(`--limit 应为 1 至 ${MOST} 的整数。`, `--limit is a whole number from 1 to ${MOST}.`);
  const { list } = await import("../pledge/registry.ts");
  const { items, total } = await withPlatform(config, ({ db }) =>
    list(db, OPERATOR, { pageSize: limit, ...(state === undefined ? {} : { state: state as PledgeState }) }, new Date()),
  );
  out.result(items, () =>
    out.table(
      [
        { zh: "编号", en: "Id" },
        { zh: "日志位置", en: "Place" },
        { zh: "财产", en: "Asset" },
        { zh: "质权人", en: "Pledgee" },
        { zh: "出质人", en: "Pledgor" },
        { zh: "最高额（元）", en: "Secured (yuan)" },
        { zh: "届满", en: "Last day" },
        { zh: "状态", en: "State" },
      ],
      items.map((each) => [
        each.id.slice(0, 8),
        String(each.position),
        out.text(each.asset.name),
        out.text(each.pledgee.name),
        each.pledgor.name,
        yuanText(each.securedFen),
        each.endsOn,
        each.state,
      ]),
      [1, 5],
    ),
  );
  if (total > items.length)
    out.say({ zh: `共 ${total} 项，只列出最新的 ${items.length} 项。`, en: `The newest ${items.length} of ${total}.` });
  return EXIT.done;
};

const assetOf = (words: readonly string[]): StatedAsset => {
  const [kind, first = "", second = "", ...more] = words;
  const wrong = new UsageError(
    "用法：pledge search patent 专利号 | receivable 发票或合同号 [债务人代码] | warehouse-receipt 仓库代码 仓单号 | insurance-benefit 保险人代码 保单号。",
    "Use: pledge search patent NUMBER | receivable DOCUMENT [DEBTOR] | warehouse-receipt WAREHOUSE RECEIPT | insurance-benefit INSURER POLICY.",
  );
  if (!ASSET_KINDS.some((each) => each === kind) || first === "" || more.length > 0) throw wrong;
  switch (kind as StatedAsset["kind"]) {
    case "patent":
      if (second !== "") throw wrong;
      return { kind: "patent", number: first };
    case "receivable":
      return { kind: "receivable", document: first, ...(second === "" ? {} : { debtor: second }) };
    case "warehouse-receipt":
      return { kind: "warehouse-receipt", warehouse: first, receipt: second };
    case "insurance-benefit":
      return { kind: "insurance-benefit", insurer: first, policy: second };
  }
};

const searchOne = async ({ config, out, words }: CommandInput): Promise<Exit> => {
  const asset = assetOf(words.slice(1));
  const [{ search }, { consortiumKey }] = await Promise.all([import("../pledge/registry.ts"), import("../pledge/key.ts")]);
  const found = await withPlatform(config, async ({ db }) =>
    search({ db, key: await consortiumKey(config), chain: pledgeChain(config.chain) }, OPERATOR, { asset: asset as never }, new Date()),
  );
  out.result(found, () => {
    const { pledged, since, position } = found;
    const name = out.text(found.asset);
    out.line(
      pledged
        ? out.text({
            zh: `${name}：已出质，自 ${since} 起，日志第 ${position} 位`,
            en: `${name}: pledged since ${since}, place ${position} of the log`,
          })
        : out.text({ zh: `${name}：本登记簿中未出质`, en: `${name}: not pledged in this registry` }),
    );
  });
  return EXIT.done;
};

export const pledge: Command = {
  usage: "pledge list|search …",
  summary: { zh: "质押登记：列表，查询某项财产是否已出质", en: "pledges: list them, ask whether an asset is pledged" },
  options: {
    state: { type: "string", value: "STATE", help: { zh: "只列某一状态", en: "only those in a state" } },
    limit: { type: "string", value: "N", help: { zh: "至多列出多少项", en: "how many at most" } },
  },
  run: async (input) => {
    const [verb] = input.words;
    if (verb === "list" && input.words.length === 1) return listAll(input);
    if (verb === "search") return searchOne(input);
    throw new UsageError("pledge 之后应为 list 或 search。", "pledge is followed by list or search.");
  },
};
