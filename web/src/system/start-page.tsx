import { useState } from "react";
import { Input } from "antd";
import { useNavigate } from "@tanstack/react-router";
import { listEnterprises } from "@zhiwei/api/enterprise";
import { listQuarantine, startImport } from "@zhiwei/api/records";
import { getSystem } from "@zhiwei/api/system";
import type { Text } from "@zhiwei/core/basics";
import { Permitted } from "../access/session.ts";
import { useRoute } from "../ui/api.ts";
import { formatCount, formatDay } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { FlagCounts, Position } from "../enterprise/marks.tsx";

const T = {
  title: { zh: "从经营记录到信用画像", en: "From business records to a credit profile" },
  lead: {
    zh: "知微由企业自己的发票、流水等记录算出信用画像：与同规模、同行业企业相比处在什么位置，有哪些风险提示，凭的是哪些记录。画像里的每一个数字都可以追问“从何而来”，一直追到那一张发票。",
    en: "From an enterprise's own invoices and bank records Zhiwei computes a credit profile: where it stands among enterprises of its size and industry, what calls for a question, and on which records that rests. Every number can be asked “from what?”, down to the single invoice.",
  },
  find: { zh: "查找企业", en: "Find an enterprise" },
  search: { zh: "企业名称或代号", en: "Name or code" },
  go: { zh: "查找", en: "Search" },
  region: { zh: "本地区现有数据", en: "What this region holds" },
  enterprises: { zh: "企业", en: "Enterprises" },
  invoices: { zh: "发票", en: "Invoices" },
  bank: { zh: "银行流水", en: "Bank transactions" },
  batches: { zh: "导入批次", en: "Batches" },
  quarantined: { zh: "待处理的隔离行", en: "Rows in quarantine" },
  asOf: { zh: "数据截至", en: "Records up to" },
  flagged: { zh: "最需要过问的企业", en: "Enterprises that most call for a question" },
  flaggedNote: { zh: "按高风险提示数量排序", en: "By number of high red flags" },
  none: { zh: "还没有企业。请先导入记录。", en: "There are no enterprises yet. Import records first." },
  import: { zh: "导入记录", en: "Import records" },
  all: { zh: "全部企业", en: "All enterprises" },
} satisfies Record<string, Text>;

const Figures = () => {
  const text = useText();
  const language = useLanguage();
  const { data, error, refetch } = useRoute(getSystem, {}, { refetchInterval: 2_000 });
  if (error) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingState rows={2} />;
  const { counts } = data;
  return (
    <dl className="zw-facts">
      <div>
        <dt>{text(T.enterprises)}</dt>
        <dd>{formatCount(counts.enterprises, language)}</dd>
      </div>
      <div>
        <dt>{text(T.invoices)}</dt>
        <dd>{formatCount(counts.invoices, language)}</dd>
      </div>
      <div>
        <dt>{text(T.bank)}</dt>
        <dd>{formatCount(counts.bankTransactions, language)}</dd>
      </div>
      <div>
        <dt>{text(T.batches)}</dt>
        <dd>{formatCount(counts.batches, language)}</dd>
      </div>
      <div>
        <dt>{text(T.quarantined)}</dt>
        <dd>
          <Permitted to={listQuarantine} otherwise={formatCount(counts.quarantined, language)}>
            <Link to="/quarantine">{formatCount(counts.quarantined, language)}</Link>
          </Permitted>
        </dd>
      </div>
      <div>
        <dt>{text(T.asOf)}</dt>
        <dd>{formatDay(data.asOf)}</dd>
      </div>
    </dl>
  );
};

const Flagged = () => {
  const text = useText();
  const { data, error, refetch } = useRoute(listEnterprises, { query: { sort: "flags", order: "desc", pageSize: 8 } });
  if (error) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingState />;
  if (data.items.length === 0)
    return (
      <EmptyState text={T.none}>
        <Permitted to={startImport}>
          <Link to="/import">{text(T.import)}</Link>
        </Permitted>
      </EmptyState>
    );
  return (
    <ul className="zw-plain">
      {data.items.map((item) => (
        <li key={item.id}>
          <Link to="/enterprises/$id" params={{ id: item.id }}>
            {item.name} <span className="zw-mute">{item.id}</span>
          </Link>
          <FlagCounts flags={item.flags} />
          <Position value={item.position} />
        </li>
      ))}
    </ul>
  );
};

export const StartPage = () => {
  const text = useText();
  const navigate = useNavigate();
  const [search, setSearch] = useState("");
  const find = () => void navigate({ to: "/enterprises", search: (search ? { search } : {}) as never });
  return (
    <Page title={text(T.title)}>
      <p className="zw-lead">{text(T.lead)}</p>
      <div className="zw-start">
        <Card title={text(T.find)} extra={<Link to="/enterprises">{text(T.all)}</Link>}>
          <Input.Search
            size="large"
            placeholder={text(T.search)}
            aria-label={text(T.search)}
            enterButton={text(T.go)}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            onSearch={find}
          />
        </Card>
        <Card title={text(T.region)}>
          <Figures />
        </Card>
      </div>
      <Card title={text(T.flagged)} extra={<span className="zw-mute">{text(T.flaggedNote)}</span>}>
        <Flagged />
      </Card>
    </Page>
  );
};
