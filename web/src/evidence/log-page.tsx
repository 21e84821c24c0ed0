import { getLog, listEntries } from "@zhiwei/api/evidence";
import type { Output } from "@zhiwei/api/route";
import { useRoute } from "../ui/api.ts";
import { Choice, Hash, Mark } from "../ui/controls.tsx";
import { NO_VALUE, formatCount, formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable, Pager } from "../ui/table.tsx";
import "./evidence.css";
import { KINDS } from "./words.ts";

const useT = texts({
  title: { zh: "存证日志", en: "Evidence log" },
  lead: {
    zh: "平台对企业说过的每一句话都在这里留下一条加盐的哈希：只能追加，任何改动都会被发现；不含任何个人信息，也无法由此反推。",
    en: "Of everything that the platform has stated of an enterprise a salted hash stands here. The log only grows, and any change of it is found out; nothing personal stands in it, nor can be guessed from it.",
  },
  verify: { zh: "核验一份存证包", en: "Verify a bundle" },
  state: { zh: "状态", en: "State" },
  origin: { zh: "日志名称", en: "Name of the log" },
  size: { zh: "条目", en: "Entries" },
  signed: { zh: "最近签署", en: "Signed last" },
  signedAt: { zh: "{{size}} 条，{{at}}", en: "{{size}} entries, {{at}}" },
  counted: { zh: "最近生效的检查点", en: "Checkpoint that counts" },
  quorum: { zh: "经见证人会签", en: "cosigned by the quorum" },
  noQuorum: { zh: "未配置见证人：仅由日志自己签名", en: "no witnesses configured: signed by the log alone" },
  pending: { zh: "尚无", en: "none yet" },
  keys: { zh: "公钥与信任策略", en: "Keys and trust policy" },
  keysWhy: {
    zh: "核验者以此为准：请从不止一处取得并核对。",
    en: "What verifiers go by: have it from more than one place, and compare.",
  },
  read: { zh: "供其他工具读取（C2SP tlog-tiles）：", en: "For other tools (C2SP tlog-tiles):" },
  witnesses: { zh: "见证人", en: "Witnesses" },
  noWitnesses: {
    zh: "尚未配置。银行或监管方可用 zhiwei witness 运行见证人；在环境变量 ZHIWEI_WITNESSES 中给出策略文件。",
    en: "None yet. A bank or a supervisor runs one by zhiwei witness; name the policy file in the environment variable ZHIWEI_WITNESSES.",
  },
  witness: { zh: "见证人", en: "Witness" },
  upTo: { zh: "已会签到", en: "Cosigned up to" },
  now: { zh: "现状", en: "Now" },
  follows: { zh: "已跟上", en: "follows" },
  behind: { zh: "落后 {{n}} 条", en: "{{n}} entries behind" },
  asked: { zh: "最近询问", en: "Asked last" },
  alarms: { zh: "警报", en: "Alarms" },
  alarm: { zh: "在 {{size}} 条处{{witness}}，{{at}}", en: "at {{size}} entries{{witness}}, {{at}}" },
  entries: { zh: "条目", en: "Entries" },
  kind: { zh: "类别", en: "Kind" },
  everyKind: { zh: "全部类别", en: "Every kind" },
  place: { zh: "位置", en: "Place" },
  commitment: { zh: "承诺（加盐哈希）", en: "Commitment (salted hash)" },
  at: { zh: "时间", en: "Time" },
  erased: { zh: "内容已应请求删除", en: "content erased on request" },
  none: { zh: "日志还是空的：导入第一个文件后会有第一条。", en: "The log is empty: the first import brings the first entry." },
});

type Log = Output<typeof getLog>;

const Witnesses = ({ log }: { log: Log }) => {
  const t = useT();
  const language = useLanguage();
  if (log.witnesses.length === 0) return <p className="zw-mute">{t("noWitnesses")}</p>;
  const size = log.signed?.size ?? 0;
  return (
    <DataTable
      caption={t("witnesses")}
      rows={log.witnesses}
      keyOf={(each) => each.name}
      columns={[
        { key: "name", title: t("witness"), names: true, render: (each) => each.name },
        { key: "size", title: t("upTo"), numeric: true, render: (each) => formatCount(each.size, language) },
        {
          key: "now",
          title: t("now"),
          render: (each) =>
            each.problem !== null ? (
              <Mark tone="bad">{each.problem}</Mark>
            ) : each.size >= size ? (
              <Mark tone="good">{t("follows")}</Mark>
            ) : (
              <Mark tone="warn">{t("behind", { n: formatCount(size - each.size, language) })}</Mark>
            ),
        },
        { key: "asked", title: t("asked"), render: (each) => (each.askedAt ? formatInstant(each.askedAt, language) : NO_VALUE) },
      ]}
    />
  );
};

