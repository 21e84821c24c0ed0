import { useState } from "react";
import { Button } from "antd";
import { useMutation } from "@tanstack/react-query";
import { type PledgeDocument, getPledge, listPledges, registerPledge, searchPledge } from "@zhiwei/api/pledge";
import { ASSET_KINDS, type AssetKind, PLEDGE_STATES } from "@zhiwei/core/pledge";
import { Permitted, useMay } from "../access/session.ts";
import { call, useRoute } from "../ui/api.ts";
import { Choice, Mark } from "../ui/controls.tsx";
import { formatFen, formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable, Pager } from "../ui/table.tsx";
import { AssetFields, type Draft, EMPTY, readDraft, statedOf } from "./fields.tsx";
import { KIND, STATE, TONE } from "./words.ts";

const useT = texts({
  title: { zh: "质押登记", en: "Pledges" },
  lead: {
    zh: "一项专利、应收账款、仓单或保险金只能登记一次，先到者得，时间次序由存证日志决定。本登记簿记录并核验，不代替国家知识产权局与征信中心的登记。",
    en: "A patent, receivable, warehouse receipt or insurance benefit is registered once, by whoever comes first; the evidence log decides the order in time. This registry records and checks; it does not replace those of CNIPA and of the PBoC's credit reference centre.",
  },
  register: { zh: "登记质押", en: "Register a pledge" },
  search: { zh: "查询财产是否已出质", en: "Is an asset pledged?" },
  ask: { zh: "查询", en: "Ask" },
  kept: {
    zh: "只回答是否、自何时起与次序，不透露当事人与条款。查询会留痕，登记双方可见。",
    en: "The answer is yes or no, since when and in which place, not the parties or terms. Who asks is kept, and the parties of a pledge see it.",
  },
  free: { zh: "{{asset}}：未登记出质。", en: "{{asset}}: not pledged." },
  freeLimit: {
    zh: "以本平台及其所在联盟的登记为限；请同时查询法定登记系统。",
    en: "As far as this platform and its consortium know; ask the statutory register too.",
  },
  taken: { zh: "{{asset}}：已出质，自 {{since}} 起。", en: "{{asset}}: pledged since {{since}}." },
  place: {
    zh: "存证日志第 {{position}} 位；后来者只能排在第 {{rank}} 位，本登记簿不予登记。",
    en: "Place {{position}} of the evidence log; a later claim would come {{rank}}nd, and is not registered here.",
  },
  elsewhere: { zh: "登记于联盟另一机构。", en: "Registered by another institution of the consortium." },
  awaiting: { zh: "尚待联盟链确认。", en: "The consortium's chain has yet to confirm it." },
  objected: { zh: "有人提出异议。", en: "Somebody objects to it." },
  own: { zh: "查看登记", en: "See the registration" },
  own_: { zh: "本方的登记", en: "Your registrations" },
  all: { zh: "全部登记", en: "All registrations" },
  state: { zh: "状态", en: "State" },
  every: { zh: "全部状态", en: "Every state" },
  kind: { zh: "财产种类", en: "Kind of asset" },
  everyKind: { zh: "全部种类", en: "Every kind" },
  asset: { zh: "财产", en: "Asset" },
  parties: { zh: "质权人 / 出质人", en: "Pledgee / pledgor" },
  secured: { zh: "最高担保额", en: "Secured at most" },
  term: { zh: "登记期限", en: "Term" },
  until: { zh: "至 {{day}}", en: "to {{day}}" },
  position: { zh: "日志位置", en: "Place in the log" },
  empty: { zh: "没有登记。", en: "There are no registrations." },
  noMatch: { zh: "没有符合条件的登记。", en: "No registration answers to this." },
  clear: { zh: "清除筛选", en: "Clear the filters" },
  objection: { zh: "有异议", en: "objected to" },
});

const PAGE_SIZE = 25;

const Search = () => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [insist, setInsist] = useState(false);
  const asking = useMutation({ mutationFn: () => call(searchPledge, { body: { asset: statedOf(draft) as never } }) });
  const change = (next: Draft) => {
    setDraft(next);
    setInsist(false);
    asking.reset(); // an answer stands for what was asked, and for nothing else
  };
  const found = asking.data;
  return (
    <Card title={t("search")}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setInsist(true);
          if (readDraft(draft).ok) asking.mutate();
        }}
      >
        <AssetFields draft={draft} onChange={change} insist={insist} />
        <div className="pl-buttons">
          <Button htmlType="submit" loading={asking.isPending}>
            {t("ask")}
          </Button>
          <span className="zw-mute">{t("kept")}</span>
        </div>
      </form>
      <div role="status">
        {asking.error && <ProblemState error={asking.error} />}
        {found && (
          <div className={`pl-found ${found.pledged ? "zw-bad" : "zw-good"}`} data-pledged={found.pledged}>
            <p>
              <strong>
                {found.pledged
                  ? t("taken", { asset: text(found.asset), since: found.since ? formatInstant(found.since, language) : "—" })
                  : t("free", { asset: text(found.asset) })}
              </strong>
            </p>
            <p>
              {found.pledged
                ? [
                    found.elsewhere ? t("elsewhere") : t("place", { position: found.position ?? "—", rank: found.nextRank }),
                    found.state === "awaiting-chain" ? t("awaiting") : "",
                    found.objected ? t("objected") : "",
                  ].join(language === "zh" ? "" : " ")
                : t("freeLimit")}{" "}
              {found.own && (
                <Link to="/pledges/$id" params={{ id: found.own }}>
                  {t("own")}
                </Link>
              )}
            </p>
          </div>
        )}
      </div>
    </Card>
  );
};

