import type { Fen, IsoDate, Text } from "@zhiwei/core/basics";
import { type Product, type RepaymentMethod, productKinds } from "@zhiwei/core/product";
import { texts, useText } from "../ui/language.tsx";
import { Card } from "../ui/states.tsx";
import { ConditionEditor } from "./condition.tsx";
import { freeId, withFact } from "./draft.ts";
import {
  ChoiceField,
  CitationField,
  CodesField,
  DayField,
  FactPicker,
  FaultAt,
  ListEditor,
  MaybeNumberField,
  NumberField,
  PairField,
  TextField,
} from "./fields.tsx";
import { BASE, DAY_COUNT, EVERY, FEE, FEE_AT, FEE_OF, METHOD, PROVIDER, SUBSIDY_OF, TAKE } from "./words.ts";

const useT = texts({
  basics: { zh: "基本情况", en: "Basics" },
  title: { zh: "名称", en: "Title" },
  summary: { zh: "一句话说明", en: "Summary in a sentence" },
  kind: { zh: "种类", en: "Kind" },
  provider: { zh: "提供机构名称", en: "Name of the provider" },
  providerId: { zh: "提供机构编号", en: "Id of the provider" },
  providerKind: { zh: "提供机构种类", en: "Kind of provider" },
  days: { zh: "资料齐全到放款的工作日", en: "Working days from a complete application to the money" },
  from: { zh: "受理起始日", en: "Offered from" },
  to: { zh: "受理截止日", en: "Offered to" },
  open: { zh: "空为不限", en: "Empty: without end" },
  regions: { zh: "地区", en: "Regions" },
  regionsHint: { zh: "空为不限", en: "Empty: everywhere" },
  sectors: { zh: "行业", en: "Industries" },
  notSectors: { zh: "不做的行业", en: "Industries left out" },
  sectorsHint: { zh: "空为不限", en: "Empty: all" },
  notSectorsHint: { zh: "空为没有", en: "Empty: none" },
  id: { zh: "编号", en: "Id" },
  limit: { zh: "额度", en: "Limit" },
  min: { zh: "最低额度", en: "Smallest amount" },
  max: { zh: "最高额度", en: "Largest amount" },
  step: { zh: "取整单位", en: "Rounded down to" },
  take: { zh: "几项依据如何合成", en: "How the bases are put together" },
  basis: { zh: "额度依据", en: "Basis" },
  addBasis: { zh: "添加额度依据", en: "Add a basis" },
  fact: { zh: "指标", en: "Fact" },
  times: { zh: "倍数", en: "Times" },
  timesHint: { zh: "0.1 即一成", en: "0.1 is a tenth" },
  exposure: { zh: "限制该企业全部融资的总额", en: "Cap all finance of the enterprise together" },
  exposureFixed: { zh: "总额上限为固定金额", en: "The cap is an amount" },
  exposureCap: { zh: "总额上限", en: "Cap" },
  less: { zh: "先扣除", en: "Taken off first" },
  price: { zh: "价格", en: "Price" },
  base: { zh: "基准", en: "Base" },
  floor: { zh: "利率下限", en: "Floor" },
  ceiling: { zh: "利率上限", en: "Ceiling" },
  none: { zh: "空为不设", en: "Empty: none" },
  row: { zh: "价格档", en: "Price row" },
  addRow: { zh: "添加价格档", en: "Add a price row" },
  spread: { zh: "加点（固定利率时即利率）", en: "Above the base (of a fixed rate: the rate)" },
  rowsHint: { zh: "自上而下取第一档符合的；最后一档须不设条件。", en: "The first that holds is the price; the last has no condition." },
  conditional: { zh: "有条件", en: "With a condition" },
  term: { zh: "期限与还款", en: "Term and repayment" },
  minMonths: { zh: "最短", en: "Shortest" },
  maxMonths: { zh: "最长", en: "Longest" },
  usual: { zh: "通常", en: "Usual" },
  revolving: { zh: "额度循环使用", en: "A revolving line" },
  methods: { zh: "还款方式", en: "Methods of repayment" },
  first: { zh: "报价所用的方式", en: "What a quote is made with" },
  every: { zh: "还款间隔", en: "How often" },
  dayCount: { zh: "计息天数", en: "Day count" },
  fees: { zh: "费用", en: "Fees" },
  fee: { zh: "费用", en: "Fee" },
  addFee: { zh: "添加费用", en: "Add a fee" },
  noFees: { zh: "没有费用。", en: "No fees." },
  feeKind: { zh: "种类", en: "Kind" },
  of: { zh: "按什么收", en: "Of what" },
  when: { zh: "何时收", en: "When" },
  rate: { zh: "比例", en: "Share" },
  amount: { zh: "金额", en: "Amount" },
  subsidies: { zh: "补贴", en: "Subsidies" },
  subsidy: { zh: "补贴", en: "Subsidy" },
  addSubsidy: { zh: "添加补贴", en: "Add a subsidy" },
  noSubsidies: { zh: "没有补贴。", en: "No subsidies." },
  what: { zh: "补贴什么", en: "Of what" },
  feeOf: { zh: "哪类费用", en: "Fees of this kind" },
  principalCap: { zh: "补贴本金上限", en: "Principal subsidised at most" },
  months: { zh: "补贴月数上限", en: "Months subsidised at most" },
  lag: { zh: "付款到补贴到账", en: "From the payment to its subsidy" },
  sharing: { zh: "风险分担", en: "Risk sharing" },
  inProgramme: { zh: "纳入风险分担", en: "Under a programme of risk sharing" },
  programme: { zh: "方案编号", en: "Id of the programme" },
  share: { zh: "承担方", en: "Share" },
  addShare: { zh: "添加承担方", en: "Add a share" },
  party: { zh: "承担方", en: "Who carries it" },
  borrowerCap: { zh: "单户上限", en: "At most for one borrower" },
  sources: { zh: "出处", en: "Sources" },
  source: { zh: "出处", en: "Source" },
  addSource: { zh: "添加出处", en: "Add a source" },
  noSources: { zh: "没有出处：各项依据只能写为假设。", en: "No sources: everything rests on assumptions." },
  publisher: { zh: "发布者", en: "Publisher" },
  year: { zh: "年份", en: "Year" },
  documents: { zh: "所需材料", en: "Documents" },
  security: { zh: "担保方式", en: "Security" },
  assumptions: { zh: "假设", en: "Assumptions" },
  entry: { zh: "条目", en: "Entry" },
  addEntry: { zh: "添加一条", en: "Add one" },
});

