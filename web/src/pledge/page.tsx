import { type ReactNode, useState } from "react";
import { Button, Modal } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { API_PREFIX } from "@zhiwei/api/index";
import { type PledgeDocument, changePledge, getPledge, objectToPledge, releasePledge } from "@zhiwei/api/pledge";
import { type IsoDate, type Text, addMonths, fenFromYuanText, isoDate, yuanText } from "@zhiwei/core/basics";
import { type Objection, type PledgeTerms, RELEASE_REASONS, type ReleaseReason, type Standing, releaseDue } from "@zhiwei/core/pledge";
import { call, useRoute } from "../ui/api.ts";
import { Hash, Mark } from "../ui/controls.tsx";
import { formatFen, formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Card, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import { Field } from "./fields.tsx";
import { ACTION, type Details, EXPLAINED, type Event, KIND, LAW, REASON, STATE, TONE, chinaToday } from "./words.ts";

const useT = texts({
  terms: { zh: "登记内容", en: "Registration" },
  pledgee: { zh: "质权人", en: "Pledgee" },
  pledgor: { zh: "出质人", en: "Pledgor" },
  amount: { zh: "最高担保额", en: "Secured at most" },
  contract: { zh: "质押合同编号", en: "Pledge contract" },
  description: { zh: "财产描述", en: "Description" },
  term: { zh: "登记期限", en: "Term" },
  days: { zh: "{{from}} 至 {{to}}", en: "{{from}} to {{to}}" },
  since: { zh: "登记时间", en: "Registered" },
  position: { zh: "存证日志位置", en: "Place in the evidence log" },
  commitment: { zh: "财产承诺值（HMAC）", en: "Commitment (HMAC)" },
  block: { zh: "联盟链区块", en: "Block of the chain" },
  releasedFor: { zh: "注销事由", en: "Released because" },
  releasedOn: { zh: "{{reason}}，发生于 {{day}}", en: "{{reason}}, on {{day}}" },
  objection: { zh: "异议", en: "Objection" },
  objected: { zh: "自 {{day}} 起有异议：{{reason}}", en: "Objected to since {{day}}: {{reason}}" },
  lapsed: { zh: "30 日内未提交案件受理通知，已失效", en: "fell away: no case was taken within 30 days" },
  pending: { zh: "案号 {{number}}", en: "case {{number}}" },
  history: { zh: "历次变动与存证", en: "History and evidence" },
  what: { zh: "事项", en: "What" },
  changes: { zh: "内容", en: "Contents" },
  by: { zh: "办理", en: "By" },
  at: { zh: "时间", en: "When" },
  evidence: { zh: "存证", en: "Evidence" },
  download: { zh: "下载", en: "Download" },
  downloadOf: { zh: "下载日志第 {{position}} 位的存证（JSON）", en: "Download the evidence at place {{position}} of the log (JSON)" },
  erased: { zh: "已应请求删除", en: "erased on request" },
  how: {
    zh: "每一步的文档、记录、盐值与离线证明都在下载的文件里：文档的 SHA-256 写在记录中，记录加盐得到日志条目，证明（C2SP tlog-proof）说明条目在检查点之内。",
    en: "The file of each step has its document, record, salt and offline proof: the document's SHA-256 stands in the record, the record with the salt makes the entry of the log, and the proof (C2SP tlog-proof) shows the entry under a checkpoint.",
  },
  others: { zh: "同一财产的其他登记（按次序）", en: "Other registrations of the asset, by priority" },
  othersNone: { zh: "没有。", en: "None." },
  searches: { zh: "谁查询过这项财产", en: "Who asked about the asset" },
  searchesNone: { zh: "还没有人查询。", en: "Nobody yet." },
  change: { zh: "变更或展期", en: "Change or extend" },
  release: { zh: "注销", en: "Release" },
  object: { zh: "提出异议", en: "Object" },
  withdraw: { zh: "撤回异议", en: "Withdraw the objection" },
  cancel: { zh: "取消", en: "Cancel" },
  amountYuan: { zh: "最高担保额（元）", en: "Highest amount secured (yuan)" },
  amountWrong: { zh: "应为大于零的金额，至多两位小数。", en: "An amount above nought with two decimals at most." },
  endsOn: { zh: "届满日", en: "Last day" },
  endsHint: { zh: "展期 1 个月至 30 年；不得缩短", en: "An extension is by one month to 30 years; a term is not shortened" },
  year: { zh: "再延一年", en: "One more year" },
  reason: { zh: "事由", en: "Ground" },
  on: { zh: "事由发生日", en: "Day on which it happened" },
  due: {
    zh: "应不迟于 {{day}} 注销：事由发生后 10 个工作日（未计法定节假日）",
    en: "To be released by {{day}}: ten working days after it, public holidays left out of account",
  },
  late: {
    zh: "已超过 {{day}} 的期限（未计法定节假日）",
    en: "Later than {{day}}, ten working days after it, public holidays left out of account",
  },
  final: { zh: "注销不可撤回，财产随即可由他人登记。", en: "A release is final, and the asset can be registered by others at once." },
  why: { zh: "异议理由", en: "Why you object" },
  caseNumber: { zh: "案号（法院或仲裁机构已受理时填写）", en: "Case number, where a court or arbitrator has taken the case" },
  caseHint: { zh: "30 日内未提交受理通知的，异议失效", en: "Without one the objection falls away after 30 days" },
});

const DETAIL = getPledge.path.replace(":id", "");
const evidenceUrl = (id: string, position: number) => `${API_PREFIX}${DETAIL}${encodeURIComponent(id)}/evidence/${position}`;

/** The document of a step, as far as it is shown. */
type Shown = { readonly terms: PledgeTerms; readonly standing: Standing; readonly objection: Objection | null };

/** What a step changed against the one before it, in words. */
const useChanges = () => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  return (event: Event, before: Event | undefined): string[] => {
    const now = JSON.parse(event.document) as Shown;
    const then = before && (JSON.parse(before.document) as Shown);
    const named = (label: string, a: string | undefined, b: string) =>
      a === b ? null : `${label}${language === "zh" ? "：" : ": "}${a === undefined ? b : `${a} → ${b}`}`;
    const { securedFen, contract, description, endsOn } = now.terms;
    const said = [
      named(t("amount"), then && formatFen(then.terms.securedFen, language), formatFen(securedFen, language)),
      named(t("endsOn"), then?.terms.endsOn, endsOn),
      named(t("contract"), then?.terms.contract, contract),
      named(t("description"), then?.terms.description, description),
    ];
    if (event.action === "object" && now.objection)
      said.push(now.objection.reason, now.objection.caseNumber && t("pending", { number: now.objection.caseNumber }));
    if (event.action === "release" && now.standing.state === "released")
      said.push(t("releasedOn", { reason: text(REASON[now.standing.reason]), day: now.standing.on }));
    if (event.action === "confirm" && now.standing.state === "registered") said.push(`${t("block")} ${now.standing.block}`);
    return said.filter((each) => each !== null);
  };
};

