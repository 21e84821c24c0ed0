import { useId, useState } from "react";
import { Button } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { listParties } from "@zhiwei/api/access";
import { listEnterprises } from "@zhiwei/api/enterprise";
import { registerPledge } from "@zhiwei/api/pledge";
import { type IsoDate, type Text, addMonths, fenFromYuanText, isoDate } from "@zhiwei/core/basics";
import { type PledgeTerms, beginPledge, mayRegister } from "@zhiwei/core/pledge";
import { useSession } from "../access/session.ts";
import { call, useRoute } from "../ui/api.ts";
import { texts, useText } from "../ui/language.tsx";
import { Card, Page, ProblemState } from "../ui/states.tsx";
import { AssetFields, type Draft, EMPTY, Field, readDraft, statedOf } from "./fields.tsx";
import { LAW, chinaToday } from "./words.ts";

const useT = texts({
  title: { zh: "登记质押", en: "Register a pledge" },
  asset: { zh: "财产", en: "Asset" },
  terms: { zh: "当事人与条款", en: "Parties and terms" },
  pledgee: { zh: "质权人", en: "Pledgee" },
  choose: { zh: "请选择机构", en: "Choose an institution" },
  pledgor: { zh: "出质人（企业代号）", en: "Pledgor (id of the enterprise)" },
  pledgorHint: { zh: "键入代号或名称以检索", en: "Type the id or the name to look for it" },
  pledgorNeeded: { zh: "须填写出质人。", en: "The pledgor is needed." },
  pledgeeNeeded: { zh: "须选择质权人。", en: "The pledgee is needed." },
  amount: { zh: "最高担保额（元）", en: "Highest amount secured (yuan)" },
  amountWrong: { zh: "应为大于零的金额，至多两位小数。", en: "An amount above nought with two decimals at most." },
  contract: { zh: "质押合同编号", en: "Number of the pledge contract" },
  description: { zh: "财产描述", en: "Description of the asset" },
  descriptionHint: {
    zh: "应能使第三人识别该财产：名称、债务人与金额、货物与仓位等；并写明法定登记的编号",
    en: "By which others recognise the asset: its title, the debtor and amount, the goods and where they lie; and the number of the statutory registration",
  },
  endsOn: { zh: "登记届满日", en: "Last day of the registration" },
  endsHint: { zh: "自今日起 1 个月至 30 年，届满前可展期", en: "One month to 30 years from today; it can be extended before it is over" },
  years: { zh: "{{count}} 年", en: ["{{count}} year", "{{count}} years"] },
  submit: { zh: "提交登记", en: "Register" },
  agreed: {
    zh: "提交即表示登记内容已与出质人达成一致，登记人对其真实性、合法性负责。",
    en: "By registering you state that the pledgor agreed to it; whoever registers answers for its being true and lawful.",
  },
});

/** By what a request is known that is sent again because its answer was lost. */
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

type Form = {
  readonly pledgee: string;
  readonly pledgor: string;
  readonly amount: string;
  readonly contract: string;
  readonly description: string;
  readonly endsOn: string;
};