const Registrations = () => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [params, set] = useUrlState();
  const page = Math.max(1, Math.floor(Number(params["page"])) || 1);
  const state = PLEDGE_STATES.find((each) => each === params["state"]);
  const kind = ASSET_KINDS.find((each): each is AssetKind => each === params["kind"]);
  const list = useRoute(listPledges, { query: { page, pageSize: PAGE_SIZE, ...(state ? { state } : {}), ...(kind ? { kind } : {}) } });
  const filter = (patch: Record<string, string>) => set({ ...patch, page: undefined });
  const all = useMay()({ audience: ["operator"] });
  const name = (each: PledgeDocument) => (
    <>
      <Link to="/pledges/$id" params={{ id: each.id }}>
        {text(each.asset.name)}
      </Link>
      <div className="zw-code zw-mute">{each.id.slice(0, 8)}</div>
    </>
  );
  const marks = (each: PledgeDocument) => (
    <>
      <Mark tone={TONE[each.state]}>{text(STATE[each.state])}</Mark>
      {each.objection?.stands && <Mark tone="warn">{t("objection")}</Mark>}
    </>
  );
  const parties = (each: PledgeDocument) => (
    <>
      {text(each.pledgee.name)}
      <div className="zw-mute">
        {each.pledgor.name} <span className="zw-code">{each.pledgor.enterprise}</span>
      </div>
    </>
  );
  return (
    <Card title={t(all ? "all" : "own_")}>
      <search className="zw-filters">
        <Choice
          label={t("state")}
          value={state ?? ""}
          onChange={(value) => filter({ state: value })}
          options={[{ value: "", label: t("every") }, ...PLEDGE_STATES.map((each) => ({ value: each, label: text(STATE[each]) }))]}
        />
        <Choice
          label={t("kind")}
          value={kind ?? ""}
          onChange={(value) => filter({ kind: value })}
          options={[{ value: "", label: t("everyKind") }, ...ASSET_KINDS.map((each) => ({ value: each, label: text(KIND[each]) }))]}
        />
      </search>
      {list.error ? (
        <ProblemState error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <LoadingState rows={6} />
      ) : list.data.total === 0 ? (
        <EmptyState text={t(state || kind ? "noMatch" : "empty")}>{(state || kind) && <Link to="/pledges">{t("clear")}</Link>}</EmptyState>
      ) : (
        <>
          <DataTable
            caption={t(all ? "all" : "own_")}
            rows={list.data.items}
            keyOf={(each) => each.id}
            busy={list.isPlaceholderData}
            columns={[
              { key: "asset", title: t("asset"), names: true, render: name },
              { key: "state", title: t("state"), render: marks },
              { key: "parties", title: t("parties"), render: parties },
              { key: "secured", title: t("secured"), numeric: true, render: (each) => formatFen(each.securedFen, language) },
              {
                key: "term",
                title: t("term"),
                render: (each) => (
                  <>
                    {each.startsOn}
                    <div className="zw-mute">{t("until", { day: each.endsOn })}</div>
                  </>
                ),
              },
              { key: "position", title: t("position"), numeric: true, render: (each) => each.position },
            ]}
            card={(each) => (
              <>
                {name(each)}
                <div>{marks(each)}</div>
                {parties(each)}
                <div>
                  {formatFen(each.securedFen, language)} · {t("until", { day: each.endsOn })}
                </div>
              </>
            )}
          />
          <Pager page={page} pageSize={PAGE_SIZE} total={list.data.total} onPage={(next) => set({ page: String(next) })} />
        </>
      )}
    </Card>
  );
};

export const PledgeListPage = () => {
  const t = useT();
  return (
    <Page
      title={t("title")}
      extra={
        <Permitted to={registerPledge}>
          <Link to="/pledges/new" className="pl-button">
            {t("register")}
          </Link>
        </Permitted>
      }
    >
      <p className="zw-lead">{t("lead")}</p>
      <Permitted to={searchPledge}>
        <Search />
      </Permitted>
      <Permitted to={getPledge}>
        <Registrations />
      </Permitted>
    </Page>
  );
};