/** A dialogue that does one thing with the registration, and shows the refusal in place. */
const Act = ({
  title,
  danger = false,
  ready,
  perform,
  onClose,
  children,
}: {
  title: string;
  danger?: boolean;
  ready: boolean;
  perform: () => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}) => {
  const t = useT();
  const queries = useQueryClient();
  const work = useMutation({
    mutationFn: perform,
    onSuccess: async () => {
      await queries.invalidateQueries();
      onClose();
    },
  });
  return (
    <Modal
      open
      title={title}
      okText={title}
      cancelText={t("cancel")}
      okButtonProps={{ danger, disabled: !ready, loading: work.isPending }}
      onOk={() => work.mutate()}
      onCancel={onClose}
      destroyOnHidden
    >
      {children}
      {work.error && <ProblemState error={work.error} />}
    </Modal>
  );
};

type Dialogue = { readonly pledge: PledgeDocument; readonly onClose: () => void };

const Change = ({ pledge, onClose }: Dialogue) => {
  const t = useT();
  const [amount, setAmount] = useState(yuanText(pledge.securedFen));
  const [contract, setContract] = useState(pledge.contract);
  const [description, setDescription] = useState(pledge.description);
  const [endsOn, setEndsOn] = useState(pledge.endsOn);
  const fen = fenFromYuanText(amount);
  const good = fen.ok && fen.value > 0;
  const body = {
    ...(good && fen.value !== pledge.securedFen ? { securedFen: fen.value } : {}),
    ...(contract.trim() === pledge.contract ? {} : { contract: contract.trim() }),
    ...(description.trim() === pledge.description ? {} : { description: description.trim() }),
    ...(endsOn === pledge.endsOn ? {} : { endsOn }),
  };
  return (
    <Act
      title={t("change")}
      ready={good && contract.trim() !== "" && description.trim() !== "" && isoDate(endsOn) !== null && Object.keys(body).length > 0}
      perform={() => call(changePledge, { params: { id: pledge.id }, body })}
      onClose={onClose}
    >
      <Field label={t("amountYuan")} wrong={good ? null : t("amountWrong")}>
        {(ids) => (
          <input
            {...ids}
            className="zw-input"
            inputMode="decimal"
            maxLength={24}
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
          />
        )}
      </Field>
      <Field label={t("endsOn")} hint={t("endsHint")}>
        {(ids) => (
          <>
            <input {...ids} className="zw-input" type="date" value={endsOn} onChange={(event) => setEndsOn(event.target.value)} />
            <span>
              <button type="button" className="zw-link" onClick={() => setEndsOn(addMonths(pledge.endsOn as IsoDate, 12))}>
                {t("year")}
              </button>
            </span>
          </>
        )}
      </Field>
      <Field label={t("contract")}>
        {(ids) => (
          <input {...ids} className="zw-input" maxLength={100} value={contract} onChange={(event) => setContract(event.target.value)} />
        )}
      </Field>
      <Field label={t("description")}>
        {(ids) => (
          <textarea
            {...ids}
            className="zw-input"
            rows={3}
            maxLength={1000}
            value={description}
            onChange={(event) => setDescription(event.target.value)}
          />
        )}
      </Field>
    </Act>
  );
};

