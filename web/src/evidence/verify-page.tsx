import { type DragEvent, useId, useState } from "react";
import { type Check, type Trust, parseBundle, verifyBundle } from "@zhiwei/core/evidence";
import { parsePolicy } from "@zhiwei/core/tlog";
import { Facts, Mark } from "../ui/controls.tsx";
import { texts, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Card, Page } from "../ui/states.tsx";
import "./evidence.css";
import { means } from "./means.ts";

const useT = texts({
  title: { zh: "核验存证包", en: "Verify a bundle" },
  lead: {
    zh: "存证包里有一份信用画像和核验它所需的全部证明。核验在您的浏览器里完成：文件不会上传，断网也能核验，出具画像的平台无从干预。",
    en: "A bundle holds a credit profile and all that is needed to check it. It is checked here in your browser: the file is not sent anywhere, no network is needed, and the platform that made the profile has no say in it.",
  },
  drop: { zh: "把存证包（.bundle.json）拖到这里，或选择文件", en: "Drop a bundle (.bundle.json) here, or choose a file" },
  optional: { zh: "您信任谁（可选）", en: "Whom you trust (optional)" },
  policy: { zh: "信任策略（C2SP tlog-policy）", en: "Trust policy (C2SP tlog-policy)" },
  policyWhy: {
    zh: "列出日志与见证人的公钥以及要求的会签数。不填则使用存证包自带的公钥，只能说明它前后一致。",
    en: "Lists the keys of log and witnesses, and how many must have cosigned. Without it the bundle's own keys are taken, which shows that it hangs together and no more.",
  },
  policyBad: { zh: "第 {{line}} 行有误（{{code}}）。", en: "Line {{line}} is wrong ({{code}})." },
  known: { zh: "您先前得到的检查点", en: "A checkpoint that you were given before" },
  knownWhy: {
    zh: "填入后会核对日志是否改写过您见过的历史。",
    en: "With it you see whether the log has rewritten the history that you have seen.",
  },
  result: { zh: "核验结果", en: "Result" },
  holds: { zh: "核验通过", en: "It holds" },
  fails: { zh: "核验未通过", en: "It does not hold" },
  counted: { zh: "{{n}} 项检查，用时 {{ms}} 毫秒", en: "{{n}} checks in {{ms}} ms" },
  ok: { zh: "成立", en: "holds" },
  bad: { zh: "不成立", en: "fails" },
  says: { zh: "这份画像", en: "What it says" },
  enterprise: { zh: "企业", en: "Enterprise" },
  asOf: { zh: "观察日", en: "As of" },
  position: { zh: "同业位置", en: "Position among peers" },
  grade: { zh: "评分与等级", en: "Score and grade" },
  graded: { zh: "{{score}} 分，{{grade}} 级（模型 {{model}}）", en: "{{score}} points, grade {{grade}} (model {{model}})" },
  untrusted: {
    zh: "核验未通过，其内容不可采信，因此不显示。",
    en: "It did not hold, so nothing of what it says is to be relied upon, and it is not shown.",
  },
  nothing: { zh: "尚未选择文件。", en: "No file has been chosen yet." },
  log: { zh: "查看存证日志", en: "See the evidence log" },
});

type Looked = { readonly name: string; readonly checks: readonly Check[]; readonly text: string; readonly ms: number };

/** Some fields that a reader looks for first; the document itself is the source. */
type Said = {
  readonly enterprise: { readonly id: string; readonly name?: string };
  readonly asOf: string;
  readonly overall?: { readonly position?: number | null };
};

const Contents = ({ text }: { text: string }) => {
  const t = useT();
  const bundle = parseBundle(text);
  if (!bundle) return null;
  const said = bundle.profile as unknown as Said;
  const score = bundle.statements.score?.record.content;
  const rows: [string, string][] = [
    [t("enterprise"), `${said.enterprise.name ?? ""} ${said.enterprise.id}`.trim()],
    [t("asOf"), said.asOf],
    ...(typeof said.overall?.position === "number" ? [[t("position"), said.overall.position.toFixed(1)] as [string, string]] : []),
    ...(score
      ? [
          [
            t("grade"),
            t("graded", { score: Number(score["score"]).toFixed(0), grade: word(score["grade"]), model: word(score["model"]) }),
          ] as [string, string],
        ]
      : []),
  ];
  return <Facts rows={rows} />;
};
const word = (value: unknown): string => (typeof value === "string" ? value : "");