export const NewPledgePage = () => {
  const t = useT();
  const text = useText();
  const listId = useId();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const today = chinaToday() as IsoDate;
  const operator = useSession().data?.party?.kind === "operator";
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [form, setForm] = useState<Form>({
    pledgee: "",
    pledgor: "",
    amount: "",
    contract: "",
    description: "",
    endsOn: addMonths(today, 12),
  });
  const [insist, setInsist] = useState(false);
  const [key, setKey] = useState(newKey);
  const parties = useRoute(listParties, {}, { enabled: operator });
  const suggestions = useRoute(listEnterprises, { query: { search: form.pledgor, pageSize: 10 } }, { enabled: form.pledgor.trim() !== "" });

  const asset = readDraft(draft);
  const amount = fenFromYuanText(form.amount);
  const end = isoDate(form.endsOn);
  const terms: PledgeTerms = {
    securedFen: amount.ok ? amount.value : 1,
    contract: form.contract,
    description: form.description,
    startsOn: today,
    endsOn: end ?? today,
  };
  /** The rule's own words for one term, the others taken as they should be. */
  const ruled = (part: Partial<PledgeTerms>): Text | null => {
    const good = { securedFen: 1, contract: "1", description: "12345", startsOn: today, endsOn: addMonths(today, 12) };
    const found = beginPledge({ ...good, ...part }, false);
    return found.ok ? null : found.error.text;
  };
  const shown = (typed: string, wrong: Text | string | null) => (insist || typed.trim() !== "" ? wrong : null);
  const wrong = {
    pledgee: operator && form.pledgee === "" ? t("pledgeeNeeded") : null,
    pledgor: form.pledgor.trim() === "" ? t("pledgorNeeded") : null,
    amount: amount.ok && amount.value > 0 ? null : t("amountWrong"),
    contract: ruled({ contract: form.contract }),
    description: ruled({ description: form.description }),
    endsOn: ruled({ endsOn: terms.endsOn }),
  };
  const ready = asset.ok && Object.values(wrong).every((each) => each === null);

  const registering = useMutation({
    mutationFn: () =>
      call(registerPledge, {
        body: {
          key,
          asset: statedOf(draft) as never,
          pledgor: form.pledgor.trim(),
          ...(operator ? { pledgee: form.pledgee } : {}),
          securedFen: terms.securedFen,
          contract: form.contract,
          description: form.description,
          endsOn: terms.endsOn,
        },
      }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries();
      await navigate({ to: "/pledges/$id", params: { id } });
    },
  });
  /** What is changed is another request. */
  const changed = () => {
    setKey(newKey());
    registering.reset();
  };
  const put = (patch: Partial<Form>) => {
    setForm({ ...form, ...patch });
    changed();
  };
  return (
    <Page title={t("title")}>
      <form
        noValidate
        className="zw-page"
        onSubmit={(event) => {
          event.preventDefault();
          setInsist(true);
          if (ready) registering.mutate();
          else requestAnimationFrame(() => document.querySelector<HTMLElement>("form [aria-invalid=true]")?.focus());
        }}
      >
        <Card title={t("asset")}>
          <AssetFields
            draft={draft}
            insist={insist}
            onChange={(next) => {
              setDraft(next);
              changed();
            }}
          />
          <p className="pl-law">{text(LAW[draft.kind])}</p>
        </Card>
        <Card title={t("terms")}>
          <div className="pl-grid">
            {operator && (
              <Field label={t("pledgee")} wrong={insist ? wrong.pledgee : null}>
                {(ids) => (
                  <select {...ids} className="zw-input" value={form.pledgee} onChange={(event) => put({ pledgee: event.target.value })}>
                    <option value="">{t("choose")}</option>
                    {(parties.data ?? [])
                      .filter(({ id, kind }) => kind !== "operator" && mayRegister({ party: id, kind, enterprise: null }))
                      .map(({ id, name }) => (
                        <option key={id} value={id}>
                          {text(name)}
                        </option>
                      ))}
                  </select>
                )}
              </Field>
            )}
            <Field
              label={t("pledgor")}
              wrong={insist ? wrong.pledgor : null}
              hint={suggestions.data?.items.find(({ id }) => id === form.pledgor.trim())?.name ?? t("pledgorHint")}
            >
              {(ids) => (
                <>
                  <input
                    {...ids}
                    className="zw-input"
                    list={listId}
                    autoComplete="off"
                    maxLength={100}
                    value={form.pledgor}
                    onChange={(event) => put({ pledgor: event.target.value })}
                  />
                  <datalist id={listId}>
                    {(suggestions.data?.items ?? []).map(({ id, name }) => (
                      <option key={id} value={id}>
                        {name}
                      </option>
                    ))}
                  </datalist>
                </>
              )}
            </Field>
            <Field label={t("amount")} wrong={shown(form.amount, wrong.amount)}>
              {(ids) => (
                <input
                  {...ids}
                  className="zw-input"
                  inputMode="decimal"
                  placeholder="1,000,000.00"
                  maxLength={24}
                  value={form.amount}
                  onChange={(event) => put({ amount: event.target.value })}
                />
              )}
            </Field>
            <Field label={t("contract")} wrong={shown(form.contract, wrong.contract)}>
              {(ids) => (
                <input
                  {...ids}
                  className="zw-input"
                  maxLength={100}
                  value={form.contract}
                  onChange={(event) => put({ contract: event.target.value })}
                />
              )}
            </Field>
            <Field label={t("endsOn")} wrong={shown(form.endsOn, wrong.endsOn)} hint={t("endsHint")}>
              {(ids) => (
                <>
                  <input
                    {...ids}
                    className="zw-input"
                    type="date"
                    value={form.endsOn}
                    onChange={(event) => put({ endsOn: event.target.value })}
                  />
                  <span className="pl-buttons">
                    {[1, 3, 5].map((years) => (
                      <button key={years} type="button" className="zw-link" onClick={() => put({ endsOn: addMonths(today, 12 * years) })}>
                        {t("years", { count: years })}
                      </button>
                    ))}
                  </span>
                </>
              )}
            </Field>
            <Field label={t("description")} wide wrong={shown(form.description, wrong.description)} hint={t("descriptionHint")}>
              {(ids) => (
                <textarea
                  {...ids}
                  className="zw-input"
                  rows={3}
                  maxLength={1000}
                  value={form.description}
                  onChange={(event) => put({ description: event.target.value })}
                />
              )}
            </Field>
          </div>
          {registering.error && <ProblemState error={registering.error} />}
          <p className="zw-mute">{t("agreed")}</p>
          <Button htmlType="submit" type="primary" loading={registering.isPending}>
            {t("submit")}
          </Button>
        </Card>
      </form>
    </Page>
  );
};