export type Editing = { readonly product: Product; readonly change: (patch: Partial<Product>) => void };

const Tick = ({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) => (
  <label className="pr-tick">
    <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
    {label}
  </label>
);

const FactField = ({ label, at, value, onChange }: { label: string; at: string; value: string; onChange: (fact: string) => void }) => (
  <div className="pr-field">
    <span className="zw-mute">{label}</span>
    <FactPicker numbers value={value} onChange={onChange} />
    <FaultAt at={at} />
  </div>
);

export const BasicsPart = ({ product, change, ownProvider }: Editing & { ownProvider: boolean }) => {
  const t = useT();
  const { offered, provider } = product;
  return (
    <Card title={t("basics")}>
      <div className="pr-grid">
        <PairField label={t("title")} at="title" value={product.title} onChange={(title) => change({ title })} />
        <PairField label={t("summary")} at="summary" rows={2} value={product.summary} onChange={(summary) => change({ summary })} />
        <ChoiceField label={t("kind")} value={product.kind} options={productKinds} onChange={(kind) => change({ kind })} />
        {!ownProvider && (
          <>
            <TextField
              label={t("providerId")}
              at="provider.id"
              value={provider.id}
              maxLength={61}
              onChange={(id) => change({ provider: { ...provider, id } })}
            />
            <ChoiceField
              label={t("providerKind")}
              value={provider.kind}
              options={PROVIDER}
              onChange={(kind) => change({ provider: { ...provider, kind } })}
            />
          </>
        )}
        <PairField
          label={t("provider")}
          at="provider.name"
          value={provider.name}
          onChange={(name) => change({ provider: { ...provider, name } })}
        />
        <NumberField
          label={t("days")}
          at="daysToFunds"
          unit="days"
          value={product.daysToFunds}
          onChange={(daysToFunds) => change({ daysToFunds })}
        />
        <DayField
          label={t("from")}
          at="offered.from"
          value={offered.from}
          onChange={(from) => change({ offered: { ...offered, from: (from ?? "") as IsoDate } })}
        />
        <DayField
          label={t("to")}
          at="offered.to"
          hint={t("open")}
          value={offered.to}
          onChange={(to) => change({ offered: { ...offered, to: to as IsoDate | null } })}
        />
        <CodesField
          label={t("regions")}
          of="region"
          at="offered.regions"
          hint={t("regionsHint")}
          value={offered.regions}
          onChange={(regions) => change({ offered: { ...offered, regions } })}
        />
        <CodesField
          label={t("sectors")}
          of="industry"
          at="offered.sectors"
          hint={t("sectorsHint")}
          value={offered.sectors}
          onChange={(sectors) => change({ offered: { ...offered, sectors } })}
        />
        <CodesField
          label={t("notSectors")}
          of="industry"
          at="offered.notSectors"
          hint={t("notSectorsHint")}
          value={offered.notSectors}
          onChange={(notSectors) => change({ offered: { ...offered, notSectors } })}
        />
      </div>
    </Card>
  );
};

export const LimitPart = ({ product, change }: Editing) => {
  const t = useT();
  const { limit, sources } = product;
  const set = (patch: Partial<Product["limit"]>) => change({ limit: { ...limit, ...patch } });
  const { exposure } = limit;
  return (
    <Card title={t("limit")}>
      <div className="pr-grid">
        <NumberField label={t("min")} at="limit.minFen" unit="fen" value={limit.minFen} onChange={(fen) => set({ minFen: fen as Fen })} />
        <NumberField label={t("max")} at="limit.maxFen" unit="fen" value={limit.maxFen} onChange={(fen) => set({ maxFen: fen as Fen })} />
        <NumberField
          label={t("step")}
          at="limit.stepFen"
          unit="fen"
          value={limit.stepFen}
          onChange={(fen) => set({ stepFen: fen as Fen })}
        />
        <ChoiceField label={t("take")} value={limit.take} options={TAKE} onChange={(take) => set({ take })} />
        <CitationField at="limit.citation" value={limit.citation} sources={sources} onChange={(citation) => set({ citation })} />
      </div>
      <FaultAt at="limit.terms" />
      <ListEditor
        name={t("basis")}
        list={limit.terms}
        onChange={(terms) => set({ terms })}
        addLabel={t("addBasis")}
        add={() => ({
          id: freeId("basis", limit.terms),
          title: { zh: "", en: "" },
          fact: "feature.net_sales_12m",
          times: Number.NaN,
          citation: "assumption",
        })}
      >
        {(term, put, i) => (
          <>
            <PairField label={t("title")} at={`limit.terms.${i}.title`} value={term.title} onChange={(title) => put({ ...term, title })} />
            <FactField label={t("fact")} at={`limit.terms.${i}.fact`} value={term.fact} onChange={(fact) => put({ ...term, fact })} />
            <NumberField
              label={t("times")}
              at={`limit.terms.${i}.times`}
              hint={t("timesHint")}
              unit="times"
              value={term.times}
              onChange={(times) => put({ ...term, times })}
            />
            <CitationField
              at={`limit.terms.${i}.citation`}
              value={term.citation}
              sources={sources}
              onChange={(citation) => put({ ...term, citation })}
            />
          </>
        )}
      </ListEditor>
      <Tick
        label={t("exposure")}
        checked={exposure !== null}
        onChange={(on) =>
          set({ exposure: on ? { fact: "feature.net_sales_12m", times: 1, less: "request.outstandingFen", citation: "assumption" } : null })
        }
      />
      {exposure && (
        <div className="pr-grid">
          <Tick
            label={t("exposureFixed")}
            checked={exposure.fact === null}
            onChange={(fixed) =>
              set({ exposure: { ...exposure, fact: fixed ? null : "feature.net_sales_12m", times: fixed ? Number.NaN : 1 } })
            }
          />
          {exposure.fact !== null && (
            <FactField
              label={t("exposureCap")}
              at="limit.exposure.fact"
              value={exposure.fact}
              onChange={(fact) => set({ exposure: { ...exposure, fact } })}
            />
          )}
          <NumberField
            label={exposure.fact === null ? t("exposureCap") : t("times")}
            at="limit.exposure.times"
            unit={exposure.fact === null ? "fen" : "times"}
            value={exposure.times}
            onChange={(times) => set({ exposure: { ...exposure, times } })}
          />
          <FactField
            label={t("less")}
            at="limit.exposure.less"
            value={exposure.less}
            onChange={(less) => set({ exposure: { ...exposure, less } })}
          />
          <CitationField
            at="limit.exposure.citation"
            value={exposure.citation}
            sources={sources}
            onChange={(citation) => set({ exposure: { ...exposure, citation } })}
          />
        </div>
      )}
    </Card>
  );
};

export const PricePart = ({ product, change }: Editing) => {
  const t = useT();
  const { price, sources } = product;
  const set = (patch: Partial<Product["price"]>) => change({ price: { ...price, ...patch } });
  return (
    <Card title={t("price")}>
      <div className="pr-grid">
        <ChoiceField label={t("base")} value={price.base} options={BASE} onChange={(base) => set({ base })} />
        <MaybeNumberField
          label={t("floor")}
          at="price.floorBp"
          hint={t("none")}
          unit="bp"
          value={price.floorBp}
          onChange={(floorBp) => set({ floorBp })}
        />
        <MaybeNumberField
          label={t("ceiling")}
          at="price.ceilingBp"
          hint={t("none")}
          unit="bp"
          value={price.ceilingBp}
          onChange={(ceilingBp) => set({ ceilingBp })}
        />
        <CitationField at="price.citation" value={price.citation} sources={sources} onChange={(citation) => set({ citation })} />
      </div>
      <p className="zw-mute">{t("rowsHint")}</p>
      <FaultAt at="price.rows" />
      <ListEditor
        name={t("row")}
        list={price.rows}
        onChange={(rows) => set({ rows })}
        addLabel={t("addRow")}
        add={() => ({ when: null, title: { zh: "", en: "" }, spreadBp: Number.NaN })}
      >
        {(row, put, i) => (
          <>
            <PairField label={t("title")} at={`price.rows.${i}.title`} value={row.title} onChange={(title) => put({ ...row, title })} />
            <NumberField
              label={t("spread")}
              at={`price.rows.${i}.spreadBp`}
              unit="bp"
              value={row.spreadBp}
              onChange={(spreadBp) => put({ ...row, spreadBp })}
            />
            <div className="pr-wide">
              <Tick
                label={t("conditional")}
                checked={row.when !== null}
                onChange={(on) => put({ ...row, when: on ? { ...withFact(null, "score.pd"), op: "le" } : null })}
              />
              {row.when && <ConditionEditor at={`price.rows.${i}.when`} value={row.when} onChange={(when) => put({ ...row, when })} />}
            </div>
          </>
        )}
      </ListEditor>
    </Card>
  );
};

const ORDERED_METHODS = Object.keys(METHOD) as RepaymentMethod[];

export const TermPart = ({ product, change }: Editing) => {
  const t = useT();
  const text = useText();
  const { term, repayment } = product;
  const { methods } = repayment;
  const setTerm = (patch: Partial<Product["term"]>) => change({ term: { ...term, ...patch } });
  const setRepayment = (patch: Partial<Product["repayment"]>) => change({ repayment: { ...repayment, ...patch } });
  const [first] = methods;
  return (
    <Card title={t("term")}>
      <FaultAt at="term" />
      <div className="pr-grid">
        <NumberField
          label={t("minMonths")}
          at="term.minMonths"
          unit="months"
          value={term.minMonths}
          onChange={(minMonths) => setTerm({ minMonths })}
        />
        <NumberField
          label={t("usual")}
          at="term.usualMonths"
          unit="months"
          value={term.usualMonths}
          onChange={(usualMonths) => setTerm({ usualMonths })}
        />
        <NumberField
          label={t("maxMonths")}
          at="term.maxMonths"
          unit="months"
          value={term.maxMonths}
          onChange={(maxMonths) => setTerm({ maxMonths })}
        />
        <Tick label={t("revolving")} checked={term.revolving} onChange={(revolving) => setTerm({ revolving })} />
        <fieldset className="pr-words pr-wide">
          <legend>{t("methods")}</legend>
          {ORDERED_METHODS.map((method) => (
            <label key={method}>
              <input
                type="checkbox"
                checked={methods.includes(method)}
                onChange={(event) =>
                  setRepayment({ methods: event.target.checked ? [...methods, method] : methods.filter((each) => each !== method) })
                }
              />
              {text(METHOD[method])}
            </label>
          ))}
          <FaultAt at="repayment.methods" />
        </fieldset>
        {first && methods.length > 1 && (
          <ChoiceField
            label={t("first")}
            value={first}
            options={Object.fromEntries(methods.map((each) => [each, METHOD[each]])) as Readonly<Record<RepaymentMethod, Text>>}
            onChange={(method) => setRepayment({ methods: [method, ...methods.filter((each) => each !== method)] })}
          />
        )}
        <ChoiceField
          label={t("every")}
          value={String(repayment.everyMonths)}
          options={EVERY as Readonly<Record<string, Text>>}
          onChange={(months) => setRepayment({ everyMonths: Number(months) as 1 | 3 | 6 | 12 })}
        />
        <ChoiceField
          label={t("dayCount")}
          value={repayment.dayCount}
          options={DAY_COUNT}
          onChange={(dayCount) => setRepayment({ dayCount })}
        />
      </div>
    </Card>
  );
};

export const FeesPart = ({ product, change }: Editing) => {
  const t = useT();
  const { fees, sources } = product;
  return (
    <Card title={t("fees")}>
      <ListEditor
        name={t("fee")}
        list={fees}
        none={t("noFees")}
        onChange={(next) => change({ fees: next })}
        addLabel={t("addFee")}
        add={() => ({
          id: freeId("fee", fees),
          kind: "guarantee" as const,
          title: { zh: "担保费", en: "Guarantee fee" },
          of: "principal" as const,
          fact: null,
          times: Number.NaN,
          at: "yearly" as const,
          citation: "assumption",
        })}
      >
        {(fee, put, i) => (
          <>
            <PairField label={t("title")} at={`fees.${i}.title`} value={fee.title} onChange={(title) => put({ ...fee, title })} />
            <ChoiceField label={t("feeKind")} value={fee.kind} options={FEE} onChange={(kind) => put({ ...fee, kind })} />
            <ChoiceField
              label={t("of")}
              value={fee.of}
              options={FEE_OF}
              onChange={(of) =>
                put({
                  ...fee,
                  of,
                  fact: of === "fact" ? "request.amountFen" : null,
                  times: Number.NaN,
                  at: of === "balance" ? "yearly" : fee.at,
                })
              }
            />
            {fee.fact !== null && (
              <FactField label={t("fact")} at={`fees.${i}.fact`} value={fee.fact} onChange={(fact) => put({ ...fee, fact })} />
            )}
            <NumberField
              label={t(fee.of === "amount" ? "amount" : fee.of === "fact" ? "times" : "rate")}
              at={`fees.${i}.times`}
              unit={fee.of === "amount" ? "yuan" : fee.of === "fact" ? "times" : "share"}
              value={fee.times}
              onChange={(times) => put({ ...fee, times })}
            />
            <ChoiceField label={t("when")} at={`fees.${i}.at`} value={fee.at} options={FEE_AT} onChange={(at) => put({ ...fee, at })} />
            <CitationField
              at={`fees.${i}.citation`}
              value={fee.citation}
              sources={sources}
              onChange={(citation) => put({ ...fee, citation })}
            />
          </>
        )}
      </ListEditor>
    </Card>
  );
};

export const SubsidiesPart = ({ product, change }: Editing) => {
  const t = useT();
  const { subsidies, sources } = product;
  return (
    <Card title={t("subsidies")}>
      <ListEditor
        name={t("subsidy")}
        list={subsidies}
        none={t("noSubsidies")}
        onChange={(next) => change({ subsidies: next })}
        addLabel={t("addSubsidy")}
        add={() => ({
          id: freeId("subsidy", subsidies),
          title: { zh: "", en: "" },
          of: "interest-points" as const,
          fee: null,
          rate: Number.NaN,
          principalCapFen: null,
          months: null,
          lagDays: 0,
          citation: "assumption",
        })}
      >
        {(subsidy, put, i) => (
          <>
            <PairField
              label={t("title")}
              at={`subsidies.${i}.title`}
              value={subsidy.title}
              onChange={(title) => put({ ...subsidy, title })}
            />
            <ChoiceField
              label={t("what")}
              value={subsidy.of}
              options={SUBSIDY_OF}
              onChange={(of) => put({ ...subsidy, of, fee: of === "fee-share" ? "guarantee" : null })}
            />
            {subsidy.fee !== null && (
              <ChoiceField
                label={t("feeOf")}
                at={`subsidies.${i}.fee`}
                value={subsidy.fee}
                options={FEE}
                onChange={(fee) => put({ ...subsidy, fee })}
              />
            )}
            <NumberField
              label={t("rate")}
              at={`subsidies.${i}.rate`}
              unit="share"
              value={subsidy.rate}
              onChange={(rate) => put({ ...subsidy, rate })}
            />
            <MaybeNumberField
              label={t("principalCap")}
              at={`subsidies.${i}.principalCapFen`}
              hint={t("none")}
              unit="fen"
              value={subsidy.principalCapFen}
              onChange={(fen) => put({ ...subsidy, principalCapFen: fen as Fen | null })}
            />
            <MaybeNumberField
              label={t("months")}
              at={`subsidies.${i}.months`}
              hint={t("none")}
              unit="months"
              value={subsidy.months}
              onChange={(months) => put({ ...subsidy, months })}
            />
            <NumberField
              label={t("lag")}
              at={`subsidies.${i}.lagDays`}
              unit="days"
              value={subsidy.lagDays}
              onChange={(lagDays) => put({ ...subsidy, lagDays })}
            />
            <CitationField
              at={`subsidies.${i}.citation`}
              value={subsidy.citation}
              sources={sources}
              onChange={(citation) => put({ ...subsidy, citation })}
            />
          </>
        )}
      </ListEditor>
    </Card>
  );
};

export const SharingPart = ({ product, change }: Editing) => {
  const t = useT();
  const { riskSharing: sharing, sources } = product;
  const set = (patch: Partial<NonNullable<Product["riskSharing"]>>) => sharing && change({ riskSharing: { ...sharing, ...patch } });
  return (
    <Card title={t("sharing")}>
      <Tick
        label={t("inProgramme")}
        checked={sharing !== null}
        onChange={(on) =>
          change({
            riskSharing: on
              ? {
                  programme: "programme",
                  title: { zh: "", en: "" },
                  shares: [{ party: product.provider.name, share: 1 }],
                  borrowerCapFen: null,
                  citation: "assumption",
                }
              : null,
          })
        }
      />
      {sharing && (
        <>
          <div className="pr-grid">
            <TextField
              label={t("programme")}
              at="riskSharing.programme"
              value={sharing.programme}
              maxLength={61}
              onChange={(programme) => set({ programme })}
            />
            <PairField label={t("title")} at="riskSharing.title" value={sharing.title} onChange={(title) => set({ title })} />
            <MaybeNumberField
              label={t("borrowerCap")}
              at="riskSharing.borrowerCapFen"
              hint={t("none")}
              unit="fen"
              value={sharing.borrowerCapFen}
              onChange={(fen) => set({ borrowerCapFen: fen as Fen | null })}
            />
            <CitationField
              at="riskSharing.citation"
              value={sharing.citation}
              sources={sources}
              onChange={(citation) => set({ citation })}
            />
          </div>
          <FaultAt at="riskSharing.shares" />
          <ListEditor
            name={t("share")}
            list={sharing.shares}
            onChange={(shares) => set({ shares })}
            addLabel={t("addShare")}
            add={() => ({ party: { zh: "", en: "" }, share: Number.NaN })}
          >
            {(share, put, i) => (
              <>
                <PairField
                  label={t("party")}
                  at={`riskSharing.shares.${i}.party`}
                  value={share.party}
                  onChange={(party) => put({ ...share, party })}
                />
                <NumberField
                  label={t("rate")}
                  at={`riskSharing.shares.${i}.share`}
                  unit="share"
                  value={share.share}
                  onChange={(value) => put({ ...share, share: value })}
                />
              </>
            )}
          </ListEditor>
        </>
      )}
    </Card>
  );
};

export const SourcesPart = ({ product, change }: Editing) => {
  const t = useT();
  const { sources } = product;
  return (
    <Card title={t("sources")}>
      <ListEditor
        name={t("source")}
        list={sources}
        none={t("noSources")}
        onChange={(next) => change({ sources: next })}
        addLabel={t("addSource")}
        add={() => ({
          id: freeId("source", sources),
          title: { zh: "", en: "" },
          publisher: { zh: "", en: "" },
          year: new Date().getFullYear(),
        })}
      >
        {(source, put, i) => (
          <>
            <TextField label={t("id")} at={`sources.${i}.id`} value={source.id} maxLength={61} onChange={(id) => put({ ...source, id })} />
            <NumberField
              label={t("year")}
              at={`sources.${i}.year`}
              unit="count"
              value={source.year}
              onChange={(year) => put({ ...source, year })}
            />
            <PairField label={t("title")} at={`sources.${i}.title`} value={source.title} onChange={(title) => put({ ...source, title })} />
            <PairField
              label={t("publisher")}
              at={`sources.${i}.publisher`}
              value={source.publisher}
              onChange={(publisher) => put({ ...source, publisher })}
            />
          </>
        )}
      </ListEditor>
    </Card>
  );
};

export const WordsPart = ({ product, change, of }: Editing & { of: "documents" | "security" | "assumptions" }) => {
  const t = useT();
  return (
    <Card title={t(of)}>
      <ListEditor
        name={t(of)}
        list={product[of]}
        onChange={(next) => change({ [of]: next })}
        addLabel={t("addEntry")}
        add={() => ({ zh: "", en: "" })}
      >
        {(words, put, i) => <PairField label={t("entry")} at={`${of}.${i}`} value={words} onChange={put} />}
      </ListEditor>
    </Card>
  );
};
