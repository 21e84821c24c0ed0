import { Alert } from "antd";
import { getChain } from "@zhiwei/api/chain";
import type { Output } from "@zhiwei/api/route";
import type { Text } from "@zhiwei/core/basics";
import { useRoute } from "../ui/api.ts";
import { NO_VALUE, formatCount, formatInstant } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import "./chain.css";

type State = Output<typeof getChain>;

const T = {
  title: { zh: "联盟链", en: "Consortium chain" },
  lead: {
    zh: "各机构在此共同确认两件事：同一财产由谁先质押；每家的存证日志当时是什么样。链上只有带密钥的散列与机构地址，没有企业、合同与金额。",
    en: "What the institutions agree on: who was first to pledge a thing, and what each one's evidence log was at the time. On the chain there are keyed hashes and addresses of institutions; no enterprise, no contract, no amount.",
  },
  now: { zh: "现状", en: "Now" },
  state: { zh: "状态", en: "State" },
  height: { zh: "链高", en: "Height" },
  lag: { zh: "落后区块", en: "Blocks behind" },
  queued: { zh: "排队事项", en: "Queued" },
  since: { zh: "最早一项排自", en: "Oldest since" },
  anchored: { zh: "最近锚定的日志条数", en: "Log entries anchored" },
  confirmed: { zh: "登记成立", en: "Claims confirmed" },
  refused: { zh: "他人在先", en: "Somebody else was first" },
  settings: { zh: "本机构", en: "This institution" },
  seat: { zh: "席位", en: "Seat" },
  address: { zh: "地址", en: "Address" },
  contract: { zh: "合约", en: "Contract" },
  chainId: { zh: "链标识", en: "Chain id" },
  confirmations: { zh: "确认数", en: "Confirmations" },
  held: { zh: "未能发出的事项", en: "What could not be sent" },
  heldNote: { zh: "自动重试", en: "Tried again by itself" },
  tries: { zh: "次", en: "times" },
  logs: { zh: "各成员锚定的存证日志", en: "The members' evidence logs as anchored" },
  noLogs: { zh: "还没有锚定任何检查点。", en: "No checkpoint has been anchored yet." },
  ours: { zh: "本机构", en: "ours" },
  member: { zh: "成员", en: "Member" },
  size: { zh: "条数", en: "Entries" },
  block: { zh: "区块", en: "Block" },
  at: { zh: "时间", en: "Time" },
  origin: { zh: "日志名散列", en: "Hash of the log's name" },
  alarms: { zh: "警报", en: "Alarms" },
  off: {
    zh: "没有设置联盟链：质押登记只在本平台内唯一，一切照常。",
    en: "No chain is configured: a pledge is unique within this platform alone, and everything else works.",
  },
} satisfies Record<string, Text>;

const STATES: Readonly<Record<State["state"], Text>> = {
  off: { zh: "未设置", en: "Not configured" },
  starting: { zh: "正在连接", en: "Connecting" },
  following: { zh: "正常", en: "Following" },
  elsewhere: { zh: "由另一进程处理", en: "Another process works" },
  unreachable: { zh: "节点无应答", en: "Node unreachable" },
  refused: { zh: "受阻", en: "Held up" },
};
const KINDS: Readonly<Record<State["held"][number]["kind"], Text>> = {
  claim: { zh: "质押登记", en: "Claim" },
  release: { zh: "质押解除", en: "Release" },
  checkpoint: { zh: "检查点", en: "Checkpoint" },
};

const Fact = ({ name, children }: { name: Text; children: React.ReactNode }) => {
  const text = useText();
  return (
    <div>
      <dt>{text(name)}</dt>
      <dd>{children}</dd>
    </div>
  );
};