const Release = ({ pledge, onClose }: Dialogue) => {
  const t = useT();
  const text = useText();
  const today = chinaToday();
  const [reason, setReason] = useState<ReleaseReason>("discharged");
  const [on, setOn] = useState(today);
  const day = isoDate(on);
  const due = day && releaseDue(day);
  return (
    <Act
      title={t("release")}
      danger
      ready={day !== null}
      perform={() => call(releasePledge, { params: { id: pledge.id }, body: { reason, on } })}
      onClose={onClose}
    >
      <p>{t("final")}</p>
      <Field label={t("reason")}>
        {(ids) => (
          <select {...ids} className="zw-input" value={reason} onChange={(event) => setReason(event.target.value as ReleaseReason)}>
            {RELEASE_REASONS.map((each) => (
              <option key={each} value={each}>
                {text(REASON[each])}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t("on")} hint={due ? t(today > due ? "late" : "due", { day: due }) : undefined}>
        {(ids) => (
          <input
            {...ids}
            className="zw-input"
            type="date"
            min={pledge.startsOn}
            max={today}
            value={on}
            onChange={(event) => setOn(event.target.value)}
          />
        )}
      </Field>
    </Act>
  );
};

const Object_ = ({ pledge, onClose }: Dialogue) => {
  const t = useT();
  const [reason, setReason] = useState(pledge.objection?.stands ? pledge.objection.reason : "");
  const [caseNumber, setCaseNumber] = useState(pledge.objection?.stands ? (pledge.objection.caseNumber ?? "") : "");
  return (
    <Act
      title={t("object")}
      ready={reason.trim() !== ""}
      perform={() =>
        call(objectToPledge, {
          params: { id: pledge.id },
          body: { action: "object", reason: reason.trim(), caseNumber: caseNumber.trim() || null },
        })
      }
      onClose={onClose}
    >
      <Field label={t("why")}>
        {(ids) => (
          <textarea
            {...ids}
            className="zw-input"
            rows={3}
            maxLength={1000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      <Field label={t("caseNumber")} hint={t("caseHint")}>
        {(ids) => (
          <input {...ids} className="zw-input" maxLength={100} value={caseNumber} onChange={(event) => setCaseNumber(event.target.value)} />
        )}
      </Field>
    </Act>
  );
};

const Withdraw = ({ pledge, onClose }: Dialogue) => {
  const t = useT();
  return (
    <Act
      title={t("withdraw")}
      ready
      perform={() => call(objectToPledge, { params: { id: pledge.id }, body: { action: "withdraw-objection" } })}
      onClose={onClose}
    />
  );
};

const DIALOGUES = { change: Change, release: Release, object: Object_, "withdraw-objection": Withdraw } as const;
const BUTTONS = { change: "change", release: "release", object: "object", "withdraw-objection": "withdraw" } as const;

const Terms = ({ pledge, actions }: Pick<Details, "pledge" | "actions">) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [open, setOpen] = useState<Details["actions"][number] | null>(null);
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t("pledgee"), text(pledge.pledgee.name)],
    [
      t("pledgor"),
      <>
        {pledge.pledgor.name} <span className="zw-code zw-mute">{pledge.pledgor.enterprise}</span>
      </>,
    ],
    [t("amount"), formatFen(pledge.securedFen, language, { exact: true })],
    [t("term"), t("days", { from: pledge.startsOn, to: pledge.endsOn })],
    [t("contract"), pledge.contract],
    [t("description"), pledge.description],
    [t("since"), formatInstant(pledge.registeredAt, language)],
    [t("position"), pledge.position],
    [t("commitment"), <Hash key="hash" value={pledge.commitment} />],
    ...(pledge.block === null ? [] : [[t("block"), pledge.block] as const]),
    ...(pledge.release
      ? [[t("releasedFor"), t("releasedOn", { reason: text(REASON[pledge.release.reason]), day: pledge.release.on })] as const]
      : []),
    ...(pledge.objection
      ? [
          [
            t("objection"),
            [
              t("objected", { day: pledge.objection.since, reason: pledge.objection.reason }),
              pledge.objection.caseNumber ? t("pending", { number: pledge.objection.caseNumber }) : null,
              pledge.objection.stands ? null : t("lapsed"),
            ]
              .filter((each) => each !== null)
              .join(language === "zh" ? "；" : "; "),
          ] as const,
        ]
      : []),
  ];
  const Dialog = open && DIALOGUES[open];
  return (
    <Card
      title={t("terms")}
      extra={
        actions.length > 0 && (
          <span className="pl-buttons">
            {actions.map((each) => (
              <Button key={each} danger={each === "release"} onClick={() => setOpen(each)}>
                {t(BUTTONS[each])}
              </Button>
            ))}
          </span>
        )
      }
    >
      <p>
        <Mark tone={TONE[pledge.state]}>{text(STATE[pledge.state])}</Mark> <Mark>{text(KIND[pledge.asset.kind])}</Mark>
      </p>
      <p>{text(EXPLAINED[pledge.state])}</p>
      {(pledge.state === "registered" || pledge.state === "awaiting-chain") && <p className="pl-law">{text(LAW[pledge.asset.kind])}</p>}
      <dl className="pl-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {Dialog && <Dialog pledge={pledge} onClose={() => setOpen(null)} />}
    </Card>
  );
};

const History = ({ pledge, events }: Pick<Details, "pledge" | "events">) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const changesOf = useChanges();
  const contents = (event: Event) => (
    <ul className="pl-changes">
      {changesOf(event, events[events.indexOf(event) - 1]).map((each) => (
        <li key={each}>{each}</li>
      ))}
    </ul>
  );
  const by = ({ by: who }: Event) => (
    <>
      {text(who.name)}
      {who.post !== who.party && <div className="zw-mute">{who.post}</div>}
    </>
  );
  const proof = ({ evidence, position, sha256 }: Event) =>
    evidence ? (
      <>
        <Hash value={sha256} />{" "}
        <a href={evidenceUrl(pledge.id, position)} aria-label={t("downloadOf", { position })}>
          {t("download")}
        </a>
      </>
    ) : (
      <span className="zw-mute">{t("erased")}</span>
    );
  const name = (event: Event) => text(ACTION[event.action]);
  return (
    <Card title={t("history")}>
      <DataTable
        caption={t("history")}
        rows={events}
        keyOf={(event) => String(event.position)}
        columns={[
          { key: "position", title: t("position"), numeric: true, render: (event) => event.position },
          { key: "what", title: t("what"), names: true, render: name },
          { key: "changes", title: t("changes"), render: contents },
          { key: "by", title: t("by"), render: by },
          { key: "at", title: t("at"), render: (event) => formatInstant(event.at, language) },
          { key: "evidence", title: t("evidence"), render: proof },
        ]}
        card={(event) => (
          <>
            <strong>{name(event)}</strong> <span className="zw-mute">#{event.position}</span>
            {contents(event)}
            <div className="zw-mute">
              {text(event.by.name)} · {formatInstant(event.at, language)}
            </div>
            {proof(event)}
          </>
        )}
      />
      <p className="zw-mute">{t("how")}</p>
    </Card>
  );
};

export const PledgePage = ({ id }: { id: string }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const found = useRoute(getPledge, { params: { id } });
  const fallback: Text = { zh: "质押登记", en: "Pledge" };
  if (found.error)
    return (
      <Page title={text(fallback)}>
        <ProblemState error={found.error} onRetry={() => void found.refetch()} />
      </Page>
    );
  if (!found.data)
    return (
      <Page title={text(fallback)}>
        <LoadingState rows={12} />
      </Page>
    );
  const { pledge, events, others, searches, actions } = found.data;
  return (
    <Page title={text(pledge.asset.name)}>
      <Terms pledge={pledge} actions={actions} />
      <History pledge={pledge} events={events} />
      <Card title={t("others")}>
        {others.length === 0 ? (
          <p className="zw-mute">{t("othersNone")}</p>
        ) : (
          <ul className="pl-changes">
            {others.map((each) => (
              <li key={each.position}>
                #{each.position} · {formatInstant(each.registeredAt, language)}{" "}
                <Mark tone={TONE[each.state]}>{text(STATE[each.state])}</Mark>
              </li>
            ))}
          </ul>
        )}
      </Card>
      <Card title={t("searches")}>
        {searches.length === 0 ? (
          <p className="zw-mute">{t("searchesNone")}</p>
        ) : (
          <ul className="pl-changes">
            {searches.map((each) => (
              <li key={`${each.at} ${each.by.party}`}>
                {text(each.by.name)} · {each.by.post} · {formatInstant(each.at, language)}
              </li>
            ))}
          </ul>
        )}
      </Card>
    </Page>
  );
};