const Entries = ({ kinds }: { kinds: Log["kinds"] }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [params, set] = useUrlState();
  const kind = params["kind"];
  const page = Number(params["page"] ?? 1) || 1;
  const entries = useRoute(listEntries, { query: { page, pageSize: 25, ...(kind ? { kind } : {}) } }, { refetchInterval: 5_000 });
  const name = (each: string) => (KINDS[each] ? text(KINDS[each]) : each);
  return (
    <Card
      title={t("entries")}
      extra={
        <Choice
          label={t("kind")}
          value={kind ?? ""}
          options={[
            { value: "", label: t("everyKind") },
            ...kinds.map((each) => ({ value: each.kind, label: `${name(each.kind)} ${formatCount(each.count, language)}` })),
          ]}
          onChange={(value) => set({ kind: value, page: undefined })}
        />
      }
    >
      {entries.error ? (
        <ProblemState error={entries.error} onRetry={() => void entries.refetch()} />
      ) : !entries.data ? (
        <LoadingState rows={8} />
      ) : entries.data.total === 0 ? (
        <EmptyState text={t("none")} />
      ) : (
        <>
          <DataTable
            caption={t("entries")}
            rows={entries.data.items}
            keyOf={(each) => String(each.position)}
            busy={entries.isPlaceholderData}
            columns={[
              { key: "position", title: t("place"), names: true, render: (each) => formatCount(each.position, language) },
              {
                key: "kind",
                title: t("kind"),
                render: (each) => (
                  <>
                    {name(each.kind)} {each.erased && <Mark>{t("erased")}</Mark>}
                  </>
                ),
              },
              { key: "commitment", title: t("commitment"), render: (each) => <Hash value={each.commitment} /> },
              { key: "at", title: t("at"), render: (each) => formatInstant(each.at, language) },
            ]}
          />
          <Pager page={page} pageSize={25} total={entries.data.total} onPage={(next) => set({ page: String(next) })} />
        </>
      )}
    </Card>
  );
};

/** How the log stands: what was signed, who follows it, what must not be overlooked, and its entries. */
export const LogPage = () => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const log = useRoute(getLog, {}, { refetchInterval: 5_000 });
  if (log.error) return <ProblemState error={log.error} onRetry={() => void log.refetch()} />;
  if (!log.data) return <LoadingState rows={12} />;
  const { origin, size, signed, counted, quorum, policy, alarms, kinds } = log.data;
  const n = (value: number) => formatCount(value, language);
  return (
    <Page title={t("title")} extra={<Link to="/verify">{t("verify")}</Link>}>
      <p className="ev-lead">{t("lead")}</p>
      {alarms.length > 0 && (
        <Card title={t("alarms")}>
          <ul className="ev-checks" role="alert">
            {alarms.map((alarm) => (
              <li key={`${alarm.code} ${alarm.witness} ${alarm.size}`}>
                <Mark tone="bad">{alarm.code}</Mark>
                <span className="zw-mute">
                  {t("alarm", {
                    size: n(alarm.size),
                    witness: alarm.witness ? ` ${alarm.witness}` : "",
                    at: formatInstant(alarm.at, language),
                  })}
                </span>
                <span>{text(alarm.text)}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card title={t("state")}>
        <dl className="zw-facts">
          <div>
            <dt>{t("size")}</dt>
            <dd>{n(size)}</dd>
          </div>
          <div>
            <dt>{t("signed")}</dt>
            <dd>{signed ? t("signedAt", { size: n(signed.size), at: formatInstant(signed.at, language) }) : t("pending")}</dd>
          </div>
          <div>
            <dt>{t("counted")}</dt>
            <dd>
              {counted ? n(counted.size) : t("pending")}{" "}
              <Mark tone={quorum ? (counted ? "good" : "warn") : "plain"}>{t(quorum ? "quorum" : "noQuorum")}</Mark>
            </dd>
          </div>
          <div>
            <dt>{t("origin")}</dt>
            <dd>
              <code>{origin}</code>
            </dd>
          </div>
        </dl>
      </Card>
      <Card title={t("witnesses")}>
        <Witnesses log={log.data} />
      </Card>
      <Entries kinds={kinds} />
      <Card title={t("keys")}>
        <p>{t("keysWhy")}</p>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by key */}
        <pre className="ev-raw zw-code" tabIndex={0} aria-label={t("keys")} role="region">
          {policy}
        </pre>
        <p className="ev-actions">
          <span className="zw-mute">{t("read")}</span>
          <a href="/log/policy">/log/policy</a>
          <a href="/log/checkpoint">/log/checkpoint</a>
          <code>/log/tile/…</code>
        </p>
      </Card>
    </Page>
  );
};