const Found = ({ chain }: { chain: State }) => {
  const text = useText();
  const language = useLanguage();
  const count = (value: number | null) => formatCount(value, language);
  const own = chain.logs.find((log) => log.own);
  const queued = chain.queued.claims + chain.queued.releases + chain.queued.checkpoints;
  return (
    <>
      {chain.problem && (
        <Alert type="warning" showIcon role="status" title={text(chain.problem.text)} description={text(chain.problem.remedy)} />
      )}
      <Card title={text(T.now)}>
        <dl className="zw-facts">
          <Fact name={T.state}>{text(STATES[chain.state])}</Fact>
          <Fact name={T.height}>{count(chain.height)}</Fact>
          <Fact name={T.lag}>{count(chain.height === null || chain.read === null ? null : Math.max(0, chain.height - chain.read))}</Fact>
          <Fact name={T.queued}>{count(queued)}</Fact>
          <Fact name={T.anchored}>{count(own?.size ?? null)}</Fact>
          <Fact name={T.confirmed}>{count(chain.settled.confirmed)}</Fact>
          <Fact name={T.refused}>{count(chain.settled.refused)}</Fact>
        </dl>
        {chain.queued.since && (
          <p className="zw-mute">
            {text(T.since)} {formatInstant(chain.queued.since, language)}
          </p>
        )}
      </Card>
      {chain.alarms.length > 0 && (
        <Card title={text(T.alarms)}>
          <ul className="zw-plain">
            {chain.alarms.map((alarm) => (
              <li key={`${alarm.code} ${alarm.at}`}>
                <span>{text(alarm.text)}</span> <span className="zw-mute">{formatInstant(alarm.at, language)}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {chain.held.length > 0 && (
        <Card title={text(T.held)} extra={<span className="zw-mute">{text(T.heldNote)}</span>}>
          <ul className="zw-plain">
            {chain.held.map((item) => (
              <li key={`${item.kind} ${item.problem}`}>
                <span>
                  {text(KINDS[item.kind])}: {item.problem}
                </span>{" "}
                <span className="zw-mute">
                  {item.tries} {text(T.tries)}
                </span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card title={text(T.logs)}>
        {chain.logs.length === 0 ? (
          <EmptyState text={T.noLogs} />
        ) : (
          <DataTable
            caption={text(T.logs)}
            rows={chain.logs}
            keyOf={(log) => `${log.seat} ${log.origin}`}
            columns={[
              {
                key: "seat",
                title: text(T.member),
                names: true,
                render: (log) => `${text(T.seat)} ${log.seat}${log.own ? ` · ${text(T.ours)}` : ""}`,
              },
              { key: "size", title: text(T.size), numeric: true, render: (log) => count(log.size) },
              { key: "block", title: text(T.block), numeric: true, render: (log) => count(log.block) },
              { key: "at", title: text(T.at), render: (log) => formatInstant(log.at, language) },
              { key: "origin", title: text(T.origin), render: (log) => <code>{log.origin.slice(0, 16)}…</code> },
            ]}
          />
        )}
      </Card>
      <Card title={text(T.settings)}>
        <dl className="zw-chain">
          <Fact name={T.seat}>{chain.seat ?? NO_VALUE}</Fact>
          <Fact name={T.address}>
            <code>{chain.address ?? NO_VALUE}</code>
          </Fact>
          <Fact name={T.contract}>
            <code>{chain.contract ?? NO_VALUE}</code>
          </Fact>
          <Fact name={T.chainId}>{chain.chainId ?? NO_VALUE}</Fact>
          <Fact name={T.confirmations}>{count(chain.confirmations)}</Fact>
        </dl>
      </Card>
    </>
  );
};

export const ChainPage = () => {
  const text = useText();
  const { data, error, refetch } = useRoute(getChain, {}, { refetchInterval: 3_000 });
  return (
    <Page title={text(T.title)}>
      <p className="zw-lead">{text(T.lead)}</p>
      {error ? (
        <ProblemState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <LoadingState rows={8} />
      ) : data.state === "off" && data.contract === null ? (
        <EmptyState text={T.off} />
      ) : (
        <Found chain={data} />
      )}
    </Page>
  );
};
