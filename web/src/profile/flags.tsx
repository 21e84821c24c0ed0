import type { Text } from "@zhiwei/core/basics";
import { formatCount, formatFen } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { Card } from "../ui/states.tsx";
import { Ask } from "./ask.tsx";
import { Mark, Nothing } from "./small.tsx";
import { type Flag, type Profile, SEVERITY } from "./words.ts";

const T = {
  flags: { zh: "风险提示", en: "Red flags" },
  noFlags: {
    zh: "没有规则被触发。数据缺失的规则不作判断，见数据完整度。",
    en: "No rule applies. Rules whose data is missing do not judge: see completeness.",
  },
  sum: { zh: "价税合计", en: "total with tax" },
  strengths: { zh: "优势", en: "Strengths" },
  noStrengths: { zh: "没有突出的优势。", en: "Nothing stands out." },
  because: { zh: "查看依据：", en: "Show the grounds: " },
  grounds: { zh: "查看依据", en: "Show the grounds" },
  asksOnly: {
    zh: "仅供询问：分开开票可改变它，不参与任何决策。",
    en: "For a question only: billing a sale in parts moves it, so nothing is decided by it.",
  },
  bank: { zh: "笔流水", en: "bank transactions" },
} satisfies Record<string, Text>;

const ORDER = ["high", "medium", "low"] as const;
const TONE = { high: "bad", medium: "warn", low: "plain" } as const;

/** "查看 12 张发票" or "Show 12 invoices": how many rows stand behind a flag. */
const showInvoices = (rows: number, count: string): Text => ({
  zh: `查看 ${count} 张发票`,
  en: `Show ${count} ${rows === 1 ? "invoice" : "invoices"}`,
});

const FlagItem = ({ flag }: { flag: Flag }) => {
  const text = useText();
  const language = useLanguage();
  const count = formatCount(flag.evidence.rows, language);
  const fromBank = flag.rows.source === "bank";
  const shown = fromBank
    ? { zh: `${T.grounds.zh}（${count} ${T.bank.zh}）`, en: `${T.grounds.en} (${count} ${T.bank.en})` }
    : flag.evidence.rows === 0
      ? T.grounds
      : showInvoices(flag.evidence.rows, count);
  const name = { zh: `${shown.zh}：${flag.name.zh}`, en: `${shown.en}: ${flag.name.en}` };
  return (
    <li className={`zp-flag zp-flag-${flag.severity}`} data-flag={flag.id}>
      <div className="zp-flag-head">
        <Mark tone={TONE[flag.severity]}>{text(SEVERITY[flag.severity])}</Mark>
        <h3>{text(flag.name)}</h3>
      </div>
      <p>
        {text(flag.why)} {!flag.steers && <span className="zw-mute">{text(T.asksOnly)}</span>}
      </p>
      <div className="zp-flag-foot">
        <Ask of={`flag:${flag.id}`} what={text(flag.name)} label={text(name)} className="zp-button">
          {text(shown)}
        </Ask>
        {flag.evidence.rows > 0 && !fromBank && flag.rows.side !== "both" && (
          <span className="zw-mute">
            {text(T.sum)}{" "}
            <Ask of={`flag:${flag.id}`} what={text(flag.name)} twin>
              {formatFen(flag.evidence.sumFen, language)}
            </Ask>
          </span>
        )}
      </div>
    </li>
  );
};

export const Flags = ({ profile }: { profile: Profile }) => {
  const text = useText();
  const { flags } = profile;
  const counts = ORDER.map((severity) => [severity, flags.filter((flag) => flag.severity === severity).length] as const).filter(
    ([, n]) => n > 0,
  );
  return (
    <Card
      title={text(T.flags)}
      id="flags"
      extra={
        <span className="zp-marks">
          {counts.map(([severity, n]) => (
            <Mark key={severity} tone={TONE[severity]}>
              {text(SEVERITY[severity])} {n}
            </Mark>
          ))}
        </span>
      }
    >
      {flags.length === 0 ? (
        <Nothing says={text(T.noFlags)} />
      ) : (
        <ul className="zp-flags">
          {ORDER.flatMap((severity) => flags.filter((flag) => flag.severity === severity)).map((flag) => (
            <FlagItem key={flag.id} flag={flag} />
          ))}
        </ul>
      )}
    </Card>
  );
};

export const Strengths = ({ profile: { strengths } }: { profile: Profile }) => {
  const text = useText();
  return (
    <Card title={text(T.strengths)} id="strengths">
      {strengths.length === 0 ? (
        <Nothing says={text(T.noStrengths)} />
      ) : (
        <ul className="zp-flags">
          {strengths.map((strength) => (
            <li key={strength.id} className="zp-flag zp-flag-good" data-strength={strength.id}>
              <h3>{text(strength.name)}</h3>
              <p>
                {text(strength.why)}{" "}
                <Ask
                  of={`strength:${strength.id}`}
                  what={text(strength.name)}
                  label={`${text(T.because)}${text(strength.name)}`}
                  className="zp-quiet"
                >
                  {text(T.grounds)}
                </Ask>
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
};