const Area = ({
  label,
  why,
  value,
  problem,
  onChange,
}: {
  label: string;
  why: string;
  value: string;
  problem?: string | undefined;
  onChange: (value: string) => void;
}) => {
  const id = useId();
  return (
    <div className="ev-area">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        className="zw-input zw-code"
        rows={3}
        spellCheck={false}
        value={value}
        aria-describedby={`${id}-why`}
        aria-invalid={problem !== undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-why`} className="zw-mute">
        {problem === undefined ? why : <Mark tone="bad">{problem}</Mark>}
      </p>
    </div>
  );
};

/** What the reader has given: a file, whom he trusts, and what he knows. */
type Given = { readonly file: { readonly name: string; readonly text: string } | null; readonly policy: string; readonly known: string };

const policyIn = ({ policy }: Given) =>
  policy.trim() === "" ? null : parsePolicy(means.hashes.international, policy.endsWith("\n") ? policy : `${policy}\n`);

const look = (given: Given): Looked | null => {
  const policy = policyIn(given);
  if (!given.file || (policy && !policy.ok)) return null;
  const known = given.known.trim();
  const trust: Trust = { ...(policy?.ok ? { policy: policy.value } : {}), ...(known === "" ? {} : { known: `${known}\n` }) };
  const started = performance.now();
  const checks = verifyBundle(given.file.text, means, trust);
  return { name: given.file.name, checks, text: given.file.text, ms: performance.now() - started };
};

/** Checks a bundle in the browser, with the rules that the command line and the server run. */
export const VerifyPage = () => {
  const t = useT();
  const say = useText();
  const id = useId();
  const [given, setGiven] = useState<Given>({ file: null, policy: "", known: "" });
  const [looked, setLooked] = useState<Looked | null>(null);
  const [over, setOver] = useState(false);
  const give = (next: Partial<Given>) => {
    const all = { ...given, ...next };
    setGiven(all);
    setLooked(look(all));
  };
  const take = (files: FileList | null) => {
    const chosen = files?.[0];
    if (chosen) void chosen.text().then((text) => give({ file: { name: chosen.name, text } }));
  };
  const policy = policyIn(given);
  const valid = looked?.checks.every((check) => check.ok) ?? false;
  const drag = (inside: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(inside);
  };
  return (
    <Page title={t("title")} extra={<Link to="/evidence">{t("log")}</Link>}>
      <p className="ev-lead">{t("lead")}</p>
      <section className="zw-card" aria-label={t("title")}>
        <div
          className="zw-drop"
          data-over={over}
          onDragOver={drag(true)}
          onDragLeave={drag(false)}
          onDrop={(event) => {
            drag(false)(event);
            take(event.dataTransfer.files);
          }}
        >
          <p>
            <label htmlFor={id}>
              <strong>{t("drop")}</strong>
            </label>
          </p>
          <input
            id={id}
            type="file"
            accept=".json,application/json"
            onChange={(event) => {
              take(event.target.files);
              event.target.value = "";
            }}
          />
        </div>
        <details className="ev-trust">
          <summary>{t("optional")}</summary>
          <Area
            label={t("policy")}
            why={t("policyWhy")}
            value={given.policy}
            onChange={(policy) => give({ policy })}
            problem={policy && !policy.ok ? t("policyBad", policy.error) : undefined}
          />
          <Area label={t("known")} why={t("knownWhy")} value={given.known} onChange={(known) => give({ known })} />
        </details>
      </section>
      <Card title={t("result")}>
        <div role="status">
          {looked ? (
            <p className="ev-verdict">
              <Mark tone={valid ? "good" : "bad"}>{t(valid ? "holds" : "fails")}</Mark> <strong>{looked.name}</strong>{" "}
              <span className="zw-mute">{t("counted", { n: looked.checks.length, ms: looked.ms.toFixed(0) })}</span>
            </p>
          ) : (
            <p className="zw-mute">{t("nothing")}</p>
          )}
        </div>
        {looked && (
          <ul className="ev-checks">
            {looked.checks.map((check) => (
              <li key={check.name} data-ok={check.ok}>
                <Mark tone={check.ok ? "good" : "bad"}>{t(check.ok ? "ok" : "bad")}</Mark>
                <code>{check.name}</code>
                <span>{say(check.detail)}</span>
              </li>
            ))}
          </ul>
        )}
      </Card>
      {looked && <Card title={t("says")}>{valid ? <Contents text={looked.text} /> : <p className="zw-mute">{t("untrusted")}</p>}</Card>}
    </Page>
  );
};
